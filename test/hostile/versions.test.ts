/** A repository that an attacker made, cloned: packages, tags, links and settings against every command of versions. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { ModelName } from "../../src/values/label.ts";
import { formatPackage, type Package, readPackage } from "../../src/values/package.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { type Ran, runProgram } from "../support/cli.ts";
import { drawn, DRAWN } from "../support/thorough.ts";
import { makeVersion, somePackage } from "../support/versions.ts";

let box: Sandbox;
let restore: () => void;
const at = (path: string): string => join(box.dir, path);
const work = (): { cwd: string; env: Record<string, string> } => ({ cwd: at("work"), env: box.env });
/** What stands outside of the work tree, and what Git runs by itself. */
const outside = (): string[] => [
  ...fs.readdirSync(at("victim")),
  box.read("victim/precious").toString(),
  ...fs.readdirSync(at("work/.git/hooks")),
  String(box.exists("ran")),
  String(box.exists("work/ran")),
];

let before: string[];
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true, inMemory: true });
  box.write("victim/precious", "precious");
  await makeVersion(work(), { model: "spam", version: 1, params: { lr: 1 } });
  await makeVersion(work(), { model: "spam", version: 2, params: { lr: 2 } });
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
  await box.mv("work", ["promote", "spam@v1", "production", "-m", "first"]);
  before = outside();
  restore = box.keep();
});
afterAll(() => box.cleanup());
afterEach(() => {
  expect(outside()).toEqual(before);
  restore();
});

const ESCAPE = "\u001b[31m\u001b]0;x\u0007\u009b31m\u202e";
/** Readers of the stages' chains. */
const OF_STAGES = [["stages"], ["history", "spam"], ["show", "spam#production"], ["receipt", "spam#production"]];
/** Every reader of versions and stages. */
const READERS: readonly (readonly string[])[] = [
  ["log"],
  ["log", "spam", "--all", "--markdown"],
  ["show", "spam@v1"],
  ["show", "spam@latest"],
  ["show", "spam#production"],
  ["stages"],
  ["history", "spam"],
  ["history", "spam#production", "--at", "2026-06-01"],
  ["compare", "spam@v1", "spam@v2"],
  ["compare", "spam@v1", "spam@v2", "--markdown"],
  ["receipt", "spam#production"],
  ["explain", "spam@v1"],
  ["stage", "check"],
];

function harmless({ stdout, stderr, status }: Ran, what: readonly string[]): void {
  const said = stdout + stderr;
  expect(said, what.join(" ")).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  expect([70, 134, 139], `${what.join(" ")}: ${said}`).not.toContain(status);
  expect(said, what.join(" ")).not.toMatch(/ {4}at .*\.(js|ts):\d+|heap|Maximum call stack/);
}

async function readAll(commands = READERS): Promise<Map<string, Ran>> {
  const answers = new Map<string, Ran>();
  for (const command of commands) {
    const ran = await box.mv("work", command, -1);
    harmless(ran, command);
    answers.set(command.join(" "), ran);
  }
  return answers;
}

