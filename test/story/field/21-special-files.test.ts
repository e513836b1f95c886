/** A pipe, a folder or a link where mvgit keeps a file of its own: never waited for, never followed, told or mended. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

const CAN = process.platform !== "win32" && spawnSync("mkfifo", ["--version"]).error === undefined;
let box: Sandbox;
let blob: string;
const at = (path: string): string => join(box.dir, path);

const KINDS: Record<string, (path: string) => void> = {
  "a pipe": (path) => void spawnSync("mkfifo", [path]),
  "a folder": (path) => void fs.mkdirSync(path),
  "a link to the right bytes": (path) => void fs.symlinkSync(at("work/right"), path),
  "a link to nothing": (path) => void fs.symlinkSync("/nonexistent", path),
};

drawTests(2);

shareSandbox(async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "weights");
  box.write("work/right", "weights");
  const { added } = JSON.parse((await box.mv("work", ["add", "w.bin", "--json"])).stdout) as {
    added: { hash: string }[];
  };
  const hash = added[0]?.hash ?? "";
  blob = `blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
  return box;
});

function put(path: string, kind: string): string {
  fs.rmSync(path, { recursive: true, force: true });
  fs.mkdirSync(dirname(path), { recursive: true });
  KINDS[kind]?.(path);
  return path;
}

/** As `box.mv`, killed when it hangs: a test that waits for a pipe tells nothing. */
async function mv(args: readonly string[], status: number): Promise<string> {
  const program = [process.execPath, join(import.meta.dirname, "../../../bin/mvgit"), ...args];
  const ran = await runProgram("timeout", ["-s", "KILL", "60", ...program], { cwd: at("work"), env: box.env });
  if (status >= 0) expect(ran.status, `${args.join(" ")}\n${ran.stdout}\n${ran.stderr}`).toBe(status);
  else expect([137, 70], `${args.join(" ")}\n${ran.stdout}\n${ran.stderr}`).not.toContain(ran.status);
  return ran.stdout + ran.stderr;
}

describe.skipIf(!CAN)(`in a blob's place${CAN ? "" : " (skipped without mkfifo)"}`, () => {
  it.each(Object.keys(KINDS))(
    "of the cache, %s: had again from the remote, from the work tree, or named",
    async (kind) => {
      const place = at(`work/.git/mvgit/${blob}`);
      put(place, kind);
      expect(await mv(["fsck"], 24)).toContain("damaged");
      put(place, kind);
      expect(await mv(["cat", "w.bin"], 0)).toContain("weights");
      put(place, kind);
      await mv(["fetch"], 0);
      expect(fs.lstatSync(place).isFile()).toBe(true);
      put(place, kind);
      await mv(["add", "w.bin"], 0);
      expect(fs.readFileSync(place, "utf8")).toBe("weights");
      put(place, kind);
      fs.rmSync(at("work/w.bin"));
      await mv(["checkout"], 0);
      expect(box.read("work/w.bin").toString()).toBe("weights");
      put(place, kind);
      await mv(["gc"], 0);
      for (const name of fs.readdirSync(at("work/.git/mvgit/damaged")))
        fs.lutimesSync(at(`work/.git/mvgit/damaged/${name}`), 0, 0);
      await mv(["gc"], 0);
      expect(fs.readdirSync(at("work/.git/mvgit/damaged"))).toEqual([]);
    },
  );

  it.each(Object.keys(KINDS))("of a folder remote, %s: damaged, and mended by push", async (kind) => {
    const place = put(at(`store/${blob}`), kind);
    expect(await mv(["fsck", "--remote"], 24)).toContain("damaged");
    expect(await mv(["status", "--remote"], 0)).toContain("damaged there");
    expect(await mv(["push"], 0)).toContain("1 damaged blob replaced");
    expect(fs.lstatSync(place).isFile()).toBe(true);
    expect(fs.readFileSync(place, "utf8")).toBe("weights");
    expect(box.read("work/right").toString()).toBe("weights");
  });

  it("of a folder remote, a folder with files of somebody's: set aside whole", async () => {
    put(at(`store/${blob}`), "a folder");
    box.write(`store/${blob}/thesis.txt`, "mine");
    await mv(["push"], 0);
    const [kept = ""] = fs.readdirSync(at("store/damaged"));
    expect(box.read(`store/damaged/${kept}/thesis.txt`).toString()).toBe("mine");
  });
});

describe.skipIf(!CAN)("a pipe in the place of what mvgit keeps", () => {
  const OWN = "work/.git/mvgit";
  it.each([
    [`${OWN}/displaced`, ["gc"]],
    [`${OWN}/leases/x`, ["gc"]],
    [`${OWN}/stat/targets`, ["status", "add w.bin"]],
    [`${OWN}/imported`, ["gc"]],
    [`${OWN}/claims`, ["push"]],
    ["store/mvgit.json", ["push", "status --remote"]],
    ["store/roots/since", ["push"]],
    ["store/gc/mark", ["gc --remote --offline"]],
    ["work/w.bin.mvgit", ["status", "add w.bin"]],
    ["work/w.bin", ["status", "checkout"]],
    ["work/.mvgit/config", ["status"]],
    ["work/stages.yaml", ["stages"]],
    ["work/.mvgitignore", ["status"]],
  ])("%s: no command waits for it", async (path, commands) => {
    for (const command of commands) {
      put(at(path), "a pipe");
      await mv(command.split(" "), -1);
    }
  });
});
