/** Both sides of a merged folder have all that merged, and merging them again changes nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readManifest } from "../../../src/values/manifest-io.ts";
import type { ManifestEntry } from "../../../src/values/manifest.ts";
import { type Pointer, readPointer, formatConflict } from "../../../src/values/pointer.ts";
import { conflictedBase, type Decide, mergeFolders, type MergedFolders } from "../../../src/files/merge/folders.ts";
import { Cache } from "../../../src/store/cache/cache.ts";
import { Intake } from "../../../src/store/cache/intake.ts";
import { entry, sorted, write } from "../../values/manifests.ts";

let dir: string;
let cache: Cache;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mvgit-test-"));
  cache = new Cache(dir, { durable: false });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const load = (hash: Pointer["hash"], cap: number): Buffer => cache.readSmall(hash, cap);

async function folder(files: Record<string, string>, extra: Record<string, string> = {}): Promise<Pointer> {
  const intake = new Intake(cache);
  const entries = sorted(
    Object.entries(files).map(([path, content]) =>
      entry(path, { content: content.replace(/\*$/, ""), mode: content.endsWith("*") ? "exec" : "file" }),
    ),
  );
  const summary = await write(entries, (bytes) => intake.store(bytes));
  await intake.settle();
  if (summary === null) throw new Error("a pointer has files");
  return { hash: summary.root, files: summary.files, size: summary.size, extra: new Map(Object.entries(extra)) };
}

async function merge(
  base: Record<string, string> | Pointer | null,
  ours: Record<string, string>,
  theirs: Record<string, string>,
): Promise<MergedFolders> {
  const isPointer = base !== null && "hash" in base;
  const from = base === null || isPointer ? (base as Pointer | null) : await folder(base as Record<string, string>);
  return mergeFolders({ base: from, ours: await folder(ours), theirs: await folder(theirs) }, { cache, load });
}

async function filesOf(pointer: Pointer | null): Promise<Record<string, string>> {
  const known = new Map(["1", "2", "3", "4", "5", "x"].map((text) => [entry("f", { content: text }).hash, text]));
  const found: Record<string, string> = {};
  if (pointer)
    for await (const entries of readManifest(pointer.hash, load))
      for (const { path, hash, mode } of entries) found[path] = (known.get(hash) ?? "?") + (mode === "exec" ? "*" : "");
  return found;
}

function open({ open: conflicts }: MergedFolders): string[] {
  return conflicts.map(({ path }) => path);
}

describe("a merge with conflicts", () => {
  it.each<
    [
      string,
      Record<string, string> | null,
      Record<string, string>,
      Record<string, string>,
      string[],
      Record<string, string>,
      Record<string, string>,
    ]
  >([
    [
      "changed by both",
      { a: "1", b: "1", f: "1" },
      { a: "2", b: "1", f: "2" },
      { a: "1", b: "3", f: "3" },
      ["f"],
      { a: "2", b: "3", f: "2" },
      { a: "2", b: "3", f: "3" },
    ],
    ["deleted and changed", { a: "1", f: "1" }, { a: "1" }, { a: "2", f: "3" }, ["f"], { a: "2" }, { a: "2", f: "3" }],
    [
      "added by both",
      { a: "1" },
      { a: "1", f: "2" },
      { f: "3", g: "4" },
      ["f"],
      { f: "2", g: "4" },
      { f: "3", g: "4" },
    ],
    [
      "no common ancestor",
      null,
      { a: "1", f: "2" },
      { b: "1", f: "3" },
      ["f"],
      { a: "1", b: "1", f: "2" },
      { a: "1", b: "1", f: "3" },
    ],
    ["bytes by both, the mode by one", { f: "1" }, { f: "2" }, { f: "3*" }, ["f"], { f: "2*" }, { f: "3*" }],
    [
      "a file and a folder",
      { z: "1" },
      { z: "1", x: "2" },
      { z: "3", "x/y": "4", "x/z": "5" },
      ["x", "x/y", "x/z"],
      { x: "2", z: "3" },
      { "x/y": "4", "x/z": "5", z: "3" },
    ],
    [
      "two letter cases",
      { z: "1" },
      { z: "1", "X/a": "2" },
      { z: "1", "x/b": "3" },
      ["X/a", "x/b"],
      { "X/a": "2", z: "1" },
      { "x/b": "3", z: "1" },
    ],
    [
      "a conflict beside a new name that clashes with it",
      { "X/y": "1", z: "1" },
      { "X/y": "2", z: "1" },
      { x: "3", z: "4" },
      ["X/y", "x"],
      { "X/y": "2", z: "4" },
      { x: "3", z: "4" },
    ],
  ])("%s", async (_, base, ours, theirs, paths, left, right) => {
    const result = await merge(base, ours, theirs);
    expect(open(result)).toEqual(paths);
    expect([await filesOf(result.ours), await filesOf(result.theirs)]).toEqual([left, right]);
    const again = await mergeFolders(result, { cache, load });
    expect([open(again), again.ours, again.theirs]).toEqual([paths, result.ours, result.theirs]);
  });

  it("is decided path by path, in any order, and decided paths stay so", async () => {
    const first = await merge({ f: "1", g: "1", h: "1" }, { f: "2", g: "2", h: "2" }, { f: "3", g: "3" });
    const decide =
      (wanted: Record<string, "ours" | "theirs" | ManifestEntry>): Decide =>
      (path) =>
        wanted[path];
    const second = await mergeFolders(first, { cache, load, decide: decide({ h: "theirs" }) });
    expect(open(second)).toEqual(["f", "g"]);
    const third = await mergeFolders(second, { cache, load, decide: decide({ f: entry("f", { content: "5" }) }) });
    expect(open(third)).toEqual(["g"]);
    const last = await mergeFolders(third, { cache, load, decide: decide({ g: "ours" }) });
    expect([open(last), last.ours, await filesOf(last.ours)]).toEqual([[], last.theirs, { f: "5", g: "2" }]);
  });

  it("refuses a decision that no folder can hold", async () => {
    const result = await merge({ z: "1" }, { z: "1", x: "2" }, { z: "1", "x/y": "4" });
    await expect(
      mergeFolders(result, { cache, load, decide: (path) => (path === "x/y" ? "theirs" : undefined) }),
    ).rejects.toMatchObject({ code: "name-clash" });
    const decided = await mergeFolders(result, { cache, load, decide: () => "theirs" });
    expect(await filesOf(decided.ours)).toEqual({ "x/y": "4", z: "1" });
  });

  it("may leave a side without files, which stands between the markers as nothing", async () => {
    const result = await merge({ a: "1", b: "1" }, { b: "1" }, { a: "2" });
    expect([result.ours, open(result)]).toEqual([null, ["a"]]);
    expect(readPointer(Buffer.from(formatConflict(result)))).toEqual({
      kind: "conflicted",
      base: result.base,
      ours: null,
      theirs: result.theirs,
    });
  });
});

it("a merged folder does not say that its bytes came from where one side's did; a side's own does", async () => {
  const [base, ours, theirs] = [
    await folder({ a: "1", b: "1" }),
    await folder({ a: "2", b: "1" }, { "source.url": "u", other: "kept" }),
    await folder({ a: "1", b: "3" }),
  ];
  const both = await mergeFolders({ base, ours, theirs }, { cache, load });
  expect([...(both.ours as Pointer).extra]).toEqual([["other", "kept"]]);
  const one = await mergeFolders({ base, ours, theirs: base }, { cache, load });
  expect((one.ours as Pointer).extra.get("source.url")).toBe("u");
});

it("of common commits that disagree no side is what was before, and what they agree on is", async () => {
  const sides = await merge({ a: "1", f: "1", g: "1" }, { a: "1", f: "2", g: "1" }, { a: "1", f: "3", g: "1" });
  const base = (await conflictedBase(sides, { cache, load })) as Pointer;
  expect(await filesOf(base)).toEqual({ a: "1", f: "?", g: "1" });
  const result = await merge(base, { a: "1", f: "2", g: "4" }, { a: "5", f: "3" });
  expect([open(result), await filesOf(result.ours)]).toEqual([["f", "g"], { a: "5", f: "2", g: "4" }]);
  const same = await merge(base, { a: "1", f: "2", g: "1" }, { a: "1", f: "2" });
  expect([open(same), await filesOf(same.ours)]).toEqual([[], { a: "1", f: "2" }]);
});