async function git(args: readonly string[], input = ""): Promise<string> {
  const { stdout, stderr, status } = await runProgram("git", args, { ...work(), input });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

/** A tag object of any bytes, and a ref to it. */
async function rawTag(
  ref: string,
  {
    object,
    type = "commit",
    name = ref,
    tagger = "T <t@example.com> 1767323045 +0000",
    message,
  }: { object: string; type?: string; name?: string; tagger?: string; message: string },
): Promise<string> {
  const oid = await git(
    ["hash-object", "-t", "tag", "-w", "--stdin", "--literally"],
    `object ${object}\ntype ${type}\ntag ${name}\ntagger ${tagger}\n\n${message}`,
  );
  await git(["update-ref", `refs/tags/${ref}`, oid]);
  return oid;
}

const HONEST = "A Tester <tester@example.com>";

/** The package file's text as v3 of spam, committed with a pointer of what it lists and vouched for by its tag. */
async function forge(
  text: string,
  { who = HONEST, tracked = "weights.bin" }: { who?: string; tracked?: string } = {},
): Promise<void> {
  box.write("work/.mvgit/models/spam.yaml", text);
  box.write(`work/${tracked}.mvgit`, `mvgit: 1\nblake3: ${"0".repeat(64)}\nsize: 1\n`);
  await git(["add", "-A"]);
  await git(["commit", "-q", "--no-verify", "--author", who, "-m", "forged"]);
  const message = `spam v3\n\nmvgit: 1\nmodel: spam\npackage: ${hashBytes(Buffer.from(text))}\nversion: 3\n`;
  await rawTag("spam@v3", { object: await git(["rev-parse", "HEAD"]), message, tagger: `${who} 1767323045 +0000` });
}

const good = (): Package =>
  somePackage({
    model: "spam" as ModelName,
    version: 3,
    weights: [{ path: "weights.bin", hash: "0".repeat(64), size: 1 } as Package["weights"][number]],
  });

describe(`a package (${DRAWN})`, () => {
  const withPath =
    (path: string) =>
    (text: string): string =>
      text.replace('path: "weights.bin"', `path: ${JSON.stringify(path)}`);
  const REFUSED: [string, (text: string) => string][] = [
    ["with a path out of the work tree", withPath("../victim/precious")],
    ["with a path into .git", withPath(".git/hooks/pre-commit")],
    ["with a path into .GIT", withPath("a/.GIT/config")],
    ["with an absolute path", withPath("/etc/passwd")],
    ["of another model", (text) => text.replace('model: "spam"', 'model: "ham"')],
    ["of another number", (text) => text.replace("version: 3", "version: 2")],
    ["that is too large", (text) => text + `# ${"x".repeat(5_000_000)}\n`],
  ];
  const MALFORMED: [string, (text: string) => string][] = [
    ["with a drive", withPath("C:\\x")],
    ["with a NUL", withPath("a\u0000b")],
    ["with an escape in a path", withPath("a\u001b[31m")],
    [
      "of four mebibytes of nesting",
      () => Array.from({ length: 2000 }, (_, level) => `${"  ".repeat(level)}a:\n`).join(""),
    ],
    ["with a prototype for a key", (text) => text.replace("params: {}", 'params:\n  "__proto__":\n    a: 1')],
    ["with a doubled key", (text) => text.replace("params: {}", "params: {}\nparams: {}")],
    ["of a newer format", (text) => text.replace("mvgit: 1", "mvgit: 9")],
    ["with an alias", (text) => text.replace("params: {}", "params: &a {}")],
    ["with a huge number", (text) => text.replace("size: 1", "size: 9007199254740993")],
    ["that is empty", () => ""],
  ];

  it.each(drawn(3, REFUSED))("%s is refused as damaged, and the others are told", async (_, change) => {
    await forge(change(formatPackage(good())));
    const answers = await readAll([["log"], ["promote", "spam@v3", "production"]]);
    for (const [command, { status }] of answers) expect(status, command).toBe(24);
    expect(answers.get("log")?.stdout).toContain("cannot be trusted: spam@v3");
    expect(answers.get("log")?.stdout).toContain("spam@v2");
  });

  it.each(MALFORMED)("%s is malformed", (_, change) =>
    expect(readPackage(Buffer.from(change(formatPackage(good())))).kind).not.toBe("package"),
  );

  it("full of terminal escapes shows none, nor does Markdown", async () => {
    const file = {
      path: "w\u200b.bin\n" as Package["weights"][number]["path"],
      hash: "0".repeat(64) as Package["weights"][number]["hash"],
      size: 1,
    };
    await forge(
      formatPackage({
        ...good(),
        weights: [],
        data: [file],
        author: `${ESCAPE} <x>`,
        message: `${ESCAPE}\n| a |`,
        params: { [ESCAPE]: ESCAPE, "`": "</td><script>", __proto__: 1 },
        metrics: { [ESCAPE]: "nan", __proto__: 2, constructor: 3 },
        environment: { [ESCAPE]: { [ESCAPE]: [ESCAPE], b: { c: ESCAPE } } },
        notes: [ESCAPE],
        run: {
          command: [ESCAPE],
          folder: "",
          started: "2026-01-02T03:04:05Z",
          seconds: 1,
          secrets: [ESCAPE],
          changedInputs: [ESCAPE],
        },
      }),
      { who: `${ESCAPE} <x>`, tracked: file.path },
    );
    const answers = await readAll([
      ...READERS,
      ["show", "spam@v3"],
      ["explain", "spam@v3"],
      ["compare", "spam@v1", "spam@v3"],
      ["compare", "spam@v1", "spam@v3", "--markdown"],
      ["run", "spam"],
      ["show", "spam@v3", "--json"],
      ["log", "--json"],
    ]);
    expect(answers.get("compare spam@v1 spam@v3 --markdown")?.stdout).not.toContain("<script>");
    expect(answers.get("show spam@v3")?.stdout).toContain("\\x1b[31m");
    expect(JSON.parse(answers.get("log --json")?.stdout ?? "").versions[0].metrics).toHaveProperty("constructor", 3);
  });
});

describe(`a version's tag (${DRAWN})`, () => {
  const message = "spam v3\n\nmvgit: 1\nmodel: spam\npackage: " + "0".repeat(64) + "\nversion: 3\n";
  it.each(drawn(1, ["blob", "tree", "tag"]))("that stands on a %s is damaged", async (type) => {
    const object = await git([
      "rev-parse",
      { blob: "HEAD:.gitattributes", tree: "HEAD^{tree}", tag: "spam@v1" }[type] as string,
    ]);
    await rawTag("spam@v3", { object, type, message });
    const answers = await readAll();
    expect(answers.get("log")?.stdout).toContain(`cannot be trusted: spam@v3: its tag stands on a ${type}`);
    await box.mv("work", ["promote", "spam@v3", "production"], 24);
  });

  it("of no tag object, or of megabytes, is nobody's", async () => {
    box.write("huge", Buffer.alloc(8 * 1024 * 1024));
    await git(["update-ref", "refs/tags/spam@v3", await git(["hash-object", "-w", at("huge")])]);
    await rawTag("spam@v4", {
      object: await git(["rev-parse", "HEAD"]),
      message: `${message}${"x".repeat(3_000_000)}`,
    });
    const answers = await readAll();
    expect(answers.get("log")?.status).toBe(0);
    expect(answers.get("show spam@latest")?.stderr).toContain("was not made by mvgit");
  });

  it("in a chain of thousands of nested tags is looked through by one git", async () => {
    let object = await git(["rev-parse", "HEAD"]);
    for (let depth = 0; depth < 3_000; depth++) {
      const body =
        `object ${object}\ntype ${depth === 0 ? "commit" : "tag"}\ntag nest\ntagger T <t@example.com> ` +
        `1767323045 +0000\n\n`;
      const bytes = Buffer.from(`tag ${body.length}\0${body}`);
      object = createHash("sha1").update(bytes).digest("hex");
      box.write(`work/.git/objects/${object.slice(0, 2)}/${object.slice(2)}`, deflateSync(bytes, { level: 1 }));
    }
    await git(["update-ref", "refs/tags/spam@v3", object]);
    expect((await readAll([["log"], ["show", "spam@v3"]])).get("log")?.status).toBe(0);
  });

  it.each(["spam@v999999999", "spam#production#999999999", "spam#fresh#999999999"])(
    "'%s' leaves no next number, which is said",
    async (ref) => {
      await git(["tag", ref, "HEAD"]);
      const [command, what] = ref.includes("@")
        ? [["save", "spam", "--weights", "weights.bin"], "spam@v999999999"]
        : [["promote", "spam@v2", "fresh"], "spam#fresh#999999999"];
      if (ref === "spam#production#999999999") return void (await readAll([["log"], ["stages"]]));
      const { stderr } = await box.mv("work", command, 1);
      expect(stderr).toContain(`no number after that of the tag '${what}'`);
      expect((await box.git("work", ["tag", "--list", "*1000000000*"])).stdout).toBe("");
    },
  );
});

describe("an event's tag", () => {
  const event = (number: number, more: Record<string, string> = {}): string => {
    const values = {
      before: "v1",
      event: String(number),
      model: "spam",
      package: "0".repeat(64),
      previous: "none",
      stage: "production",
      version: "v2",
      ...more,
    };
    const lines = Object.entries(values)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}: ${value}\n`)
      .join("");
    const was = values.before === "none" ? "" : ` (was ${values.before})`;
    return `spam production: ${values.version}${was}\n\nmvgit: 1\n${lines}`;
  };
  const head = (): Promise<string> => git(["rev-parse", "spam@v2^{commit}"]);

  it.each([
    ["of a huge number", 999_999_999, {}],
    ["after a gap", 7, {}],
    ["of a second chain", 2, { before: "none" }],
    ["of another package", 2, {}],
  ])("%s breaks the chain, and nothing is moved", async (_, number, more) => {
    const previous =
      number === 2 && !("before" in more) ? { previous: await git(["rev-parse", "refs/tags/spam#production#1"]) } : {};
    await rawTag(`spam#production#${number}`, {
      object: await head(),
      message: event(number, { ...more, ...previous }),
    });
    const answers = await readAll(OF_STAGES);
    expect([answers.get("show spam#production")?.status, answers.get("receipt spam#production")?.status]).toEqual([
      24, 24,
    ]);
    if (!("previous" in previous)) {
      await box.mv("work", ["promote", "spam@v2", "production"], 24);
      await box.mv("work", ["rollback", "spam", "production"], 24);
    }
  });

  it.each(["0", "01", "1000000000", "-1", "1e3"])("of number %s is none", async (number) => {
    await rawTag(`spam#production#${number}`, { object: await head(), message: event(2) });
    expect((await readAll([["stages"]])).get("stages")?.stdout).toContain("spam#production  v1");
  });

  it.each([
    "T <t> 999999999999999 +0000",
    "T <t> 1767323045 +9999",
    "T <t> -99999999999 +0000",
    "T <t> 1767323045 -1500",
  ])("by '%s' is shown as broken, and ends no command", async (tagger) => {
    const previous = await git(["rev-parse", "refs/tags/spam#production#1"]);
    await rawTag("spam#production#2", { object: await head(), tagger, message: event(2, { previous }) });
    const answers = await readAll(OF_STAGES);
    expect(answers.get("stages")?.stdout).toContain("no calendar has");
  });

  it("with escapes in its tagger and its reason shows none", async () => {
    const previous = await git(["rev-parse", "refs/tags/spam#production#1"]);
    const hash = (await git(["cat-file", "tag", "spam@v2"])).replace(/^[^]*package: (\S+)[^]*$/, "$1");
    await rawTag("spam#production#2", {
      object: await head(),
      tagger: `${ESCAPE} <x> 1767323045 +0000`,
      message: event(2, { previous, package: hash, reason: "%1B[31mred%0A%C2%9B" }),
    });
    const answers = await readAll(OF_STAGES);
    expect(answers.get("stages")?.stdout).toContain("\\x1b[31mred …");
  });

  it("three thousand copies of one are one broken stage", async () => {
    const oid = await git(["rev-parse", "refs/tags/spam#production#1"]);
    fs.appendFileSync(
      at("work/.git/packed-refs"),
      Array.from({ length: 3_000 }, (_, number) => `${oid} refs/tags/spam#many#${number + 1}\n`)
        .sort()
        .join(""),
    );
    expect((await readAll([["stages"]])).get("stages")?.stdout).toContain("spam#many");
  });
});

