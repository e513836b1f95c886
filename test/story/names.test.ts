/** Names that trip programs, from end to end; and names that are refused. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
});
afterAll(() => box.cleanup());

const NAMES = [
  "two  blanks ",
  " leading",
  'it\'s "quoted"',
  "-dash",
  "--force",
  "line\nfeed",
  "tab\there",
  "tab at the end\t",
  "emoji 🦊.bin",
  "[brackets]*?.bin",
  "*",
  "#hash",
  "!bang",
  "$HOME `id`",
  "über.bin",
  "x.mvgit.bin",
  "a%20b",
  "~tilde",
  "HEAD",
  "{a,b}",
];

describe("from end to end, at the top and in a folder of such a name", () => {
  const paths = NAMES.flatMap((name) => [name, `in ${NAMES.indexOf(name)} ${name}/${name}`]);

  it("add, commit, push, clone, pull, status", async () => {
    for (const path of paths) box.write(`work/${path}`, `bytes of ${path}`);
    for (const name of NAMES) box.write(`work/data/${name}/${name}`, `inside ${name}`);
    await box.mv("work", ["add", "--", ...paths, "data"]);
    const { stdout } = await box.git("work", ["status", "--porcelain"]);
    expect(stdout.split("\n").filter((line) => line.startsWith("??"))).toEqual([]);
    await box.git("work", ["commit", "-qm", "names"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.mv("clone", ["init", "--remote", "../store"]);
    await box.mv("clone", ["pull"]);
    for (const path of paths) expect(box.read(`clone/${path}`).toString()).toBe(`bytes of ${path}`);
    for (const name of NAMES) expect(box.read(`clone/data/${name}/${name}`).toString()).toBe(`inside ${name}`);
    expect((await box.mv("clone", ["status", "--check"])).stdout).toContain(
      `${paths.length + 1} tracked paths, all clean`,
    );
    expect((await box.git("clone", ["status", "--porcelain"])).stdout).toBe("");
  });

  it("named one by one: checkout, cat, ls, also of a part of a folder and from a subfolder", async () => {
    for (const name of NAMES) fs.rmSync(join(box.dir, "clone", name));
    await box.mv("clone", ["checkout", "--", ...NAMES]);
    const listed = (await box.mv("clone", ["ls", "--", ...NAMES])).stdout;
    expect(listed).toContain("line\\nfeed");
    for (const name of ["line\nfeed", "[brackets]*?.bin", "--force"]) {
      expect((await box.mv("clone", ["cat", "--", name])).stdout).toBe(`bytes of ${name}`);
      expect((await box.mv("clone/data", ["cat", "--", `${name}/${name}`])).stdout).toBe(`inside ${name}`);
      fs.rmSync(join(box.dir, "clone/data", name), { recursive: true });
      await box.mv("clone/data", ["checkout", "--", name]);
      expect(box.exists(`clone/data/${name}/${name}`)).toBe(true);
    }
  });

  it("mv to and from, then rm: pointer, file and ignore line go together, and nobody else's", async () => {
    for (const [index, name] of [
      "line\nfeed",
      "tab\there",
      "tab at the end\t",
      "*",
      "--force",
      "two  blanks ",
      "[brackets]*?.bin",
      "!bang",
    ].entries()) {
      await box.mv("clone", ["mv", "--", name, `moved ${index}`]);
      await box.mv("clone", ["mv", "--", `moved ${index}`, `${name} again`]);
      expect(box.read(`clone/${name} again`).toString()).toBe(`bytes of ${name}`);
      await box.mv("clone", ["rm", "--", `${name} again`]);
      expect([box.exists(`clone/${name} again`), box.exists(`clone/${name} again.mvgit`)]).toEqual([false, false]);
    }
    expect((await box.mv("clone", ["status", "--check"])).stdout).toContain("all clean");
    expect((await box.git("clone", ["status", "--porcelain"])).stdout).not.toContain("??");
    const { stdout } = await box.git("clone", ["diff", "--cached", "--name-status", "-z"]);
    expect(stdout.split("\0").filter((field) => field === "D").length).toBe(8);
  });

  it("a hook names such a file in a command that a shell takes", async () => {
    const name = 'it\'s $HOME "big".bin';
    box.write(`work/${name}`, Buffer.alloc(6_000_000));
    await box.git("work", ["add", "-f", "--", name]);
    const { stderr } = await box.git("work", ["commit", "-qm", "big"], 1);
    const command = /mend it with: (.*)/.exec(stderr)?.[1] as string;
    const { runProgram } = await import("../support/cli.ts");
    expect((await runProgram("/bin/sh", ["-c", command], { cwd: join(box.dir, "work"), env: box.env })).status).toBe(0);
    await box.git("work", ["commit", "-qm", "big"]);
    expect(box.exists(`work/${name}.mvgit`)).toBe(true);
  });
});

describe("refused by add, naming the thing, with nothing changed", () => {
  it.each([
    ["a trailing backslash", "back\\", "backslash"],
    ["a control character", "bell\u0007", "control character"],
    ["a carriage return", "cr\r", "control character"],
    [".git in disguise", ".g\u200cit/x", "'.git' folder"],
    ["an NTFS name of .git", "GIT~1/x", "'.git' folder"],
    [".git with a blank", ".git /x", "'.git' folder"],
    [".git with a stream", ".git::$INDEX_ALLOCATION/x", "'.git' folder"],
    ["a component of 256 bytes", `${"ü".repeat(130)}`, "255"],
  ])("%s, named and inside a folder", async (_, name, why) => {
    const before = (await box.git("work", ["status", "--porcelain"])).stdout;
    if (Buffer.byteLength(name) <= 255) {
      box.write(`work/bad/${name}`, "x");
      expect((await box.mv("work", ["add", "bad"], 1)).stderr).toContain(why);
    }
    const { stderr } = await box.mv("work", ["add", "--", `bad/${name}`], 1);
    expect(stderr).toContain(why);
    expect(/[\u0007\r\u200c]/.test(stderr)).toBe(false);
    fs.rmSync(join(box.dir, "work/bad"), { recursive: true, force: true });
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe(before);
  });

  it.each([".gitattributes", ".gitignore", "in/.gitignore", ".mvgit", ".mvgit/config", ".MVGIT", "stages.yaml"])(
    "%s, which Git or mvgit reads: no add, no freeze",
    async (name) => {
      if (!box.exists(`work/${name}`)) box.write(`work/${name}`, "");
      expect((await box.mv("work", ["add", name], 1)).stderr).toMatch(
        /^error: cannot add '.*': (Git|mvgit) reads or runs it by its name/,
      );
      expect((await box.mv("work", ["freeze", name, "--", "true"], 1)).stderr).toContain(
        "reads or runs it by its name",
      );
      expect(box.exists(`work/${name}.mvgit`)).toBe(false);
    },
  );

  it("bytes that are not UTF-8 are named as bytes", async () => {
    fs.mkdirSync(join(box.dir, "work/latin"));
    fs.writeFileSync(Buffer.concat([Buffer.from(join(box.dir, "work/latin/caf")), Buffer.from([0xe9])]), "x");
    const { stderr } = await box.mv("work", ["add", "latin"], 1);
    expect(stderr).toContain("not valid UTF-8");
    expect(stderr).toContain("\\xe9");
  });

  it.each([
    ["letter case", "Model.bin", "model.bin"],
    ["Unicode form", "\u00fc.bin", "u\u0308.bin"],
  ])("two names in a folder that differ in %s", async (_, one, other) => {
    for (const name of [one, other]) box.write(`work/clash/${name}`, name);
    const { stderr } = await box.mv("work", ["add", "clash"], 1);
    expect(stderr).toContain(one);
    fs.rmSync(join(box.dir, "work/clash"), { recursive: true });
  });
});
