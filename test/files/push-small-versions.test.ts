/** What a push compares small files with: what stood at their own paths, and lists of files with those before. */
import { expect, it } from "vitest";
import { add } from "../../src/files/add.ts";
import { fetch } from "../../src/files/fetch.ts";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { readLeaves } from "../../src/values/manifest-io.ts";
import type { Hash } from "../../src/values/hash.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, commit, track } from "../support/track.ts";

let box: Sandbox;

function table(version: number): Buffer {
  const rows = Array.from({ length: 9000 }, (_, row) => {
    const value = Math.imul(row, 0x9e3779b1) >>> 0;
    return `${row},place ${value.toString(36)},${row % 500 === 3 ? `version ${version}` : "as it was"}\n`;
  });
  return Buffer.from(rows.join(""));
}

/** With names so long that their list is worth a patch. */
function tiny(version: number): Record<string, string> {
  const name = (at: number): string => `data/${String(at).padStart(4, "0")}-${"long".repeat(20)}.txt`;
  return Object.fromEntries(Array.from({ length: 600 }, (_, at) => [name(at), `${at} of ${at === 300 ? version : 1}`]));
}

async function pushed(version: number): Promise<void> {
  await track(box, { "one.csv": table(version), ...tiny(version) }, ["one.csv", "data"]);
  await push(await box.open(), { paths: [] });
}

/** The source of the patch that the blob is; null where it is none. */
async function baseOf(hash: Hash): Promise<unknown> {
  const remote = await (await box.open()).remote("store");
  await remote.packed.index.refresh();
  const found = await remote.packed.recipeOf(hash);
  const base = found?.recipe.segments[0]?.base;
  return base === undefined ? null : found?.recipe.sources[base.source];
}

async function listOf(): Promise<Hash> {
  const repo = await box.open();
  const root = /blake3: (\w+)/.exec(box.read("work/data.mvgit").toString())?.[1] as Hash;
  return (await readLeaves(root, repo.loadManifest))[0]?.hash as Hash;
}

shareSandbox(async () => {
  box = await makeSandbox();
  await pushed(1);
  return box;
}, 60_000);

it("one file alone, and one changed list of files, become patches; a clone has both", { timeout: 60_000 }, async () => {
  const list = await listOf();
  await pushed(2);
  expect(await baseOf(hashBytes(table(2)))).toMatchObject({ kind: "pack" });
  expect(await baseOf(await listOf())).toEqual({ kind: "blob", hash: list });
  await cloneOf(box, "other");
  const repo = await box.open("other");
  expect(await fetch(repo, { paths: [] })).toMatchObject({ lacking: [] });
  expect(repo.cache.sizeOf(hashBytes(table(2)))).toBe(table(2).length);
});

it("what one push brings in several versions is compared with what was there before it", async () => {
  for (const version of [2, 3]) {
    box.write("work/one.csv", table(version));
    await add(await box.open(), { paths: ["one.csv"], asIs: true });
    await commit(box);
  }
  await push(await box.open(), { paths: [] });
  const [two, three] = [await baseOf(hashBytes(table(2))), await baseOf(hashBytes(table(3)))];
  expect(two).toMatchObject({ kind: "pack" });
  expect(three).toEqual(two);
});