describe(`links that a repository brings (${DRAWN})`, () => {
  const WRITERS = [
    ["run", "spam", "--weights", "weights.bin", "--", "true"],
    ["save", "spam", "--weights", "weights.bin"],
    ["promote", "spam@v2", "production"],
    ["stage", "check", "--write"],
    ["rollback", "spam", "production", "--to", "v2"],
    ["renumber", "spam"],
  ];
  const LINKS: [string, string][] = [
    [".mvgit/models", "../../victim"],
    [".mvgit/models", "../.git/hooks"],
    [".mvgit", "../victim"],
    ["stages.yaml", "../victim/precious"],
    ["stages.yaml", ".git/hooks/pre-commit"],
    [".mvgit/models/spam.yaml", "../../../victim/new"],
    [".mvgit/models/spam.curves.jsonl", "../../../victim/new"],
  ];
  it.each(drawn(3, LINKS))("'%s' -> '%s': nothing is written through it", async (path, goal) => {
    fs.rmSync(at(`work/${path}`), { recursive: true, force: true });
    fs.symlinkSync(goal, at(`work/${path}`));
    await git(["add", "-A"]);
    await git(["commit", "-q", "--no-verify", "-m", "link"]);
    await readAll(WRITERS);
    expect(fs.existsSync(at("victim/new"))).toBe(false);
  });

  it.each(["params.yaml", "metrics.json"])(
    "'%s' -> a private file: its text comes into no package, named or found",
    async (name) => {
      box.write("victim-secret.yaml", "password_of_mine: geheim\nscore: 7\n");
      box.write("victim-secret.json", '{"password_of_mine": "geheim", "score": 7}');
      fs.symlinkSync(`../victim-secret${name.slice(name.indexOf("."))}`, at(`work/${name}`));
      const option = `--${name.slice(0, name.indexOf("."))}`;
      const ran = await box.mv("work", ["save", "spam", "--weights", "weights.bin", option, name], -1);
      harmless(ran, [option]);
      expect((await box.git("work", ["grep", "-e", "geheim", "-e", "score", "HEAD", "--", ".mvgit"], -1)).stdout).toBe(
        "",
      );
      expect(ran.stderr).toMatch(/no regular file|it is a link/);
    },
  );
});

