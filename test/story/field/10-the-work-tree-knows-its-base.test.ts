/**
 * What is merely behind its pointer, or never arrived, is never taken for an edit; and what only the user changed is
 * never undone.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ageBlobs } from "../../support/aged-cache.ts";
import { BIN, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
let reset: () => void;
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (let i = 1; i <= 5; i++) box.write(`work/ds/f${i}`, `first ${i}`);
  await box.mv("work", ["add", "ds"]);
  await publish("one");
  await box.git(".", ["clone", "-q", "host.git", "bob"]);
  await box.mv("bob", ["init", "--remote", "../store", "--no-hooks"]);
  await box.mv("bob", ["pull"]);
  reset = box.keep();
});
afterEach(() => reset());
afterAll(() => box.cleanup());

async function publish(message: string, clone = "work"): Promise<void> {
  await box.git(clone, ["add", "-A"]);
  await box.git(clone, ["commit", "-qm", message]);
  await box.mv(clone, ["push"]);
  await box.git(clone, ["push", "-q", "origin", "main"]);
}

/** A colleague adds nine files, changes one and removes one; the pointer comes here. */
async function nineFiles(): Promise<void> {
  for (let i = 1; i <= 9; i++) box.write(`work/ds/n${i}`, `new ${i}`);
  box.write("work/ds/f2", "second 2");
  fs.rmSync(join(box.dir, "work/ds/f3"));
  await box.mv("work", ["add", "ds"]);
  await publish("nine");
  await box.git("bob", ["pull", "-q"]);
}

async function status(
  clone = "bob",
): Promise<{ state: string; files: Record<string, { count: number; first: string[] }>; isUnknown?: boolean }> {
  const { tracked } = JSON.parse((await box.mv(clone, ["status", "--json"])).stdout);
  return tracked.find((each: { path: string }) => each.path === "ds");
}

const pointer = (clone = "bob"): string => box.read(`${clone}/ds.mvgit`).toString();
const names = (clone = "bob"): string[] => fs.readdirSync(join(box.dir, clone, "ds")).toSorted();

