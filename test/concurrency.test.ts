/** Many processes, one cache, one remote. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ageBlobs } from "./support/aged-cache.ts";
import { mvgit } from "./support/cli.ts";
import { makeSandbox, type Sandbox, someBytes } from "./support/sandbox.ts";

let box: Sandbox;
it("eight processes add the same and different files, then push at once", async () => {
  box = await makeSandbox();
  const same = someBytes(100_000);
  for (let i = 0; i < 8; i++) {
    box.write(`work/own-${i}.bin`, someBytes(50_000));
    box.write(`work/same-${i}.bin`, same);
  }
  const work = { cwd: join(box.dir, "work"), env: box.env };
  const added = await Promise.all(
    Array.from({ length: 8 }, (_, i) => mvgit(["add", `own-${i}.bin`, `same-${i}.bin`], work)),
  );
  expect(added.map((each) => `${each.status}${each.stderr}`)).toEqual(Array(8).fill("0"));
  const ignored = box.read("work/.gitignore").toString().split("\n").filter(Boolean);
  expect(new Set(ignored).size).toBe(16);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("16 tracked paths, all clean");
  const pushed = await Promise.all(Array.from({ length: 8 }, () => mvgit(["push"], work)));
  expect(pushed.map((each) => `${each.status}${each.stderr}`)).toEqual(Array(8).fill("0"));
  expect((await box.mv("work", ["push", "--verify"])).stdout).toContain("9 blobs read there and found right");
  box.cleanup();
}, 120_000);

describe("eight processes at once, short rounds", () => {
  let restore: () => void;
  const at = (path: string): string => join(box.dir, path);
  /** So that only what is needed saves blobs from gc. */
  const age = (): void => ageBlobs(at("work/.git/mvgit"));

  /** Runs all at once; each must end with 0 and say nothing on stderr. */
  async function together(...commands: string[][]): Promise<void> {
    const ran = await Promise.all(commands.map((args) => mvgit(args, { cwd: at("work"), env: box.env })));
    expect(ran.map((each, index) => `${commands[index]?.join(" ")}: ${each.status}${each.stderr}`)).toEqual(
      commands.map((args) => `${args.join(" ")}: 0`),
    );
  }

  async function allRight(): Promise<void> {
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    await box.mv("work", ["fsck", "--all"]);
    expect(fs.readdirSync(at("work/.git/mvgit/tmp"))).toEqual([]);
    expect(box.exists("work/.git/mvgit/lock")).toBe(false);
  }

  beforeAll(async () => {
    box = await makeSandbox();
    for (const version of ["one", "two"]) {
      for (let i = 0; i < 4; i++) box.write(`work/f${i}.bin`, `${i} ${version}`);
      for (let i = 0; i < 50; i++) box.write(`work/data/${i}`, `row ${i} ${version}`);
      await box.mv("work", ["add", "f0.bin", "f1.bin", "f2.bin", "f3.bin", "data"]);
      await box.git("work", ["commit", "-qm", version]);
    }
    restore = box.keep();
  });
  afterEach(() => restore());
  afterAll(() => box.cleanup());

  it("the same file, added by all", async () => {
    box.write("work/f0.bin", someBytes(2_000_000));
    await together(...Array(8).fill(["add", "f0.bin", "data"]));
    await allRight();
  });

  it("add with gc, of bytes that gc is about to remove", async () => {
    // Forgotten blobs, which the adds want again while gc removes them.
    for (const text of ["again 0", "again 1", "again 2", "now"]) {
      for (let i = 0; i < 4; i++) box.write(`work/f${i}.bin`, `${text} of ${i}`);
      await box.mv("work", ["add", "f0.bin", "f1.bin", "f2.bin", "f3.bin"]);
    }
    for (let round = 0; round < 3; round++) {
      age();
      for (let i = 0; i < 4; i++) box.write(`work/f${i}.bin`, `again ${round} of ${i}`);
      await together(
        ["gc"],
        ["add", "f0.bin"],
        ["gc"],
        ["add", "f1.bin"],
        ["add", "f2.bin"],
        ["gc"],
        ["add", "f3.bin"],
        ["gc"],
      );
      await allRight();
    }
  });

  it("push with gc, and push with push", async () => {
    age();
    await together(["push", "--all"], ["gc"], ["push"], ["gc"], ["push", "--all"], ["push"], ["gc"], ["push", "--all"]);
    await box.mv("work", ["push", "--all", "--verify"]);
    expect(fs.readdirSync(at("store/tmp"))).toEqual([]);
    await allRight();
  });

  it("checkout with checkout, fetching what the cache lost", async () => {
    await box.mv("work", ["push", "--all"]);
    for (let round = 0; round < 2; round++) {
      fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
      await box.git("work", ["checkout", "-q", round === 0 ? "HEAD~1" : "main"]);
      for (const path of ["f0.bin", "data"]) fs.rmSync(at(`work/${path}`), { recursive: true });
      await together(...Array(6).fill(["checkout", "--force"]), ["status"], ["fetch"]);
      await box.mv("work", ["fetch", "--all"]);
      expect(box.read("work/data/7").toString()).toBe(`row 7 ${round === 0 ? "one" : "two"}`);
      await allRight();
    }
  });
});
