import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import { EMPTY_HASH, type Hash } from "../../src/values/hash.ts";
import { ManifestWriter, readLeaves, readManifest } from "../../src/values/manifest-io.ts";
import {
  formatLeaf,
  formatRoot,
  isLeafEnd,
  type LeafEntry,
  type ManifestEntry,
  parseLeaf,
  parseRoot,
} from "../../src/values/manifest.ts";
import { collect, entry, MemoryBlobs, sorted, write } from "./manifests.ts";

const many = (count: number): ManifestEntry[] =>
  Array.from({ length: count }, (_, i) => entry(`img/${String(i).padStart(6, "0")}.png`));

/** Stores leaves and a root that lists them truly, whatever they hold. */
function forge(
  blobs: MemoryBlobs,
  leaves: readonly ManifestEntry[][],
  change: (leaves: LeafEntry[]) => LeafEntry[] = (same) => same,
): Hash {
  const lines = leaves.map((entries) => ({
    hash: blobs.store(formatLeaf(entries)),
    files: entries.length,
    bytes: entries.reduce((sum, e) => sum + e.size, 0),
    first: entries[0]?.path as RepoPath,
  }));
  return blobs.store(formatRoot(change(lines)));
}

const reading = (blobs: MemoryBlobs, root: Hash): Promise<ManifestEntry[]> => collect(readManifest(root, blobs.load));
const isMalformed = (reason: RegExp): unknown =>
  expect.objectContaining({ code: "manifest-malformed", message: expect.stringMatching(reason) });

describe("a manifest", () => {
  it.each([1, 2, 999, 1000, 1001, 9000, 20_000])("of %i files is read as it was written", async (count) => {
    const blobs = new MemoryBlobs();
    const entries = many(count);
    const summary = await write(entries, blobs.store);
    expect(summary).toMatchObject({ files: count, size: entries.reduce((sum, e) => sum + e.size, 0) });
    const promised = summary as NonNullable<typeof summary>;
    expect(await collect(readManifest(promised.root, blobs.load, promised))).toEqual(entries);
  });

  it("of no files is none", async () => expect(await write([], new MemoryBlobs().store)).toBeNull());

  it("has a promise to await only where a leaf ends", () => {
    const writer = new ManifestWriter(new MemoryBlobs().store);
    const promises = many(20_000)
      .map((each) => writer.add(each))
      .filter((promise) => promise !== null);
    expect(promises.length).toBeGreaterThan(2);
    expect(promises.length).toBeLessThan(20);
  });

  it("of another content at one path differs in one leaf and the root", async () => {
    const [before, after] = [new MemoryBlobs(), new MemoryBlobs()];
    const entries = many(20_000);
    await write(entries, before.store);
    await write(entries.with(10_000, entry("img/010000.png", { content: "changed" })), after.store);
    expect([...after.blobs.keys()].filter((hash) => !before.blobs.has(hash))).toHaveLength(2);
  });

  it("with a file more differs in few leaves", async () => {
    const [before, after] = [new MemoryBlobs(), new MemoryBlobs()];
    const entries = many(50_000);
    await write(entries, before.store);
    await write(sorted([...entries, entry("img/000000.png.txt")]), after.store);
    expect(before.blobs.size).toBeGreaterThan(15);
    expect([...after.blobs.keys()].filter((hash) => !before.blobs.has(hash)).length).toBeLessThan(6);
  });

  it("does not match what its pointer promises", async () => {
    const blobs = new MemoryBlobs();
    const { root, files, size } = (await write(many(3), blobs.store)) as { root: Hash; files: number; size: number };
    await expect(collect(readManifest(root, blobs.load, { files: 4, size }))).rejects.toEqual(
      isMalformed(/its pointer says 4/),
    );
    await expect(collect(readManifest(root, blobs.load, { files, size: size + 1 }))).rejects.toEqual(
      isMalformed(/its pointer says 3/),
    );
  });

  it("has each leaf loaded only when it is asked for", async () => {
    const blobs = new MemoryBlobs();
    const { root } = (await write(many(20_000), blobs.store)) as { root: Hash };
    const loaded: Hash[] = [];
    const load = (hash: Hash, cap: number): Promise<Buffer> => (loaded.push(hash), blobs.load(hash, cap));
    await readManifest(root, load).next();
    expect(loaded).toHaveLength(2);
    expect((await readLeaves(root, load)).length).toBeGreaterThan(2);
  });
});

