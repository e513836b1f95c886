/** `storage`: what each version of a path costs in a remote, by the forms in which its blobs are there. */
import { expect, it } from "vitest";
import { storage, type StorageLine, type StorageReport } from "../../src/care/storage.ts";
import { storageText } from "../../src/cli/render/care/storage.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import { push } from "../../src/files/push.ts";
import { noise } from "../conformance/noise.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { track } from "../support/track.ts";

let box: Sandbox;
const text = (at: number): string => `row ${at}\n`.repeat(100 + at);
const files = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`data/${at}`, text(at)]));
const look = async (...paths: string[]): Promise<StorageReport> => storage(await box.open(), { paths });
const sum = ({ stored, saved, missing }: StorageLine): number =>
  stored.whole + stored.packed + saved.same + saved.cuts + saved.codec + missing.bytes;

shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "old weights", ...files(20) }, ["w.bin", "data"]);
  await push(await box.open(), { paths: [] });
  await track(box, { "w.bin": "weights", ...files(20), "data/3": "changed", "data/20": text(20) }, ["w.bin", "data"]);
  await box.git("work", ["tag", "-a", "-m", "x", "spam@v1"]);
  await push(await box.open(), { paths: [] });
  return box;
});

it("tells of each version what is kept for it, and of a part the first that has it", async () => {
  const { versions, total, holds, notes } = await look();
  expect(versions.map(({ path, label, files: count }) => [path, label, count])).toEqual([
    ["data", null, 20],
    ["data", "spam@v1", 21],
    ["w.bin", null, undefined],
    ["w.bin", "spam@v1", undefined],
  ]);
  for (const line of versions) expect(sum(line)).toBe(line.size);
  const [first, second, old] = versions as [StorageLine, StorageLine, StorageLine];
  // Twenty small files of one push lie in a pack, packed.
  expect(first.stored.packed).toBeGreaterThan(0);
  expect(first.saved.codec).toBeGreaterThan(first.stored.packed);
  expect(second.saved.same).toBeGreaterThan(10_000);
  expect(second.stored.whole + second.stored.packed).toBeLessThan(4000);
  expect(old).toMatchObject({ size: 11, saved: { same: 0 }, missing: { blobs: 0 } });
  expect(total.size).toBe(versions.reduce((all, { size }) => all + size, 0));
  expect(holds).toMatchObject({ packs: { objects: 1 }, tables: { objects: 1 } });
  expect(notes).toEqual([]);
});

it("says of what a push brought just what the push said, cut lists too", async () => {
  const before = (await look()).total.stored;
  await track(box, { "big.bin": noise(9 * 1024 * 1024, "big"), "many/1": "one", "many/2": "two" }, ["big.bin", "many"]);
  const { stored } = await push(await box.open(), { paths: [] });
  const after = (await look()).total.stored;
  const all = ({ whole, packed, recipes, cutLists }: typeof after): number => whole + packed + recipes + cutLists;
  expect(after.cutLists).toBeGreaterThan(9 * 36);
  expect(all(after) - all(before)).toBe(stored.bytes);
});

it("in words", async () => {
  const shown = storageText(
    { ...(await look()), free: { blobs: 2, bytes: 2048 }, notes: [], all: false },
    makeStyle({ color: false }),
  );
  // How short deflate makes a text is not the same with every Node.
  const plain = shown
    .replaceAll(/\b[0-9a-f]{10}\b/g, "COMMIT")
    .replaceAll(/\d{4}-\d\d-\d\d/g, "DAY")
    .replaceAll(/\d+\.\d KiB/g, "N KiB")
    .replaceAll(/ +(?=N KiB)/g, " ");
  expect(plain.replaceAll(box.dir, "DIR")).toMatchInlineSnapshot(`
    "path   version                   weighs   stored  saved
    data   COMMIT  DAY N KiB N KiB N KiB by codecs
           spam@v1  DAY N KiB N KiB N KiB as before
    w.bin  COMMIT  DAY      11 B     11 B
           spam@v1  DAY          7 B      7 B
    in all: 4 versions of N KiB take N KiB in remote 'store' (DIR/store): N KiB as before, N KiB by codecs
    it holds, for whoever uses it: 7 whole blobs (N KiB), 1 pack (N KiB), 1 pack table (N KiB)
    'mvgit gc --remote' would free N KiB now"
  `);
});

it("of some paths what they share with others stays with whoever stored it first", async () => {
  const { versions, total } = await look("w.bin");
  expect(versions.map(({ path }) => path)).toEqual(["w.bin", "w.bin"]);
  expect(total.size).toBe(18);
  expect(await refusalOf(box, async () => look("absent"))).toBe("not-tracked");
});

it("what was not pushed is missing, and what gc would free is told or why it is not", async () => {
  await track(box, { "new.bin": "never pushed" });
  const { versions, free, notes } = await look("new.bin");
  expect(versions).toMatchObject([{ missing: { blobs: 1, bytes: 12 }, stored: { whole: 0 } }]);
  if (free === null) expect(notes.join()).toContain("what gc would free is not known");
  else expect(free).toMatchObject({ bytes: 0 });
});