describe(`what a run reads (${DRAWN})`, () => {
  const run = async (script: string): Promise<{ ran: Ran; pack: Package | null }> => {
    const ran = await box.mv(
      "work",
      ["--json", "run", "spam", "--weights", "weights.bin", "--", "sh", "-c", `echo w >> weights.bin; ${script}`],
      -1,
    );
    harmless(ran, [script]);
    return { ran, pack: JSON.parse(ran.stdout).package };
  };

  const BOMBS: [string, string][] = [
    ["params.yaml", `a: &a [x]\nb: *a\n`],
    ["params.yaml", `${"[".repeat(400_000)}`],
    ["params.yaml", "x".repeat(600_000)],
    ["params.toml", `a = ${"[".repeat(100_000)}`],
    ["params.json", `"${'\\"'.repeat(2_000_000)}`],
    ["params.json", `${"[".repeat(4_000_000)}`],
    ["metrics.csv", "\n".repeat(30_000_000)],
    ["metrics.csv", `a\n${"1,".repeat(2_000_000)}`],
    ["requirements.txt", "a[\n".repeat(1_000_000)],
    ["package-lock.json", "null"],
  ];
  it.each(drawn(4, BOMBS))("a bomb in %s costs the version nothing", async (name, text) => {
    box.write("bomb", text);
    const { ran, pack } = await run(`cp ../bomb ${name}`);
    expect([ran.status, pack?.version]).toEqual([0, 3]);
  });

  it("a key in a file of settings is masked in the package, and the file is named", async () => {
    box.write("work/params.yaml", "lr: 1\nhub:\n  hf_token: geheim-geheim\n");
    const { pack } = await run("true");
    expect(pack?.params).toEqual({ lr: 1, "hub.hf_token": "${HUB_HF_TOKEN}" });
    expect(pack?.notes.join()).toContain(
      "what looks like a secret (hub.hf_token) is masked here, but not in 'params.yaml'",
    );
  });

  it("more settings, scores and packages than a package has room for: the first of them, and a note", async () => {
    box.write(
      "work/params.json",
      JSON.stringify(Object.fromEntries(Array.from({ length: 40_000 }, (_, at) => [`name${at}`, "x".repeat(20)]))),
    );
    box.write(
      "work/uv.lock",
      Array.from({ length: 6000 }, (_, at) => `[[package]]\nname = "p${at}"\nversion = "${"1".repeat(300)}"\n`).join(
        "",
      ),
    );
    const { pack } = await run("true");
    expect(Object.keys(pack?.params ?? {})).toHaveLength(5000);
    expect(pack?.notes.join()).toMatch(/only the first 5000 of 40000 params.*too many to be listed/);
  });

  it.each([
    ["a link", "ln -s /dev/zero $MVGIT_LOG"],
    ["a pipe", "mkfifo $MVGIT_LOG"],
    ["a folder", "mkdir $MVGIT_LOG"],
  ])("MVGIT_LOG replaced by %s is not read", async (_, script) => {
    const { pack } = await run(`rm $MVGIT_LOG; ${script}`);
    expect(pack?.notes.join()).toContain("MVGIT_LOG was not read");
  });

  it("a line of a hundred megabytes in MVGIT_LOG is passed over", async () => {
    const { pack } = await run(
      "head -c 100000000 /dev/zero >> $MVGIT_LOG; echo >> $MVGIT_LOG; echo '{\"loss\": 1}' >> $MVGIT_LOG",
    );
    expect([pack?.metrics, pack?.notes.join()]).toEqual([
      { loss: 1 },
      "1 line of MVGIT_LOG could not be read, first line 1",
    ]);
  });
});