describe("the cut between leaves", () => {
  it("is where the path says, after 1,000 files, and at 8,000", () => {
    expect(isLeafEnd("f0000390", 999)).toBe(false);
    expect(isLeafEnd("a", 7999)).toBe(false);
    expect(isLeafEnd("a", 8000)).toBe(true);
    const ends = Array.from({ length: 204_800 }, (_, i) => `f${i}`).filter((path) => isLeafEnd(path, 1000));
    expect(ends.length).toBeGreaterThan(60);
    expect(ends.length).toBeLessThan(140);
  });

  it("of leaves that would be too long is by count", async () => {
    const paths: ManifestEntry[] = [];
    for (let i = 0; paths.length < 8001; i++) {
      const path = `p${String(i).padStart(8, "0")}`;
      if (!isLeafEnd(path, 1000)) paths.push(entry(path));
    }
    const blobs = new MemoryBlobs();
    const { root } = (await write(paths, blobs.store)) as { root: Hash };
    expect((await readLeaves(root, blobs.load)).map((leaf) => leaf.files)).toEqual([8000, 1]);
    expect(await reading(blobs, root)).toEqual(paths);
  });

  it("elsewhere is refused: too early, too late, or one leaf too many", async () => {
    const blobs = new MemoryBlobs();
    const entries = many(20_000);
    const { root } = (await write(entries, blobs.store)) as { root: Hash };
    const first = (await readLeaves(root, blobs.load))[0]?.files as number;
    for (const cut of [1, 999, first - 1, first + 1]) {
      const forged = forge(blobs, [entries.slice(0, cut), entries.slice(cut, first + 2)]);
      await expect(reading(blobs, forged), `cut at ${cut}`).rejects.toEqual(isMalformed(/cut/));
    }
    await expect(reading(blobs, forge(blobs, [entries.slice(0, 8001)]))).rejects.toEqual(
      isMalformed(/more than 8,000|cut/),
    );
  });
});

