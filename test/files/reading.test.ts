/** `ls`, `cat` and `textconv`: what is tracked, and its bytes, without a change of anything. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Chunks } from "../../src/store/bytes.ts";
import { cat, type CatRequest, parseRange } from "../../src/files/cat.ts";
import { ls, type LsRequest } from "../../src/files/ls.ts";
import { textOf } from "../../src/files/textconv.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { codeOf, refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, damage, track } from "../support/track.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "old" });
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/sub/2": "row 2" }, ["w.bin", "data"]);
  return box;
});

const weights = hashBytes(Buffer.from("weights"));

describe("ls", () => {
  const lsHere = async (more: Partial<LsRequest> = {}, folder = "work") =>
    (await ls(await box.open(folder), { operands: [], separator: null, ...more })).tracked;

  it("lists what is tracked with hash and size, and where the bytes are", async () => {
    expect(await lsHere()).toMatchObject([
      { path: "data", size: 10, files: 2, inWorkTree: true, inCache: true },
      { path: "w.bin", hash: weights, size: 7, inWorkTree: true, inCache: true },
    ]);
    await cloneOf(box, "clone");
    expect(await lsHere({ operands: ["w.bin"] }, "clone")).toMatchObject([{ inWorkTree: false, inCache: false }]);
  });

  it("lists the files of folders, and those of another commit", async () => {
    const files = await lsHere({ operands: ["data"], recursive: true });
    expect(files.map(({ path }) => path)).toEqual(["data", "data/1", "data/sub/2"]);
    expect(await lsHere({ operands: ["HEAD~1"] })).toMatchObject([{ path: "w.bin", size: 3 }]);
    expect(await lsHere({ operands: ["w.bin"], revision: "HEAD~1" })).toMatchObject([{ size: 3 }]);
  });

  it("refuses what is not tracked, no revision, and a folder whose list is not here", async () => {
    expect(await refusalOf(box, () => lsHere({ operands: ["none"] }))).toBe("not-tracked");
    expect(await refusalOf(box, () => lsHere({ operands: [], revision: "none" }))).toBe("usage");
    await cloneOf(box, "clone");
    expect(await refusalOf(box, () => lsHere({ recursive: true }, "clone"))).toBe("blob-missing");
  });
});

async function together(chunks: Chunks): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts).toString();
}

describe("cat", () => {
  const catHere = async (what: string, more: Partial<CatRequest> = {}, folder = "work"): Promise<string> =>
    together(cat(await box.open(folder), { what, ...more }));

  it("gives a file, a file of a folder, one of another commit, and one by its hash", async () => {
    expect(await catHere("w.bin")).toBe("weights");
    expect(await catHere("data/sub/2")).toBe("row 2");
    expect(await catHere("HEAD~1:w.bin")).toBe("old");
    expect(await catHere(weights.slice(0, 10), { byHash: true })).toBe("weights");
  });

  it("gives a range, which ends where the file does", async () => {
    expect(await catHere("w.bin", { range: parseRange("1-3") })).toBe("eig");
    expect(await catHere("w.bin", { range: parseRange("5-") })).toBe("ts");
    expect(await catHere("w.bin", { range: parseRange("90-99") })).toBe("");
    for (const range of ["", "3-1", "-5", "a-b", "1"]) expect(() => parseRange(range)).toThrow("not a range");
  });

  it("takes from the remote what the cache does not have, or has damaged", async () => {
    await cloneOf(box, "clone");
    expect(await catHere("w.bin", {}, "clone")).toBe("weights");
    damage((await box.open()).cache.fileOf(weights), "w");
    expect(await catHere("w.bin")).toBe("weights");
  });

  it("refuses what is not tracked or ambiguous, and what no store has", async () => {
    expect(await refusalOf(box, () => catHere("none"))).toBe("not-tracked");
    expect(await refusalOf(box, () => catHere("none:w.bin"))).toBe("usage");
    expect(await refusalOf(box, () => catHere("xyz", { byHash: true }))).toBe("usage");
    fs.rmSync((await box.open()).cache.fileOf(weights));
    expect(await codeOf(catHere("w.bin"))).toBe("blob-missing");
  });
});

it("textconv tells a pointer in words, a folder's with its files, and leaves other texts", async () => {
  const shown = async (path: string): Promise<string> => {
    let text = "";
    for await (const part of textOf(await box.open(), join(box.dir, "work", path))) text += part;
    return text;
  };
  expect(await shown("w.bin.mvgit")).toBe(`file of 7 bytes, blake3 ${weights}\n`);
  expect(await shown("data.mvgit")).toMatch(/^folder of 2 files, 10 bytes\n\w{16} - 5 1\n\w{16} - 5 sub\/2\n$/);
  expect(await shown(".gitignore")).toBe("/w.bin\n/data\n");
});
