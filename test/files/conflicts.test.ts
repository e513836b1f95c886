/** `merge-driver`, `conflicts` and `checkout --ours`: a merge of pointers, folders file by file, and its decisions. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout } from "../../src/files/checkout.ts";
import { conflicts } from "../../src/files/conflicts.ts";
import { mergeFile } from "../../src/files/merge-driver.ts";
import { readPointer } from "../../src/values/pointer.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { track } from "../support/track.ts";

let box: Sandbox;
/** The pointers of a path as base, ours and theirs. */
const sides: Record<string, Buffer> = {};

shareSandbox(async () => {
  box = await makeSandbox();
  const rows = { "data/1": "row 1", "data/2": "row 2", "data/3": "row 3" };
  await track(box, { "w.bin": "base", ...rows }, ["w.bin", "data"]);
  keepSide("base");
  await box.git("work", ["checkout", "-qb", "theirs"]);
  await track(box, { "w.bin": "theirs", "data/2": "theirs 2", "data/3": "theirs 3" }, ["w.bin", "data"]);
  keepSide("theirs");
  await box.git("work", ["checkout", "-q", "main"]);
  await checkout(await box.open(), { paths: [] });
  await track(box, { "w.bin": "ours", "data/1": "ours 1", "data/3": "ours 3" }, ["w.bin", "data"]);
  keepSide("ours");
  return box;
});

function keepSide(side: string): void {
  for (const name of ["w.bin", "data"]) sides[`${side} ${name}`] = box.read(`work/${name}.mvgit`);
}

/** Calls the driver as Git does, with the three sides in files of its own. */
async function merge(name: string, { base = "base", ours = "ours", theirs = "theirs" } = {}) {
  const files = { base, ours, theirs };
  for (const [file, side] of Object.entries(files)) box.write(`side-${file}`, sides[`${side} ${name}`] ?? "");
  const at = (file: string): string => join(box.dir, `side-${file}`);
  const report = await mergeFile(await box.open(), `${name}.mvgit`, {
    base: at("base"),
    ours: at("ours"),
    theirs: at("theirs"),
  });
  return { report, text: fs.readFileSync(at("ours"), "utf8") };
}

describe("merge-driver", () => {
  it("takes the side that changed, where only one did", async () => {
    expect((await merge("w.bin", { ours: "base" })).text).toBe(sides["theirs w.bin"]?.toString());
    expect((await merge("w.bin", { theirs: "base" })).text).toBe(sides["ours w.bin"]?.toString());
  });

  it("merges a folder file by file, where no file changed on both sides", async () => {
    const { text } = await merge("data", { ours: "ours", theirs: "base" });
    expect(readPointer(Buffer.from(text))).toMatchObject({ kind: "pointer", pointer: { files: 3 } });
  });

  it("leaves markers, where both sides changed the same", async () => {
    for (const name of ["w.bin", "data"]) {
      const { report, text } = await merge(name);
      expect(report.merged).toBe(false);
      expect(readPointer(Buffer.from(text)).kind).toBe("conflicted");
    }
  });
});

describe("an unfinished merge", () => {
  const open = async (...paths: string[]): Promise<string[]> =>
    (await conflicts(await box.open(), { paths, files: false })).conflicts.map(({ path }) => path);

  it("lists the files that wait, and each is decided by a side", async () => {
    await box.git("work", ["merge", "-q", "theirs"], 1);
    expect(await open()).toEqual(["data/3", "w.bin"]);
    expect(await codeOf(checkout(await box.open(), { paths: ["w.bin"] }))).toBe("pointer-conflicted");
    await checkout(await box.open(), { paths: ["w.bin"], side: "theirs" });
    expect([await open(), box.read("work/w.bin").toString()]).toEqual([["data/3"], "theirs"]);
    await checkout(await box.open(), { paths: ["data/3"], side: "ours" });
    expect(await open()).toEqual([]);
    const rows = ["1", "2", "3"].map((name) => box.read(`work/data/${name}`).toString());
    expect(rows).toEqual(["ours 1", "theirs 2", "ours 3"]);
  });

  it("is none where nothing is open, and a path that is not tracked is refused", async () => {
    expect(await open()).toEqual([]);
    expect(await codeOf(conflicts(await box.open(), { paths: ["none"], files: false }))).toBe("not-tracked");
  });
});