describe("a folder behind its pointer", () => {
  it("is told as such, is no edit to add, run, save or the hook, and is brought up to date", async () => {
    await nineFiles();
    const before = pointer();
    expect(await status()).toMatchObject({ state: "behind" });
    expect((await box.mv("bob", ["status"])).stdout).toContain("'mvgit pull' brings what its pointer names now");
    await box.mv("bob", ["fetch"]);
    expect(await status()).toMatchObject({
      state: "behind",
      files: { behind: { count: 2, first: ["f2", "f3"] }, incomplete: { count: 9 } },
    });
    const told = (await box.mv("bob", ["status"])).stdout;
    expect(told).toContain("not here yet: n1, n2, n3 and 6 more");
    expect(told).toContain("'mvgit checkout' brings what its pointer names now");
    for (const args of [
      ["add", "ds"],
      ["add", "ds/f2"],
      ["run", "m", "--", "true"],
      ["save", "m", "--weights", "ds"],
    ]) {
      const { stderr } = await box.mv("bob", args, 1);
      expect(stderr, args.join(" ")).toContain("'ds/f2'");
      expect(stderr).toContain("behind");
      expect(stderr).toContain("run 'mvgit checkout' first");
    }
    expect(pointer()).toBe(before);
    expect((await box.mv("bob", ["checkout"])).stdout).toContain("removed 'ds/f3'");
    expect(await status()).toMatchObject({ state: "clean" });
    expect(names()).toEqual(names("work"));
  });

  it("keeps beside it what the user changed, made and removed, and merges by path", async () => {
    await nineFiles();
    box.write("bob/ds/f1", "mine 1");
    box.write("bob/ds/own", "mine");
    fs.rmSync(join(box.dir, "bob/ds/f4"));
    await box.mv("bob", ["fetch"]);
    expect(await status()).toMatchObject({
      state: "diverged",
      files: {
        modified: { first: ["f1"] },
        added: { first: ["own"] },
        deleted: { first: ["f4"] },
        behind: { count: 2 },
        incomplete: { count: 9 },
      },
    });
    await box.mv("bob", ["add", "ds"], 1);
    // A part that is an edit alone may be recorded, and nothing else is.
    await box.mv("bob", ["add", "ds/own"]);
    expect(await status()).toMatchObject({
      files: { behind: { count: 2 }, incomplete: { count: 9 }, modified: { count: 1 }, deleted: { count: 1 } },
    });
    // Of two times, what it was made from is a manifest that no commit names.
    ageBlobs(join(box.dir, "bob/.git/mvgit"));
    await box.mv("bob", ["gc"]);
    expect(await status()).toMatchObject({
      files: { behind: { count: 2 }, incomplete: { count: 9 }, modified: { count: 1 }, deleted: { count: 1 } },
    });
    const { stdout } = await box.mv("bob", ["checkout"]);
    expect(stdout).toContain("kept as you changed it: 'ds/f1'");
    expect(stdout).toContain("left out, as you removed it: 'ds/f4'");
    expect(await status()).toMatchObject({
      state: "modified",
      files: { modified: { count: 1 }, deleted: { count: 1 } },
    });
    await box.mv("bob", ["add", "ds"]);
    await publish("both", "bob");
    expect(names()).toEqual(["f1", "f2", "f5", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "own"]);
    await box.git("work", ["pull", "-q", "origin", "main"]);
    await box.mv("work", ["pull"]);
    expect(names("work")).toEqual(names());
    expect(box.read("work/ds/f1").toString()).toBe("mine 1");
  });

  it("that the pointer names no more is behind too, where a file took its place, and the other way round", async () => {
    await box.mv("work", ["rm", "ds"]);
    box.write("work/ds", "a file now");
    await box.mv("work", ["add", "ds"]);
    await publish("a file");
    await box.git("bob", ["pull", "-q"]);
    const before = pointer();
    expect(await status()).toMatchObject({ state: "behind", isOther: true });
    expect((await box.mv("bob", ["add", "ds"], 1)).stderr).toContain("'ds' is behind its pointer");
    expect((await box.mv("bob", ["save", "m", "--weights", "ds"], 1)).stderr).toContain("'ds' is behind its pointer");
    box.write("bob/ds/f1", "mine 1");
    expect(await status()).toMatchObject({ state: "diverged", isOther: true });
    await box.mv("bob", ["add", "ds"], 1);
    await box.mv("bob", ["checkout"], 1);
    expect(pointer()).toBe(before);
    box.write("bob/ds/f1", "first 1");
    await box.mv("bob", ["pull"]);
    expect(box.read("bob/ds").toString()).toBe("a file now");
    await box.git("bob", ["checkout", "-q", "HEAD~1"]);
    expect(await status()).toMatchObject({ state: "behind", isOther: true });
    await box.mv("bob", ["add", "ds"], 1);
    // Whoever puts a folder in the place of a file that is up to date means it.
    await box.git("bob", ["checkout", "-q", "main"]);
    fs.rmSync(join(box.dir, "bob/ds"));
    box.write("bob/ds/own", "mine");
    expect(await status()).toMatchObject({ state: "blocked" });
    await box.mv("bob", ["add", "ds"]);
    expect(await status()).toMatchObject({ state: "clean" });
  });

  it("is no edit of a file where another commit has tracked paths inside a folder of its name", async () => {
    box.write("work/w", "one file");
    await box.mv("work", ["add", "w"]);
    await publish("one file");
    await box.mv("work", ["rm", "w"]);
    for (const name of ["x", "y"]) box.write(`work/w/${name}`, name);
    await box.mv("work", ["add", "w/x", "w/y"]);
    await publish("parts");
    const states = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        JSON.parse((await box.mv("work", ["status", "--json"])).stdout).tracked.map(
          (each: { path: string; state: string }) => [each.path, each.state],
        ),
      );
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    expect(await states()).toEqual({ ds: "clean", w: "behind" });
    expect((await box.mv("work", ["add", "w"], 1)).stderr).toContain("'w' is behind its pointer");
    box.write("work/w/own", "mine");
    expect(await states()).toEqual({ ds: "clean", w: "diverged" });
    fs.rmSync(join(box.dir, "work/w/own"));
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w").toString()).toBe("one file");
    // What the checkout removed, the user did not.
    await box.git("work", ["checkout", "-q", "main"]);
    expect(await states()).toEqual({ ds: "clean", "w/x": "incomplete", "w/y": "incomplete" });
    await box.mv("work", ["checkout"]);
    expect(await states()).toEqual({ ds: "clean", "w/x": "clean", "w/y": "clean" });
  });

  it("of which a file was changed here and there is not touched, and each file is decided by its name", async () => {
    box.write("bob/ds/f2", "mine 2");
    box.write("bob/ds/f3", "mine 3");
    await nineFiles();
    const { stderr } = await box.mv("bob", ["pull"], 1);
    expect(stderr).toContain("nothing was checked out: 'ds/f2', 'ds/f3' changed here, and in another way");
    expect(names()).toEqual(["f1", "f2", "f3", "f4", "f5"]);
    expect(await status()).toMatchObject({ state: "diverged", files: { diverged: { count: 2, first: ["f2", "f3"] } } });
    await box.mv("bob", ["run", "m", "--", "true"], 1);
    await box.mv("bob", ["checkout", "--force", "ds/f2"]);
    expect(box.read("bob/ds/f2").toString()).toBe("second 2");
    await box.mv("bob", ["add", "--as-is", "ds/f3"]);
    await box.mv("bob", ["checkout"]);
    expect(await status()).toMatchObject({ state: "clean" });
    expect(box.read("bob/ds/f3").toString()).toBe("mine 3");
    expect(names()).toHaveLength(14);
  });

  it("is recorded by --as-is, and the version says so", async () => {
    await nineFiles();
    await box.mv("bob", ["fetch"]);
    box.write("bob/w.bin", "weights");
    await box.mv("bob", ["save", "m", "--weights", "w.bin", "--as-is"]);
    const shown = JSON.parse((await box.mv("bob", ["show", "m", "--json"])).stdout);
    expect(JSON.stringify(shown)).toContain(
      "recorded as it stood, by '--as-is': 'ds/f2', 'ds/f3' are behind their pointers",
    );
    expect(names()).toHaveLength(5);
    expect(await status()).toMatchObject({ state: "clean" });
  });

  it("is committed by nobody as what it is not: the hook names it, and lets a commit of other things go", async () => {
    await box.mv("bob", ["hooks", "install"]);
    await nineFiles();
    await box.mv("bob", ["checkout"]);
    box.write("bob/code.py", "1");
    await box.git("bob", ["checkout", "-q", "HEAD~1", "--", "ds.mvgit"]);
    const { stderr } = await box.git("bob", ["commit", "-qm", "back"], 1);
    expect(stderr).toContain("'ds/f2', 'ds/n1'");
    expect(stderr).toContain("run 'mvgit checkout' first");
    await box.mv("bob", ["checkout"]);
    await box.git("bob", ["commit", "-qm", "back"]);
    await box.git("bob", ["reset", "-q", "--hard", "HEAD~1"]);
    await box.git("bob", ["add", "code.py"]);
    await box.git("bob", ["commit", "-qm", "code"]);
  });
});

