import { describe, expect, it } from "vitest";
import { diffManifests } from "../../src/values/diff-manifests.ts";
import { type MergeConflict, mergeManifests } from "../../src/values/merge-manifests.ts";
import type { ManifestEntry } from "../../src/values/manifest.ts";
import { collect, entry, sorted } from "./manifests.ts";

const folder = (files: Record<string, string>): ManifestEntry[] =>
  sorted(
    Object.entries(files).map(([path, content]) =>
      entry(path, { content: content.replace(/\*$/, ""), mode: content.endsWith("*") ? "exec" : "file" }),
    ),
  );

async function merge(
  base: ManifestEntry[] | null,
  ours: ManifestEntry[],
  theirs: ManifestEntry[],
): Promise<{ entries: ManifestEntry[]; conflicts: MergeConflict[] }> {
  const portions = await collect<{ entries: ManifestEntry[]; conflicts: MergeConflict[] }>(
    (async function* () {
      for await (const portion of mergeManifests({ base: base && [base], ours: [ours], theirs: [theirs] }))
        yield [portion];
    })(),
  );
  return { entries: portions.flatMap((each) => each.entries), conflicts: portions.flatMap((each) => each.conflicts) };
}

describe("merging one path (base, ours, theirs; * is executable)", () => {
  it.each<[string | null, string | null, string | null, string | null]>([
    ["1", "1", "1", "1"],
    ["1", "2", "1", "2"],
    ["1", "1", "2", "2"],
    ["1", "2", "2", "2"],
    [null, "1", null, "1"],
    [null, null, "1", "1"],
    [null, "1", "1", "1"],
    ["1", null, "1", null],
    ["1", "1", null, null],
    ["1", null, null, null],
    ["1", "1*", "1", "1*"],
    ["1", "1*", "2", "2*"],
    ["1*", "2*", "1", "2"],
    ["1", "2*", "2", "2*"],
    ["1", "2", "1*", "2*"],
    [null, "1", "1*", "1*"],
  ])("%s, %s, %s: %s", async (base, ours, theirs, merged) => {
    const side = (content: string | null): ManifestEntry[] =>
      folder({ before: "x", ...(content === null ? {} : { f: content }), with: "y" });
    expect(await merge(side(base), side(ours), side(theirs))).toEqual({ entries: side(merged), conflicts: [] });
  });

  it.each<[string | null, string | null, string | null]>([
    ["1", "2", "3"],
    [null, "1", "2"],
    ["1", null, "2"],
    ["1", "2", null],
    ["1", "1*", null],
    ["1", "2*", "3"],
  ])("%s, %s, %s: a conflict, and the others are merged", async (base, ours, theirs) => {
    const side = (content: string | null): ManifestEntry[] =>
      folder({ a: "x", ...(content === null ? {} : { f: content }) });
    const of = (content: string | null): ManifestEntry | null => side(content)[1] ?? null;
    expect(await merge(side(base), side(ours), side(theirs))).toEqual({
      entries: folder({ a: "x" }),
      conflicts: [{ path: "f", base: of(base), ours: of(ours), theirs: of(theirs) }],
    });
  });
});

describe("merging folders", () => {
  it("without a common ancestor takes what is in either", async () => {
    expect((await merge(null, folder({ a: "1", b: "2" }), folder({ b: "2", c: "3" }))).entries).toEqual(
      folder({ a: "1", b: "2", c: "3" }),
    );
  });

  it("of which one is empty, or all", async () => {
    expect(await merge([], [], [])).toEqual({ entries: [], conflicts: [] });
    expect(await merge(folder({ a: "1" }), [], folder({ a: "1" }))).toEqual({ entries: [], conflicts: [] });
  });

  it.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ["a file and a folder", { a: "1" }, { "a/b": "2", "a/c/d": "3", z: "4" }, ["a/b", "a/c/d"]],
    ["two cases", { A: "1" }, { a: "2" }, ["a"]],
    ["two cases of a folder", { "A/x": "1" }, { "a/y": "2", "a/z": "3" }, ["a/y", "a/z"]],
  ])("that clash: %s", async (_, ours, theirs, clashing) => {
    const { entries, conflicts } = await merge([], folder(ours), folder(theirs));
    expect(conflicts.map((conflict) => conflict.path)).toEqual(clashing);
    expect(
      conflicts.every((conflict) => conflict.clash !== undefined && conflict.ours === null && conflict.theirs !== null),
    ).toBe(true);
    expect(entries).toEqual(
      folder({ ...ours, ...Object.fromEntries(Object.entries(theirs).filter(([path]) => !clashing.includes(path))) }),
    );
  });

  it("where a file became a folder on one side only", async () => {
    expect(await merge(folder({ a: "1" }), folder({ "a/b": "2" }), folder({ a: "1" }))).toEqual({
      entries: folder({ "a/b": "2" }),
      conflicts: [],
    });
  });

  it("given in arrays of any length, empty ones too, and closes what it leaves early", async () => {
    const all = sorted(Array.from({ length: 5000 }, (_, i) => entry(`f${i}`)));
    let closed = 0;
    async function* cut(): AsyncGenerator<ManifestEntry[]> {
      try {
        yield [];
        for (let from = 0; from < all.length; from += 7) yield all.slice(from, from + 7);
      } finally {
        closed++;
      }
    }
    const merged = await collect(
      (async function* () {
        for await (const { entries } of mergeManifests({
          base: cut(),
          ours: [all.slice(0, 10), [], all.slice(10)],
          theirs: cut(),
        }))
          yield entries;
      })(),
    );
    expect(merged).toEqual(all);
    for await (const _ of mergeManifests({ base: null, ours: cut(), theirs: cut() })) break;
    expect(closed).toBe(4);
  });
});

describe("the difference of two folders", () => {
  it("lists what was added, removed, changed in bytes or mode, in path order", async () => {
    const before = folder({ gone: "1", mode: "2", "same/a": "3", changed: "4" });
    const after = folder({ "a/new": "5", mode: "2*", "same/a": "3", changed: "44" });
    const changes = await collect(diffManifests([before], [after]));
    expect(changes.map(({ path, before: old, after: now }) => [path, old?.size, now?.size])).toEqual([
      ["a/new", undefined, 1],
      ["changed", 1, 2],
      ["gone", 1, undefined],
      ["mode", 1, 1],
    ]);
  });

  it("of the same folder is nothing", async () => {
    const same = folder({ a: "1", b: "2" });
    expect(await collect(diffManifests([same], [same]))).toEqual([]);
  });
});
