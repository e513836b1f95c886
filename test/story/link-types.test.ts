/** `mvgit.link`: files of the work tree that share their bytes with the cache. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ageBlobs } from "../support/aged-cache.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;
const at = (path: string): string => join(box.dir, path);
const FILES = ["w.bin", "data/1", "data/sub/2"];
const texts = (): string[] => FILES.map((path) => box.read(`work/${path}`).toString());

describe.each([["hardlink"], ["symlink"]])("%s", (link) => {
  const hashes: Record<string, string> = {};
  const blob = (text: string): string =>
    at(`work/.git/mvgit/blobs/${hashes[text]?.slice(0, 2)}/${hashes[text]?.slice(2)}`);

  beforeAll(async () => {
    box = await makeSandbox({ inProcess: true });
    for (const version of ["one", "two"]) {
      for (const path of FILES) box.write(`work/${path}`, `${path} ${version}`);
      box.write("work/data/run.sh", "#!/bin/sh\n");
      fs.chmodSync(at("work/data/run.sh"), 0o755);
      const { added } = JSON.parse((await box.mv("work", ["add", "w.bin", "data", "--json"])).stdout);
      hashes[version] = added[0].hash;
      await box.git("work", ["commit", "-qm", version]);
    }
    await box.git("work", ["config", "mvgit.link", link]);
    for (const path of ["w.bin", "data"]) fs.rmSync(at(`work/${path}`), { recursive: true });
    await box.mv("work", ["checkout"]);
    restore = box.keep();
  });
  afterEach(() => restore());
  afterAll(() => box.cleanup());

  it("shares the bytes, read-only, is clean, and tells doctor", async () => {
    expect(fs.statSync(at("work/w.bin")).ino).toBe(fs.statSync(blob("two")).ino);
    for (const path of FILES) expect(fs.statSync(at(`work/${path}`)).mode & 0o222).toBe(0);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("2 tracked paths, all clean");
    expect((await box.mv("work", ["checkout"])).stdout).not.toContain("created");
    expect((await box.mv("work", ["add", "w.bin", "data"])).stdout).toContain("unchanged  w.bin");
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  });

  it("an executable file is a copy, whose mode is its own", async () => {
    expect(fs.lstatSync(at("work/data/run.sh")).nlink).toBe(1);
    expect(fs.lstatSync(at("work/data/run.sh")).isFile()).toBe(true);
    expect(fs.statSync(at("work/data/run.sh")).mode & 0o100).toBe(0o100);
    fs.chmodSync(at("work/data/1"), 0o555);
    expect((await box.mv("work", ["status", "--check"], 1)).stdout).toContain("modified  data");
    await box.mv("work", ["checkout", "--force"]);
    expect(fs.statSync(at("work/data/1")).mode & 0o111).toBe(0);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    expect(fs.readdirSync(at("work/.git/mvgit/tmp"))).toEqual([]);
  });

  it("goes to another version and back, and leaves the blobs right", async () => {
    for (const [revision, version] of [
      ["HEAD~1", "one"],
      ["main", "two"],
    ]) {
      await box.git("work", ["checkout", "-q", revision as string]);
      await box.mv("work", ["checkout"]);
      expect(texts()).toEqual(FILES.map((path) => `${path} ${version}`));
      expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    }
    await box.mv("work", ["fsck", "--all"]);
    expect(fs.readdirSync(at("work/.git/mvgit/tmp"))).toEqual([]);
  });

  it("a file written anew is a change like any other, and add takes it in", async () => {
    fs.rmSync(at("work/w.bin"));
    box.write("work/w.bin", "w.bin mine");
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    await box.mv("work", ["checkout"], 1);
    await box.git("work", ["checkout", "-q", "main"]);
    expect((await box.mv("work", ["status", "--check"], 1)).stdout).toContain("modified  w.bin");
    await box.mv("work", ["add", "w.bin"]);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    expect(fs.readFileSync(blob("two"), "utf8")).toBe("w.bin two");
  });

  it("a write through it, forced, is seen; nothing of it is lost, and the blob is never used", async () => {
    fs.chmodSync(at("work/w.bin"), 0o644);
    fs.writeFileSync(at("work/w.bin"), "w.bin 2wo");
    expect((await box.mv("work", ["status", "--check"], 1)).stdout).toContain("modified  w.bin");
    expect((await box.mv("work", ["checkout"])).stdout).toContain("kept as you changed it: 'w.bin'");
    await box.mv("work", ["add", "w.bin"]);
    expect((await box.mv("work", ["push"], 24)).stderr).toContain("is damaged");
    if (link === "hardlink") expect(box.read("work/w.bin").toString()).toBe("w.bin 2wo");
    expect((await box.mv("work", ["status"])).stdout).not.toContain("modified");
    fs.rmSync(at("work/w.bin"), { force: true });
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").toString()).toBe("w.bin 2wo");
  });

  it("gc keeps what the work tree stands on, whoever else needs it", async () => {
    await box.git("work", ["checkout", "-q", "--orphan", "fresh"]);
    await box.git("work", ["rm", "-q", "-f", "w.bin.mvgit", "data.mvgit"]);
    await box.git("work", ["branch", "-D", "-q", "main"]);
    await box.git("work", ["reflog", "expire", "--expire=now", "--all"]);
    ageBlobs(at("work/.git/mvgit"));
    expect((await box.mv("work", ["gc", "--emptied"])).stdout).not.toContain("removed 0 blobs");
    expect(texts()).toEqual(FILES.map((path) => `${path} two`));
  });

  it("a shared file that goes from the cache is missing or still there, and comes back", async () => {
    const store = at("store-two");
    await box.mv("work", ["remote", "add", "two", store]);
    await box.mv("work", ["push", "--remote", "two"]);
    fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
    const { tracked } = JSON.parse((await box.mv("work", ["status", "w.bin", "--json"])).stdout);
    expect(tracked[0].state).toBe(link === "symlink" ? "deleted" : "clean");
    await box.mv("work", ["pull", "--remote", "two"]);
    expect(texts()).toEqual(FILES.map((path) => `${path} two`));
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  });

  it("rm takes the names, not the blobs; mv takes the name along", async () => {
    await box.mv("work", ["mv", "w.bin", "moved.bin"]);
    expect(box.read("work/moved.bin").toString()).toBe("w.bin two");
    await box.mv("work", ["rm", "moved.bin", "data"]);
    expect([fs.existsSync(at("work/moved.bin")), fs.existsSync(at("work/data")), fs.existsSync(blob("two"))]).toEqual([
      false,
      false,
      true,
    ]);
  });
});
