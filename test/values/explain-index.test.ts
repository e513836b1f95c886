/** What the index of an export answers beyond what a registry test shows: several meanings, names of before. */
import { describe, expect, it } from "vitest";
import { type ExplainIndex, explainIn } from "../../src/values/explain-index.ts";
import type { Hash } from "../../src/values/hash.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";

const MODEL = "spam" as ModelName;
const hash = (start: string): Hash => start.padEnd(64, "0") as Hash;

const index: ExplainIndex = {
  versions: [
    {
      model: MODEL,
      version: 3,
      commit: "abcdef30".padEnd(40, "3"),
      packageHash: hash("33"),
      weights: [{ path: "w.bin", hash: hash("abcdef1") }],
      data: [],
      isRetracted: true,
    },
    {
      model: MODEL,
      version: 2,
      commit: "1111111".padEnd(40, "2"),
      packageHash: hash("22"),
      weights: [{ path: "w", hash: hash("dd1") }],
      data: [{ path: "d.bin", hash: hash("7654321a"), sha256: "5".repeat(64), md5: "6".repeat(32) }],
    },
    {
      model: MODEL,
      version: 1,
      commit: "1111111".padEnd(40, "1"),
      packageHash: hash("11"),
      weights: [{ path: "w.bin", hash: hash("7654321b") }],
      data: [{ path: "d", hash: hash("dd2") }],
    },
  ],
  folders: {
    [hash("dd1")]: [["a/b", hash("eee")]],
    [hash("dd2")]: [
      ["c", hash("eee")],
      ["e", hash("fff")],
    ],
  },
  foldersLeftOut: 0,
};
const PRODUCTION = "production" as StageName;
const moves = async () => [
  { stage: PRODUCTION, event: 3, version: null },
  { stage: PRODUCTION, event: 1, version: 1 },
  { stage: PRODUCTION, event: 2, version: 9 },
];
const ask = async (text: string) => explainIn({ index, moves }, text);
const matches = async (text: string) => (await ask(text)).matches;

describe("the index of an export", () => {
  it("refuses what begins several, and says which", async () => {
    await expect(ask("7654321")).rejects.toThrow(
      "'7654321' is the beginning of several: bytes 7654321a000…, bytes 7654321b000…",
    );
    await expect(ask("1111111")).rejects.toThrow("commit 11111112222…, commit 11111111111…");
    await expect(ask("abcdef3")).resolves.toMatchObject({ what: "commit abcdef3033" });
    await expect(ask("ABCDEF1")).resolves.toMatchObject({ matches: [{ version: 3, as: "weights" }] });
    expect(await matches("blake3:7654321a")).toEqual([{ model: "spam", version: 2, as: "data", path: "d.bin" }]);
  });

  it("finds weights before data inside folders, by a whole hash alone", async () => {
    expect(await matches(hash("eee"))).toEqual([{ model: "spam", version: 2, as: "weights", path: "w/a/b" }]);
    expect(await matches(hash("fff"))).toEqual([{ model: "spam", version: 1, as: "data", path: "d/e" }]);
    expect(await ask("fff0000")).toEqual({ what: "bytes with the hash fff0000", matches: [] });
  });

  it("knows imported bytes by their names of before", async () => {
    const source = [{ model: "spam", version: 2, as: "source", path: "d.bin" }];
    for (const text of ["5555555", `sha256:${"5".repeat(64)}`, "md5:6666666"])
      expect(await matches(text)).toEqual(source);
    expect(await matches("md5:5555555")).toEqual([]);
    expect(await matches("blake3:5555555")).toEqual([]);
  });

  it("passes over a retracted version for the latest, and answers to its number", async () => {
    expect(await matches("spam@latest")).toMatchObject([{ version: 2 }]);
    expect(await matches("spam@v3")).toMatchObject([{ version: 3, as: "label" }]);
  });

  it("refuses labels of what is not there", async () => {
    for (const text of ["spam@v8", "ham@latest", "spam#production", "spam#staging", "spam#production#2"])
      await expect(ask(text), text).rejects.toMatchObject({ code: "label-unknown" });
    await expect(ask("spam#production#3")).rejects.toThrow("emptied spam#production");
    expect(await ask("spam#production#4")).toEqual({ what: "move spam#production#4", matches: [] });
    for (const text of ["", "abc", "a b", '{"mvgit":2}', "{"])
      await expect(ask(text)).rejects.toMatchObject({ code: "usage" });
  });

  it("takes the document of a command for what it names", async () => {
    const text = JSON.stringify({ mvgit: 1, command: "show", commit: "x", packageHash: hash("11") });
    expect(await matches(` ${text}\n`)).toEqual([{ model: "spam", version: 1, as: "package" }]);
  });
});