describe("settings that a repository brings", () => {
  it("set nothing that needs trust, and no policy of theirs takes for ever", async () => {
    box.write(
      "work/.mvgit/config",
      `[core]\n\thooksPath = evil\n\tsshCommand = touch ../ran\n[mvgit]\n\tpolicyRef = refs/heads/evil\n` +
        `\tcacheDir = ../victim\n[mvgit "stage.production"]\n\tmetric = a${" ".repeat(20_000)}b\n[alias]\n` +
        `\tpush = !touch ../ran\n`,
    );
    await git(["add", "-A"]);
    await git(["commit", "-q", "--no-verify", "-m", "settings"]);
    const { stderr } = await box.mv("work", ["promote", "spam@v2", "production"], 1);
    expect(stderr).toContain("which is not a score and a bound");
    await readAll();
  });

  it("a committed policy that is too large to be read is no absent one", async () => {
    box.write("work/.mvgit/config", `[mvgit "stage.production"]\n\trequires = staging\n${"# x\n".repeat(20_000)}`);
    await git(["add", "-A"]);
    await git(["commit", "-q", "--no-verify", "-m", "policy"]);
    await git(["push", "-q", "--no-verify", "origin", "HEAD"]);
    await git(["rm", "-q", "--cached", ".mvgit/config"]);
    fs.rmSync(at("work/.mvgit/config"));
    await git(["config", "mvgit.policyRef", "refs/remotes/origin/main"]);
    expect((await box.mv("work", ["promote", "spam@v2", "production"], 1)).stderr).toContain("larger than 64 KiB");
  });

  it("a tag of the branch's name sends stages.yaml to no other branch", async () => {
    await git(["tag", "main"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    expect((await box.git("host.git", ["for-each-ref", "--format=%(refname)", "refs/heads"])).stdout).toBe(
      "refs/heads/main\n",
    );
  });
});

describe("words that could be options of git", () => {
  it.each([
    ["stage", "check", "--", "--output=../victim/new"],
    ["stage", "apply", "--base=--output=../victim/new"],
    ["promote", "--", "--upload-pack=touch ../ran", "production"],
    ["show", "--", "--help"],
    ["explain", "--", "-x"],
    ["renumber", "spam", "--host=--upload-pack=touch ../ran"],
    ["renumber", "spam", "--host=ext::sh -c 'touch ../ran'"],
    ["history", "--", "-x"],
  ])("%j", async (...command) => {
    const ran = await box.mv("work", command, -1);
    harmless(ran, command);
    expect(ran.status).not.toBe(0);
  });

  it("a branch with a '#', and one that looks like an option", async () => {
    await git(["update-ref", "refs/heads/--upload-pack=touch", "HEAD"]);
    await git(["symbolic-ref", "HEAD", "refs/heads/a#b"]);
    await git(["update-ref", "refs/heads/a#b", "refs/heads/main"]);
    await git(["push", "-q", "--no-verify", "origin", "HEAD"]);
    expect((await box.mv("work", ["promote", "spam@v2", "production"])).stdout).toContain("committed and pushed");
    await git(["symbolic-ref", "HEAD", "refs/heads/--upload-pack=touch"]);
    await readAll([
      ["promote", "spam@v1", "production"],
      ["rollback", "spam", "production"],
    ]);
  });

  it("a package whose names of secrets are words for a shell", async () => {
    await forge(
      formatPackage({
        ...good(),
        run: {
          command: ["sh", "-c", "echo ${A; touch ran} ${constructor}"],
          folder: "",
          started: "2026-01-02T03:04:05Z",
          seconds: 1,
          secrets: ["A; touch ran", "constructor"],
          changedInputs: [],
        },
      }),
    );
    const { stderr } = await box.mv("work", ["run", "spam"], 1);
    expect(stderr).toContain("--env 'A; touch ran' --env constructor");
  });
});

describe("odd but honest", () => {
  it("stages.yaml with the line ends of Windows is no edit", async () => {
    box.write("work/stages.yaml", box.read("work/stages.yaml").toString().replaceAll("\n", "\r\n"));
    await box.mv("work", ["stage", "check"]);
    expect((await box.mv("work", ["promote", "spam@v2", "production"])).stdout).toContain("committed and pushed");
  });

  it("a model whose name begins like another's has numbers, stages and moves of its own", async () => {
    await makeVersion(work(), { model: "spam-x", version: 1 });
    await makeVersion(work(), { model: "spam.x", version: 1 });
    await box.mv("work", ["push"]);
    for (const model of ["spam-x", "spam.x"]) await box.mv("work", ["promote", `${model}@v1`, "production"]);
    expect((await box.mv("work", ["stages"])).stdout.match(/^\S+ +v1/gm)).toHaveLength(3);
    expect((await box.mv("work", ["history", "spam"])).stdout.trim().split("\n")).toHaveLength(1);
    await box.mv("work", ["stage", "check"]);
  });
});

it("a repository with SHA-256: versions, moves, and the way back", async () => {
  const other = await makeSandbox({ objectFormat: "sha256", inProcess: true, inMemory: true });
  try {
    const place = { cwd: join(other.dir, "work"), env: other.env };
    for (const version of [1, 2]) await makeVersion(place, { model: "spam", version });
    await other.mv("work", ["push"]);
    for (const label of ["spam@v1", "spam@v2"]) await other.mv("work", ["promote", label, "production"]);
    expect((await other.mv("work", ["rollback", "spam", "production"])).stdout).toContain("is v1 (was v2), event 3");
    await other.mv("work", ["stage", "check"]);
  } finally {
    other.cleanup();
  }
});
