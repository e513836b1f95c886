/** What versions cost and what was saved, added up over forms that blobs may have in a remote. */
import { expect, it } from "vitest";
import { Account, type Entry, type FormsThere, newEntry } from "../../src/care/storage/account.ts";
import type { Recipe, Segment } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";

const named = (name: string): Hash => hashBytes(Buffer.from(name));
const [PACK, OTHER] = [named("pack"), named("other pack")];
const segment = (
  source: number,
  offset: number,
  { length = 1000, stored = length }: { length?: number; stored?: number } = {},
): Segment => ({
  hash: named(`${source} ${offset}`),
  length,
  codec: stored === length ? "raw" : "deflate",
  source,
  offset,
  stored,
});
const recipe = (segments: Segment[]): NonNullable<FormsThere["recipe"]> => {
  const sources: Recipe["sources"] = [
    { kind: "blob", hash: named("first") },
    { kind: "pack", hash: OTHER },
    { kind: "own" },
  ];
  return { pack: PACK, recipe: { size: segments.reduce((sum, { length }) => sum + length, 0), sources, segments } };
};
const whole = (size: number): FormsThere => ({ whole: size, cutList: 0, entries: [], recipe: null });
const made = (segments: Segment[], stored = 200): FormsThere => ({
  whole: null,
  cutList: 0,
  entries: [{ kind: "recipe", stored, plain: stored }],
  recipe: recipe(segments),
});

/** What is said of each version of one blob, added one after the other. */
function accountOf(...versions: [name: string, size: number, there: FormsThere][]): Entry[] {
  const account = new Account();
  return versions.map(([name, size, there]) => {
    const entry = newEntry();
    account.add(entry, { hash: named(name), size }, account.has(named(name)) ? null : there);
    return entry;
  });
}

it("a part is of the version that stored it first, whoever else uses it", () => {
  const [first, second, third] = accountOf(
    ["first", 3000, whole(3000)],
    ["second", 3000, made([segment(0, 0), segment(2, 0, { stored: 400 }), segment(2, 400)])],
    ["third", 3000, made([segment(0, 1000), segment(2, 400), segment(1, 0)])],
  );
  expect(first).toMatchObject({ stored: { whole: 3000, packed: 0 }, saved: { same: 0, cuts: 0, codec: 0 } });
  expect(second).toMatchObject({ stored: { packed: 1400, recipes: 200 }, saved: { cuts: 1000, codec: 600 } });
  expect(third).toMatchObject({ stored: { packed: 1000, recipes: 200 }, saved: { cuts: 2000, codec: 0 } });
});

it("what is stored and what is saved is what it weighs, but for recipes", () => {
  const entries = accountOf(
    ["first", 3000, whole(3000)],
    ["first", 3000, whole(3000)],
    ["second", 2000, made([segment(0, 0), segment(2, 0, { stored: 400 })])],
    ["small", 500, { whole: null, cutList: 0, entries: [{ kind: "blob", stored: 100, plain: 500 }], recipe: null }],
    ["absent", 70, { whole: null, cutList: 0, entries: [], recipe: null }],
  );
  for (const { size, stored, saved, missing } of entries)
    expect(stored.whole + stored.packed + saved.same + saved.cuts + saved.codec + missing.bytes).toBe(size);
  expect(entries.map(({ saved }) => saved.same)).toEqual([0, 3000, 0, 0, 0]);
  expect(entries.at(-1)?.missing).toEqual({ blobs: 1, bytes: 70 });
});

it("a blob that is there twice costs both, and saves nothing while it is whole", () => {
  const [entry] = accountOf([
    "both",
    2000,
    { ...made([segment(2, 0, { stored: 300 }), segment(2, 300)]), whole: 2000 },
  ]);
  expect(entry).toMatchObject({ stored: { whole: 2000, packed: 1300, recipes: 200 }, saved: { cuts: 0, codec: 0 } });
});

it("a piece that comes twice in one blob is stored once", () => {
  const [entry] = accountOf(["twice", 2000, made([segment(2, 0), segment(2, 0)])]);
  expect(entry).toMatchObject({ stored: { packed: 1000 }, saved: { cuts: 1000 } });
});

it("a recipe that cannot be read leaves what it says of itself", () => {
  const there: FormsThere = {
    whole: null,
    cutList: 0,
    entries: [{ kind: "recipe", stored: 200, plain: 200 }],
    recipe: null,
  };
  expect(accountOf(["x", 2000, there])[0]).toMatchObject({
    stored: { recipes: 200, packed: 0 },
    missing: { blobs: 0 },
  });
});
