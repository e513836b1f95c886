/** Versions that are stored as patches of earlier ones: what care of a remote, and a copy of it, make of them. */
import * as fs from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { fsck, type FsckFinding } from "../../src/care/fsck.ts";
import { gcRemote, type GcRemoteReport } from "../../src/care/gc-remote.ts";
import { remoteCopy } from "../../src/care/remote-copy.ts";
import { remoteRepack } from "../../src/care/remote-repack.ts";
import { addRemote } from "../../src/care/remote.ts";
import type { Recipe, Segment, Source } from "../../src/encoding/types.ts";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { packName } from "../../src/store/remote/layout.ts";
import { folderRemote } from "../support/aged-remote.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { track } from "../support/track.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);

/** Rows as text, of which no two tables have the same; every 300th is another one where it was edited. */
function table(seed: number, isEdited = false): Buffer {
  const rows = Array.from({ length: 40_000 }, (_, row) => {
    const value = Math.imul(row * 5 + seed, 0x9e3779b1) >>> 0;
    const state = isEdited && row % 300 === 11 ? "edited" : "as it was";
    return `${row},place ${value.toString(36)},${value % 1000},${state}\n`;
  });
  return Buffer.from(rows.join(""));
}

/** Two thirds of the first are not in the second, and nobody needs them once the first is no more. */
const first = Buffer.concat([table(1), table(2), table(3)]);
const second = table(1, true);

shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "rows.csv": first });
  await push(await box.open(), { paths: [] });
  await track(box, { "rows.csv": second });
  await push(await box.open(), { paths: [] });
  return box;
}, 60_000);

/** How the second version lies in a remote. */
async function recipe(name = "store"): Promise<{ pack: string; sources: readonly Source[]; patches: Segment[] }> {
  const remote = await (await box.open()).remote(name);
  await remote.packed.index.refresh();
  const found = (await remote.packed.recipeOf(hashBytes(second))) as { recipe: Recipe; pack: string };
  const patches = found.recipe.segments.filter(({ codec }) => codec === "patch");
  return { pack: found.pack, sources: found.recipe.sources, patches };
}

/** The object that a patch's base lies in, and where there. */
async function base(): Promise<{ file: string; offset: number; stored: number }> {
  const { patches, sources, pack } = await recipe();
  const { source: number, offset, stored } = (patches[0] as Segment).base as NonNullable<Segment["base"]>;
  const source = sources[number] as Source;
  const hash = source.kind === "own" ? pack : source.hash;
  return { file: source.kind === "blob" ? blobName(source.hash) : packName(hash as never), offset, stored };
}

/** Somebody with nothing reads it, and it is right. */
async function expectReadable(bytes: Buffer, name = "store"): Promise<void> {
  const remote = await (await box.open()).remote(name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of remote.read(hashBytes(bytes))) chunks.push(Buffer.from(chunk));
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
}

/** As if the first version had never been, and both were pushed long ago. */
async function forgetFirst(): Promise<void> {
  await box.git("work", ["reset", "-q", "--soft", "HEAD~1"]);
  await box.git("work", ["commit", "-q", "--amend", "-m", "the second", "--no-verify"]);
  await box.git("work", ["update-ref", "-d", "ORIG_HEAD"]);
  await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
  fs.rmSync(at("work/.git/mvgit/claims"), { force: true });
  folderRemote(box).age(15);
}

async function gc(): Promise<GcRemoteReport> {
  return gcRemote(await box.open(), { dryRun: false, offline: true, unclaimed: true });
}

async function findings(): Promise<FsckFinding[]> {
  return (await fsck(await box.open(), { remote: "" })).findings;
}

beforeEach(async () => {
  expect((await recipe()).patches.length).toBeGreaterThan(0);
});

it("a gc keeps what patches rest on, and a repack moves it: then its old pack goes", { timeout: 60_000 }, async () => {
  await forgetFirst();
  expect(await gc()).toMatchObject({ removed: { blobs: 1 }, packs: { removed: 0 } });
  await expectReadable(second);
  const { file } = await base();
  expect(await remoteRepack(await box.open(), { dryRun: false })).toMatchObject({ sparse: 1, passed: 0 });
  const now = await recipe();
  expect(now.patches.length).toBeGreaterThan(0);
  expect((await base()).file).not.toBe(file);
  await expectReadable(second);
  fs.rmSync(at("work/.git/mvgit/claims"), { force: true });
  folderRemote(box).age(15);
  await gc();
  expect(box.exists(`store/${file}`)).toBe(false);
  await expectReadable(second);
  expect(await findings()).toEqual([]);
});

it("a base that is damaged, or gone, is named with the version that rests on it", async () => {
  box.unchecked("the base of a patch is damaged in the remote");
  await forgetFirst();
  await gc();
  const { file, offset, stored } = await base();
  const bytes = box.read(`store/${file}`);
  const named = { hash: hashBytes(second), users: [{ path: "rows.csv" }, { path: "rows.csv" }] };
  bytes.fill(0, offset, offset + stored);
  fs.chmodSync(at(`store/${file}`), 0o644);
  box.write(`store/${file}`, bytes);
  // Of a patch and its base nobody can tell which one is wrong.
  const objects: unknown = expect.arrayContaining([file]);
  expect(await findings()).toMatchObject([{ ...named, why: "damaged", objects }]);
  fs.rmSync(at(`store/${file}`));
  expect(await findings()).toMatchObject([{ ...named, objects: [file] }]);
});

it.each([
  ["as patches", "new", {}],
  ["whole where that is wanted", "plain", { encoding: "whole" }],
])("another remote gets them %s", async (_, name, options) => {
  fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
  await addRemote(await box.open(), { name, url: `../${name}`, options });
  const request = { from: "store", to: name, everything: false, offline: false, dryRun: false };
  expect(await remoteCopy(await box.open(), request)).toMatchObject({ copied: 2, lacking: [] });
  for (const bytes of [first, second]) await expectReadable(bytes, name);
  const isPlain = name === "plain";
  expect(box.exists(`${name}/packs`)).toBe(!isPlain);
  expect([first, second].map((bytes) => box.exists(`${name}/${blobName(hashBytes(bytes))}`))).toEqual([
    isPlain,
    isPlain,
  ]);
  if (!isPlain) expect((await recipe(name)).patches.length).toBeGreaterThan(0);
});
