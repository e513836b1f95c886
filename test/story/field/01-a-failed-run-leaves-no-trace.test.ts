/**
 * A run of which no version came leaves index, pointers, ignore lines and what mvgit knows of files as they were; what
 * the training wrote stays.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../../support/cli.ts";
import { dvcObject, dvcText } from "../../support/foreign.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
drawTests(2);

beforeEach(async () => {
  box = await makeSandbox();
  box.write("work/known/a", "1");
  box.write("work/.gitignore", "*.log\n");
  box.write("work/deep/params.yaml", "lr: 1\n");
  await box.mv("work", ["add", "known"]);
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "x"]);
  box.write("work/known/a", "changed");
  box.write("work/data/a.txt", "1\n");
  box.write("work/deep/w.bin", "old weights");
  box.write("work/staged.txt", "staged");
  // Git reads a file again that is as young as its index: here that would run a filter before the command starts.
  fs.utimesSync(join(box.dir, "work/staged.txt"), 1_700_000_000, 1_700_000_000);
  await box.git("work", ["add", "staged.txt"]);
});
afterEach(() => box.cleanup());

const RUN = ["run", "spam", "--data", "data", "--data", "known", "--weights", "deep/w.bin", "--"];

/** What Git and mvgit keep of the work tree. */
async function state(): Promise<string[]> {
  const git = async (...args: string[]): Promise<string> => (await box.git("work", args)).stdout;
  const small = (await git("ls-files", "-z", "-c", "-o"))
    .split("\0")
    .filter((path) => /\.mvgit$|\.gitignore$/.test(path))
    .map((path) => `${path}: ${box.read(`work/${path}`).toString()}`);
  return [await git("status", "--porcelain"), await git("ls-files", "-s"), ...small];
}

async function known(): Promise<string> {
  const { stdout } = await box.mv("work", ["status", "--json"]);
  return stdout;
}

describe("nothing but the training's own files is left", () => {
  it.each([
    ["a command that fails", ["sh", "-c", "echo half > deep/w.bin; exit 3"], 3],
    ["one that a signal ends", ["sh", "-c", "echo half > deep/w.bin; kill -9 $$"], 137],
    ["one that leaves no weights", ["sh", "-c", ": > deep/w.bin"], 1],
    ["weights that cannot be taken in", ["sh", "-c", "rm deep/w.bin; ln -s /etc/hostname deep/w.bin"], 1],
    [
      "an ignore file that cannot be written",
      ["sh", "-c", "rm -f deep/.gitignore; mkdir deep/.gitignore; echo new > deep/w.bin"],
      -1,
    ],
  ])("after %s", async (_, command, status) => {
    const before = await state();
    const ran = await box.mv("work", [...RUN, ...command], status);
    expect(ran.status).not.toBe(0);
    fs.rmSync(join(box.dir, "work/deep/.gitignore"), { recursive: true, force: true });
    if (command[2]?.includes("ln -s")) fs.rmSync(join(box.dir, "work/deep/w.bin"));
    expect(await state()).toEqual(
      before.map((each, at) =>
        at === 0 && command[2]?.includes("ln -s") ? each.replace("?? deep/w.bin\n", "") : each,
      ),
    );
    expect(box.read("work/data/a.txt").toString()).toBe("1\n");
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/undo"))).toEqual([]);
    // And nothing that mvgit remembers makes a later command take the data for its own.
    await box.mv("work", ["checkout"], -1);
    expect(box.read("work/data/a.txt").toString()).toBe("1\n");
  });

  it("after one that was interrupted", async () => {
    const before = await state();
    const child = spawn(
      process.execPath,
      [join(BIN, "mvgit"), ...RUN, "sh", "-c", "echo ready; sleep 30 >&- 2>&- & wait"],
      {
        cwd: join(box.dir, "work"),
        env: { ...hermeticEnv(box.dir), ...box.env },
        stdio: ["ignore", "pipe", "ignore"],
        detached: true,
      },
    );
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect(await new Promise((resolve) => child.on("close", resolve))).not.toBe(0);
    expect(await state()).toEqual(before);
  });

  it("after mvgit itself was killed: the next command puts it back, whatever it is", async () => {
    const before = await state();
    const child = spawn(process.execPath, [join(BIN, "mvgit"), ...RUN, "sh", "-c", "kill -9 $PPID"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: "ignore",
    });
    expect(await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)))).toBe("SIGKILL");
    const { stderr } = await box.mv("work", ["ls"]);
    expect(stderr).toContain("a run was killed");
    expect(await state()).toEqual(before);
    expect((await box.mv("work", ["ls"])).stderr).toBe("");
  });
});