/** Kills a checkout at this step. */
async function cut(step: number): Promise<void> {
  const { status } = await runProgram(
    "/bin/sh",
    ["-c", '"$@"; exit $?', "sh", process.execPath, join(BIN, "mvgit"), "checkout"],
    { cwd: join(box.dir, "bob"), env: { ...box.env, MVGIT_FAULT: `kill@${step}` } },
  );
  expect(status).toBe(137);
}

describe("a checkout that was cut", () => {
  it("leaves a folder that is incomplete, which nobody records, and the next one completes", async () => {
    fs.mkdirSync(join(box.dir, "work/many"));
    for (let i = 0; i < 60; i++) box.write(`work/many/${i}`, `${i}`);
    await box.mv("work", ["add", "many"]);
    await publish("many");
    await box.git("bob", ["pull", "-q"]);
    await box.mv("bob", ["fetch"]);
    const count = (): number => (box.exists("bob/many") ? fs.readdirSync(join(box.dir, "bob/many")).length : 0);
    for (let step = 60; count() === 0; step += 20) await cut(step);
    const made = count();
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(60);
    const { tracked } = JSON.parse((await box.mv("bob", ["status", "--json"])).stdout);
    expect(tracked.find((each: { path: string }) => each.path === "many")).toMatchObject({
      state: "incomplete",
      files: { incomplete: { count: 60 - made } },
    });
    expect((await box.mv("bob", ["add", "many"], 1)).stderr).toContain("never arrived here");
    expect((await box.mv("bob", ["run", "m", "--", "true"], 1)).stderr).toContain(
      `and ${60 - made - 10} more never arrived here`,
    );
    // What came is mvgit's own, also when the pointer has moved on.
    box.write("work/many/0", "other");
    await box.mv("work", ["add", "many"]);
    await publish("moved on");
    await box.git("bob", ["pull", "-q"]);
    await box.mv("bob", ["pull"]);
    expect(count()).toBe(60);
    expect((await box.mv("bob", ["status", "--check"])).stdout).toContain("all clean");
  });
});

