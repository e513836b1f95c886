/** A folder of small files, of which each changed a little: pushed, fetched, and what care of a remote makes of it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fsck } from "../../src/care/fsck.ts";
import { gcRemote, type GcRemoteReport } from "../../src/care/gc-remote.ts";
import { remoteRepack } from "../../src/care/remote-repack.ts";
import { storage } from "../../src/care/storage.ts";
import { fetch } from "../../src/files/fetch.ts";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { packName } from "../../src/store/remote/layout.ts";
import { folderRemote } from "../support/aged-remote.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, track } from "../support/track.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);

/** So many that threads code them. */
const FILES = 402;

function file(name: number, version: number): Buffer {
  const lines = Array.from({ length: 90 }, (_, line) => {
    const value = Math.imul(line * 31 + name, 0x9e3779b1) >>> 0;
    return `${line},place ${value.toString(36)},${value % 1000},${line === 40 ? `version ${version}` : "as it was"}\n`;
  });
  return Buffer.from(lines.join("").repeat(2));
}

function files(version: number): Record<string, Buffer> {
  return Object.fromEntries(Array.from({ length: FILES }, (_, name) => [`data/${name}.csv`, file(name, version)]));
}

function bytesIn(folder: string): number {
  const names = fs.readdirSync(at(folder), { recursive: true, encoding: "utf8" });
  return names.reduce((sum, name) => {
    const found = fs.statSync(join(at(folder), name));
    return sum + (found.isFile() ? found.size : 0);
  }, 0);
}

const sizes: number[] = [];

shareSandbox(async () => {
  box = await makeSandbox();
  sizes.length = 0;
  for (const version of [1, 2, 3]) {
    await track(box, files(version), ["data"]);
    await push(await box.open(), { paths: [] });
    sizes.push(bytesIn("store"));
  }
  return box;
}, 120_000);

async function packsOf(hash: ReturnType<typeof hashBytes>): Promise<{ own: string; base: string } | null> {
  const remote = await (await box.open()).remote("store");
  await remote.packed.index.refresh();
  const found = await remote.packed.recipeOf(hash);
  const base = found?.recipe.segments[0]?.base;
  const source = base && found.recipe.sources[base.source];
  if (!found || source === undefined) return null;
  return { own: packName(found.pack), base: source.kind === "own" ? packName(found.pack) : packName(source.hash) };
}

/** Somebody with nothing fetches all of the last version, and it is right. */
async function expectFetched(name: string): Promise<void> {
  await cloneOf(box, name);
  const repo = await box.open(name);
  expect(await fetch(repo, { paths: [] })).toMatchObject({ lacking: [] });
  for (let each = 0; each < FILES; each++) {
    const bytes = file(each, 3);
    const chunks: Uint8Array[] = [];
    for await (const chunk of repo.cache.read(hashBytes(bytes))) chunks.push(Buffer.from(chunk));
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  }
}

async function findings(): Promise<unknown[]> {
  return (await fsck(await box.open(), { remote: "" })).findings;
}

async function gc(): Promise<GcRemoteReport> {
  fs.rmSync(at("work/.git/mvgit/claims"), { force: true });
  folderRemote(box).age(15);
  return gcRemote(await box.open(), { dryRun: false, offline: true, unclaimed: true });
}

it("each version adds what changed, which is told, and a fetch brings all of it", { timeout: 60_000 }, async () => {
  const [first, second, third] = sizes as [number, number, number];
  // The list of files has 32 bytes of each that are new; a table of a pack stands twice.
  const most = FILES * (32 + 2 * 60 + 200 + 60) + 16 * 1024;
  expect([second - first < most, third - second < most]).toEqual([true, true]);
  expect(most).toBeLessThan(first / 2);
  const [one, two] = [await packsOf(hashBytes(file(7, 2))), await packsOf(hashBytes(file(7, 3)))];
  expect(one).not.toBeNull();
  expect([two?.base, two?.own]).toEqual([one?.base, expect.not.stringContaining(one?.own as string)]);
  await expectFetched("second");
  expect(await findings()).toEqual([]);
  const size = FILES * file(0, 1).length;
  const { versions } = await storage(await box.open(), { paths: [] });
  const told = versions.map(({ stored, saved }) => [stored.recipes > 0, saved.codec > size * 0.95]);
  expect(told).toEqual([
    [false, false],
    [true, true],
    [true, true],
  ]);
});

it("what patches rest on stays without its version; a repack moves it, then it goes", { timeout: 60_000 }, async () => {
  for (let name = 60; name < FILES; name++) fs.rmSync(at(`work/data/${name}.csv`));
  await track(box, {}, ["data"]);
  await push(await box.open(), { paths: [] });
  await box.git("work", ["checkout", "-q", "--orphan", "later"]);
  await box.git("work", ["commit", "-qm", "the last alone", "--no-verify"]);
  await box.git("work", ["branch", "-qD", "main"]);
  await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
  const { base } = (await packsOf(hashBytes(file(7, 3)))) as { base: string };
  await gc();
  expect([box.exists(`store/${base}`), await findings()]).toEqual([true, []]);
  const repacked = await remoteRepack(await box.open(), { dryRun: false });
  expect([repacked.sparse > 0, repacked.passed]).toEqual([true, 0]);
  await gc();
  expect([box.exists(`store/${base}`), await findings()]).toEqual([false, []]);
  const moved = await packsOf(hashBytes(file(7, 3)));
  expect(moved).not.toBeNull();
});