describe("a folder that cannot be", () => {
  it.each<[string, string[], string, RegExp]>([
    ["a doubled path", ["a", "a"], "manifest-malformed", /'a' is there twice/],
    ["no order", ["b", "a"], "manifest-malformed", /'a' is out of order/],
    ["UTF-16 order", ["\u{1f600}", "\uff01"], "manifest-malformed", /out of order/],
    ["a file and a folder", ["a", "a/b"], "name-clash", /'a' is both a file and a folder/],
    ["a file and a folder, with others between", ["a", "a b", "a-b/c", "a/b"], "name-clash", /'a' is both/],
    ["two cases of one name", ["A", "a"], "name-clash", /'A' and 'a'/],
    ["two cases of one folder", ["A/x", "a/y"], "name-clash", /'A' and 'a'/],
    ["two cases deeper", ["d/e/A/x", "d/e/a/y"], "name-clash", /'d\/e\/A' and 'd\/e\/a'/],
    ["a file and a folder in another case", ["A", "a/b"], "name-clash", /'A' and 'a'/],
    ["two Unicode forms", ["e\u0301", "\u00e9"], "name-clash", /are one name/],
    ["the Kelvin sign", ["k", "\u212a"], "name-clash", /are one name/],
    ["a way out", ["../x"], "unsafe-path", /'\.\.'/],
    ["an absolute path", ["/x"], "unsafe-path", /absolute/],
    ["a Git folder", ["d/.GIT/config"], "unsafe-path", /\.git/],
    ["a NUL", ["a\0b"], "unsafe-path", /control/],
    ["no path", [""], "unsafe-path", /empty/],
  ])("%s: refused by the writer and by the reader", async (_, paths, code, message) => {
    const entries = paths.map((path) => entry(path));
    const blobs = new MemoryBlobs();
    await expect(write(entries, blobs.store)).rejects.toEqual(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(blobs.blobs.size).toBe(0);
    await expect(reading(blobs, forge(blobs, [entries]))).rejects.toEqual(
      isMalformed(/^$|\0/.test(paths[0] as string) ? /line of the root/ : message),
    );
  });

  it("clashes also across leaves", async () => {
    const blobs = new MemoryBlobs();
    const entries = sorted([...many(20_000), entry("IMG/000001.png")]);
    await expect(write(entries, blobs.store)).rejects.toMatchObject({ code: "name-clash" });
    const inOne = sorted([...many(9000), entry("img/000000.PNG")]);
    await expect(write(inOne, blobs.store)).rejects.toMatchObject({ code: "name-clash" });
  });

  it("keeps names apart that only look alike", async () => {
    const paths = ["a", "a b", "a-b", "a.b/c", "a0", "b/a", "b/c/a", "stra\u00dfe", "strasse", "x\n", "\u{1f600}"];
    const blobs = new MemoryBlobs();
    const { root } = (await write(sorted(paths.map((path) => entry(path))), blobs.store)) as { root: Hash };
    expect((await reading(blobs, root)).map((each) => each.path).toSorted()).toEqual(paths.toSorted());
  });
});

describe("a root that lies about its leaves", () => {
  it.each<[string, (leaf: LeafEntry) => LeafEntry]>([
    ["count", (leaf) => ({ ...leaf, files: leaf.files + 1 })],
    ["bytes", (leaf) => ({ ...leaf, bytes: leaf.bytes + 1 })],
    ["first path", (leaf) => ({ ...leaf, first: "0" as RepoPath })],
  ])("%s: refused", async (_, change) => {
    const blobs = new MemoryBlobs();
    const root = forge(blobs, [many(3)], (leaves) => leaves.map(change));
    await expect(reading(blobs, root)).rejects.toEqual(isMalformed(/differs from what the root says/));
  });

  it("sums above 2^53 - 1: refused by both", async () => {
    const huge = ["a", "b"].map((path) => ({ ...entry(path), size: Number.MAX_SAFE_INTEGER }));
    const blobs = new MemoryBlobs();
    await expect(write(huge, blobs.store)).rejects.toMatchObject({ code: "cannot-add" });
    const root = forge(blobs, [many(1), many(1)], (leaves) =>
      leaves.map((leaf) => ({ ...leaf, bytes: Number.MAX_SAFE_INTEGER })),
    );
    await expect(reading(blobs, root)).rejects.toEqual(isMalformed(/too large/));
  });
});

describe("bytes that are no manifest", () => {
  const line = `${EMPTY_HASH} f 0 a\0`;
  it.each<[string, string | Buffer]>([
    ["nothing", ""],
    ["a heading only", "mvgit-leaf 1\n"],
    ["no heading", line],
    ["a root's heading", `mvgit-root 1\n${line}`],
    ["CRLF", `mvgit-leaf 1\r\n${line}`],
    ["a cut", `mvgit-leaf 1\n${line}`.slice(0, -1)],
    ["an empty line", `mvgit-leaf 1\n\0`],
    ["two at the end", `mvgit-leaf 1\n${line}\0`],
    ["another mode", `mvgit-leaf 1\n${line.replace(" f ", " l ")}`],
    ["an upper-case hash", `mvgit-leaf 1\n${line.toUpperCase()}`],
    ["a size with a zero before it", `mvgit-leaf 1\n${line.replace(" 0 ", " 00 ")}`],
    ["a size above 2^53", `mvgit-leaf 1\n${line.replace(" 0 ", " 9007199254740992 ")}`],
    ["no path", `mvgit-leaf 1\n${EMPTY_HASH} f 0 \0`],
    ["not UTF-8", Buffer.from(`mvgit-leaf 1\n${EMPTY_HASH} f 0 \xff\0`, "latin1")],
    ["a byte order mark", `\ufeffmvgit-leaf 1\n${line}`],
  ])("%s", (_, bytes) => expect(() => parseLeaf(Buffer.from(bytes as string))).toThrow(isMalformed(/./) as Error));

  it("roots: no files, a bad hash, a leaf's line", () => {
    for (const bad of [`${EMPTY_HASH} 0 0 a\0`, `${EMPTY_HASH.slice(1)} 1 0 a\0`, line, ""]) {
      expect(() => parseRoot(Buffer.from(`mvgit-root 1\n${bad}`)), bad).toThrow(isMalformed(/./) as Error);
    }
  });

  it("of a newer format are said to be newer", () => {
    expect(() => parseRoot(Buffer.from("mvgit-root 2\n"))).toThrow(
      expect.objectContaining({ code: "format-newer" }) as Error,
    );
    expect(() => parseLeaf(Buffer.from("mvgit-leaf 3\nx"))).toThrow(
      expect.objectContaining({ code: "format-newer" }) as Error,
    );
  });
});
