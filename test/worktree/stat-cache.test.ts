/** What a folder's stat table may claim. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Hash } from "../../src/values/hash.ts";
import { StatCache } from "../../src/worktree/stat-cache.ts";

const FOLDER = "data" as RepoPath;
const [ROOT, ONE, TWO] = ["a", "1", "2"].map((digit) => digit.repeat(64)) as [Hash, Hash, Hash];
let place: string;
let stats: StatCache;
beforeEach(() => {
  place = fs.mkdtempSync(join(tmpdir(), "mvgit-test-"));
  stats = new StatCache(join(place, "stat"));
});
afterEach(() => fs.rmSync(place, { recursive: true }));

const entries = (hash: Hash): { path: string; stamp: string; hash: Hash }[] =>
  ["a", "b"].map((path) => ({ path, stamp: `3.${path}`, hash }));
const rootNow = (): Hash | null => {
  const reader = stats.readFolder(FOLDER);
  reader.close();
  return reader.root;
};

describe("a table says that it has a manifest's files", () => {
  it("when the entries that were compared are the ones it has", () => {
    stats.updateFolder(FOLDER, entries(ONE), { root: ROOT, files: 2, base: null });
    expect(rootNow()).toBe(ROOT);
    expect([...(stats.filesOf(FOLDER, ROOT) ?? [])].flat().map(({ hash }) => hash)).toEqual([ONE, ONE]);
  });

  it("not when another process wrote the table after it was compared", () => {
    stats.updateFolder(FOLDER, entries(ONE));
    const compared = stats.readFolder(FOLDER);
    // A slower process, which knew another version of the folder, writes what it knew.
    new StatCache(join(place, "stat")).updateFolder(FOLDER, entries(TWO));
    stats.updateFolder(FOLDER, [], { root: ROOT, files: 2, base: compared.sum });
    compared.close();
    expect(rootNow()).toBeNull();
    expect(stats.filesOf(FOLDER, ROOT)).toBeNull();
  });

  it("not when files are lacking", () => {
    stats.updateFolder(FOLDER, entries(ONE).slice(1), { root: ROOT, files: 2, base: null });
    expect(rootNow()).toBeNull();
  });
});