describe("what a work tree was made from", () => {
  const forget = (): void => fs.rmSync(join(box.dir, "bob/.git/mvgit/stat/bases"));

  it("is not known of an old clone: told, refused to a run, and recorded where it is named", async () => {
    box.write("bob/ds/f1", "mine 1");
    forget();
    expect(await status()).toMatchObject({ state: "modified", isUnknown: true });
    expect((await box.mv("bob", ["status"])).stdout).toContain("not known what it was made from");
    expect((await box.mv("bob", ["run", "m", "--", "true"], 1)).stderr).toContain(
      "nothing here tells what it was made from",
    );
    expect((await box.mv("bob", ["add", "ds"])).stdout).toContain(
      "'ds' is recorded as it stands here: it was not known what it was made from",
    );
  });

  it("is looked for in history where it is not known: what an earlier commit had is behind", async () => {
    await nineFiles();
    await box.mv("bob", ["fetch"]);
    forget();
    expect(await status()).toMatchObject({ state: "behind", isUnknown: true });
    expect((await box.mv("bob", ["add", "ds"], 1)).stderr).toContain("'ds/f2', 'ds/f3' are behind");
    await box.mv("bob", ["checkout"]);
    expect(await status()).toMatchObject({ state: "clean" });
  });

  it("is not known where the list of its files is gone: what is behind is taken by no run", async () => {
    const root = /blake3: ([0-9a-f]{64})/.exec(pointer())?.[1] as string;
    await nineFiles();
    await box.mv("bob", ["fetch"]);
    fs.rmSync(join(box.dir, `bob/.git/mvgit/blobs/${root.slice(0, 2)}/${root.slice(2)}`), { force: true });
    expect((await status()).isUnknown).toBe(true);
    await box.mv("bob", ["run", "m", "--", "true"], 1);
    expect((await box.mv("bob", ["add", "ds"], 1)).stderr).toContain("never arrived here");
  });

  it("is known without the list of its files: a cache that was emptied makes nothing behind", async () => {
    fs.rmSync(join(box.dir, "bob/.git/mvgit/blobs"), { recursive: true });
    expect(await status()).toMatchObject({ state: "clean", notInCache: true });
    box.write("bob/ds/f1", "mine 1");
    expect(await status()).toMatchObject({ state: "modified", notInCache: true });
    await box.mv("bob", ["fetch"]);
    expect(await status()).toMatchObject({ state: "modified", files: { modified: { first: ["f1"] } } });
  });

  it("says nothing where its table is damaged, and is known again once all is clean", async () => {
    const file = join(box.dir, "bob/.git/mvgit/stat/bases");
    fs.writeFileSync(file, fs.readFileSync(file, "latin1").replace(" ds\0", " sd\0"), "latin1");
    box.write("bob/ds/f1", "mine 1");
    expect(await status()).toMatchObject({ state: "modified", isUnknown: true });
    box.write("bob/ds/f1", "first 1");
    expect(await status()).toMatchObject({ state: "clean" });
    box.write("bob/ds/f1", "mine 1");
    expect((await status()).isUnknown).toBeUndefined();
  });

  it("moves along with its path", async () => {
    await box.mv("bob", ["mv", "ds", "data"]);
    box.write("bob/data/f1", "mine 1");
    const { tracked } = JSON.parse((await box.mv("bob", ["status", "--json"])).stdout);
    expect(tracked).toMatchObject([{ path: "data", state: "modified", files: { modified: { first: ["f1"] } } }]);
    expect(tracked[0].isUnknown).toBeUndefined();
    // On a branch without it, it is left, and not plain files that Git would take.
    await box.mv("bob", ["checkout", "--force"]);
    await box.git("bob", ["commit", "-qam", "moved"]);
    await box.git("bob", ["checkout", "-q", "HEAD~1"]);
    expect((await box.mv("bob", ["checkout"])).stdout).toContain("removed 'data/f1'");
    expect(fs.existsSync(join(box.dir, "bob/data"))).toBe(false);
  });

  it("is as before after a run that failed", async () => {
    box.write("bob/ds/f1", "mine 1");
    await box.mv("bob", ["run", "m", "--weights", "w", "--", "false"], 1);
    expect(await status()).toMatchObject({ state: "modified", files: { modified: { first: ["f1"] } } });
  });
});
