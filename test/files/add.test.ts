/** `add`: bytes into the cache, pointers and ignore lines into the work tree and the index. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { add, type AddReport, type AddRequest } from "../../src/files/add.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { readPointer } from "../../src/values/pointer.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  return box;
});

const addHere = async (paths: string[], more: Partial<AddRequest> = {}): Promise<AddReport> =>
  add(await box.open(), { paths, ...more });
const refusal = (...paths: string[]): Promise<string> => refusalOf(box, () => addHere(paths));
const staged = async (): Promise<string[]> =>
  (await box.git("work", ["ls-files"])).stdout.split("\n").filter((path) => path !== "" && !path.startsWith(".mvgit/"));

describe("a file", () => {
  it("is in the cache, and its pointer and ignore line are in the index", async () => {
    box.write("work/w.bin", "weights");
    const { added, takenFromGit } = await addHere(["w.bin"]);
    const hash = hashBytes(Buffer.from("weights"));
    expect(added).toEqual([{ path: "w.bin", hash, size: 7, what: "new", stored: { files: 1, bytes: 7 } }]);
    expect(takenFromGit).toEqual([]);
    expect(readPointer(box.read("work/w.bin.mvgit"))).toMatchObject({ kind: "pointer", pointer: { hash, size: 7 } });
    expect(box.read("work/.gitignore").toString()).toBe("/w.bin\n");
    expect(await staged()).toEqual([".gitattributes", ".gitignore", "w.bin.mvgit"]);
    expect((await box.open()).cache.has({ hash, size: 7 })).toBe(true);
  });

  it("is told as unchanged or changed when it is added again, and stores only what is new", async () => {
    box.write("work/w.bin", "one");
    await addHere(["w.bin"]);
    expect((await addHere(["w.bin"])).added).toMatchObject([{ what: "unchanged", stored: { files: 0 } }]);
    box.write("work/w.bin", "two!");
    expect((await addHere(["w.bin.mvgit"])).added).toMatchObject([{ what: "changed", stored: { files: 1, bytes: 4 } }]);
    box.write("work/copy.bin", "two!");
    expect((await addHere(["copy.bin"])).added).toMatchObject([{ what: "new", stored: { files: 0, bytes: 0 } }]);
  });

  it("that Git tracked is taken from it", async () => {
    box.write("work/w.bin", "in Git");
    await box.git("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "by mistake"]);
    expect((await addHere(["w.bin"])).takenFromGit).toEqual(["w.bin"]);
    expect(await staged()).not.toContain("w.bin");
  });

  it("keeps its executable bit in the pointer", async () => {
    box.write("work/run.bin", "x");
    fs.chmodSync(join(box.dir, "work/run.bin"), 0o755);
    await addHere(["run.bin"]);
    expect(readPointer(box.read("work/run.bin.mvgit"))).toMatchObject({ pointer: { exec: true } });
  });
});

describe("a folder", () => {
  it("is one pointer with the number and size of its files", async () => {
    box.write("work/data/a", "1");
    box.write("work/data/deep/b", "22");
    const { added } = await addHere(["data"]);
    expect(added).toMatchObject([{ path: "data", size: 3, files: 2, what: "new", stored: { bytes: 3 } }]);
    expect(await staged()).toContain("data.mvgit");
    expect(box.exists("work/data/a.mvgit")).toBe(false);
  });

  it("takes in one file of it alone, when that is named", async () => {
    box.write("work/data/a", "1");
    box.write("work/data/b", "1");
    await addHere(["data"]);
    box.write("work/data/a", "new a");
    box.write("work/data/b", "new b");
    expect((await addHere(["data/a"])).added).toMatchObject([{ path: "data", what: "changed", stored: { bytes: 5 } }]);
    const { added } = await addHere(["data"]);
    expect(added).toMatchObject([{ what: "changed", size: 10 }]);
  });

  it("leaves out what .mvgitignore names", async () => {
    box.write("work/data/.mvgitignore", "*.log\n");
    box.write("work/data/a", "1");
    box.write("work/data/x.log", "noise");
    expect((await addHere(["data"])).added).toMatchObject([{ files: 1, size: 1 }]);
  });
});

describe("what is asked for", () => {
  it("by patterns is matched by Git's rules", async () => {
    for (const name of ["a.bin", "sub/b.bin", "c.txt"]) box.write(`work/${name}`, name);
    const { added } = await addHere(["**/*.bin"], { glob: true });
    expect(added.map(({ path }) => path)).toEqual(["a.bin", "sub/b.bin"]);
  });

  it("with the index left alone writes pointers and stages nothing", async () => {
    box.write("work/w.bin", "weights");
    await addHere(["w.bin"], { leaveIndex: true });
    expect(box.exists("work/w.bin.mvgit")).toBe(true);
    expect(await staged()).toEqual([".gitattributes"]);
  });

  it("as it stands, though it is behind its pointer, is recorded so", async () => {
    box.write("work/w.bin", "one");
    await addHere(["w.bin"]);
    const first = box.read("work/w.bin.mvgit");
    box.write("work/w.bin", "two!");
    await addHere(["w.bin"]);
    // The pointer went back, as by 'git checkout', and the file did not.
    box.write("work/w.bin.mvgit", first);
    expect(await refusal("w.bin")).toBe("out-of-date");
    expect((await addHere(["w.bin"], { asIs: true })).added).toMatchObject([{ what: "changed", size: 4 }]);
  });
});

describe("it refuses, and changes nothing", () => {
  it("what is not there, is empty, is a link or is no file", async () => {
    fs.mkdirSync(join(box.dir, "work/empty"));
    box.write("work/real", "x");
    fs.symlinkSync("real", join(box.dir, "work/link"));
    execFileSync("mkfifo", [join(box.dir, "work/pipe")]);
    expect(await refusal("none.bin")).toBe("cannot-add");
    expect(await refusal("empty")).toBe("cannot-add");
    expect(await refusal("link")).toBe("link-refused");
    expect(await refusal("pipe")).toBe("cannot-add");
    expect(await refusal("")).toBe("usage");
  });

  it("what lies outside of the work tree, or would be read by a program", async () => {
    box.write("outside", "x");
    box.write("work/.gitmodules", "x");
    expect(await refusal("../outside")).toBe("unsafe-path");
    expect(await refusal(".gitmodules")).toBe("cannot-add");
    expect(await refusal(".git/config")).toBe("unsafe-path");
  });

  it("a folder in which something is tracked already", async () => {
    box.write("work/data/a", "1");
    await addHere(["data/a"]);
    expect(await refusal("data")).toBe("already-tracked");
  });

  it("a name that is one with another on some system", async () => {
    box.write("work/Weights.bin", "1");
    await addHere(["Weights.bin"]);
    box.write("work/weights.bin", "2");
    expect(await refusal("weights.bin")).toBe("name-clash");
  });

  it("all of it, where one of several cannot be added", async () => {
    box.write("work/good.bin", "x");
    expect(await refusal("good.bin", "none.bin")).toBe("cannot-add");
  });
});