it.each([
  ["before it wrote to the work tree", "blobs/"],
  ["before it noted what it had written", "stat/targets"],
])("a run that was killed %s takes back what is its own, and no line that came since", async (_, place) => {
  const noted = "ls .git/mvgit/undo/*.json >/dev/null 2>&1";
  const kill = `case "$MVGIT_STEP_PATH" in */mvgit/${place}*) ${noted} && kill -9 $PPID;; esac; true`;
  box.env["MVGIT_FAULT"] = `run@*:${kill}`;
  await expect(box.mv("work", [...RUN, "true"])).rejects.toThrow("SIGKILL");
  delete box.env["MVGIT_FAULT"];
  expect(box.exists("work/data.mvgit")).toBe(place === "stat/targets");
  const now = box.exists("work/.gitignore") ? box.read("work/.gitignore").toString() : "";
  box.write("work/.gitignore", `${now}*.secret\n`);
  await box.mv("work", ["ls"]);
  expect(box.read("work/.gitignore").toString()).toBe("*.log\n/known\n*.secret\n");
  expect(box.exists("work/data.mvgit")).toBe(false);
  expect((await box.git("work", ["status", "--porcelain", "known.mvgit"])).stdout).toBe("");
});

it("a pointer that somebody brought after a run was killed is theirs", async () => {
  const noted = "ls .git/mvgit/undo/*.json >/dev/null 2>&1";
  box.env["MVGIT_FAULT"] = `run@*:${noted} && kill -9 $PPID; true`;
  await expect(box.mv("work", [...RUN, "true"])).rejects.toThrow("SIGKILL");
  delete box.env["MVGIT_FAULT"];
  const theirs = `mvgit: 1\nblake3: ${"5".repeat(64)}\nsize: 5\n`;
  box.write("work/data.mvgit", theirs);
  await box.mv("work", ["ls"]);
  expect(box.read("work/data.mvgit").toString()).toBe(theirs);
});

it("what somebody staged or changed meanwhile is theirs", async () => {
  await box.mv("work", [...RUN, "sh", "-c", "git add data.mvgit; echo mine >> .gitignore; exit 1"], 1);
  expect((await box.git("work", ["ls-files", "data.mvgit"])).stdout).toBe("data.mvgit\n");
  expect(box.exists("work/data.mvgit")).toBe(true);
  expect(box.read("work/.gitignore").toString()).toContain("mine\n");
  expect((await box.git("work", ["diff", "--name-only"])).stdout).not.toContain("known.mvgit");
});

it("a save that fails, and a version that could not be staged, leave none; the version is gone on with", async () => {
  const before = await state();
  const seen = await known();
  await box.mv("work", ["save", "spam", "--data", "data", "--weights", "deep/nothing"], 1);
  expect(await state()).toEqual(before);
  expect(await known()).toBe(seen);
  fs.writeFileSync(join(box.dir, "work/.git/info/attributes"), "staged.txt filter=broken\n");
  await box.git("work", ["config", "filter.broken.clean", "false"]);
  await box.git("work", ["config", "filter.broken.required", "true"]);
  const refused = await box.mv("work", [...RUN, "sh", "-c", "echo new > deep/w.bin; echo other > staged.txt"], -1);
  expect(refused.status).not.toBe(0);
  fs.rmSync(join(box.dir, "work/.git/info/attributes"));
  box.write("work/staged.txt", "staged");
  expect(await state()).toEqual(before);
  await box.mv("work", ["save", "spam"]);
  const { weights, data } = await packageOf(box, "spam@v1");
  expect([...weights, ...data].map(({ path }) => path).sort()).toEqual(["data", "deep/w.bin", "known"]);
  expect((await box.git("work", ["ls-tree", "-r", "--name-only", "spam@v1"])).stdout).toContain("data.mvgit\n");
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
});

it("an import that Git does not let stage leaves pointers, ignore lines and index as they were", async () => {
  const md5 = dvcObject(box, "work/.dvc/cache", "weights");
  box.write("work/.dvc/config", "");
  box.write("work/m.bin.dvc", dvcText({ md5, size: 7, path: "m.bin" }));
  await box.git("work", ["add", "m.bin.dvc", ".dvc/config"]);
  await box.git("work", ["commit", "-qm", "dvc"]);
  const before = await state();
  fs.writeFileSync(join(box.dir, "work/.git/info/attributes"), "*.mvgit filter=broken\n");
  await box.git("work", ["config", "filter.broken.clean", "false"]);
  await box.git("work", ["config", "filter.broken.required", "true"]);
  await box.mv("work", ["import", "dvc"], 20);
  fs.rmSync(join(box.dir, "work/.git/info/attributes"));
  expect(await state()).toEqual(before);
  await box.mv("work", ["import", "dvc"]);
  expect((await box.git("work", ["ls-files", "m.bin.mvgit"])).stdout).toBe("m.bin.mvgit\n");
});
