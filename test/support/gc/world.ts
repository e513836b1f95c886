/** Repositories that share a remote, as far as a gc of it is concerned: what they need, push, forget and collect. */
import { isMvgitError } from "../../../src/base/errors.ts";
import { DAY, HOUR } from "../../../src/base/times.ts";
import { Collection, emptyReport, type GcRemoteReport, type Ours } from "../../../src/care/gc-remote.ts";
import { nothingRepacked, repack, type RepackReport } from "../../../src/care/remote-repack.ts";
import { type Encoded, LargeEncoding, nothingEncoded } from "../../../src/care/repack/large.ts";
import { recipeIn } from "../../../src/encoding/recipe.ts";
import type { Recipe, Segment, Source, StoredRange } from "../../../src/encoding/types.ts";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { claim } from "../../../src/repo/claim.ts";
import type { NearBlob } from "../../../src/store/blob-store.ts";
import type { Bucket, ReadableBucket } from "../../../src/store/bucket.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import { PackBuilder } from "../../../src/store/remote/packs/pack-builder.ts";
import type { Located } from "../../../src/store/remote/packs/table-set.ts";
import { Remote } from "../../../src/store/remote/remote.ts";
import { type Claimed, claimedOf } from "../../../src/values/claim.ts";
import type { Hash } from "../../../src/values/hash.ts";
import { noise } from "../../conformance/noise.ts";
import { MemoryBucket } from "../memory-bucket.ts";

const PIECE = 512;

export interface Blob {
  hash: Hash;
  bytes: Buffer;
}

/** A repository, as all its clones together know it. */
export class Repository {
  readonly id: Hash;
  readonly needed = new Map<Claimed, Blob>();
  readonly ever = new Map<Claimed, Blob>();

  constructor(name: string) {
    this.id = hashBytes(Buffer.from(name));
  }

  get ours(): Ours {
    return {
      own: this.id,
      mine: new Set([this.id]),
      pointers: new Set(this.needed.keys()),
      ever: async () => new Set(this.ever.keys()),
    };
  }

  /** A commit names them. */
  committed(blobs: readonly Blob[]): void {
    for (const blob of blobs) this.ever.set(claimedOf(blob), blob);
  }

  /** And a push of it ended well. */
  pushed(blobs: readonly Blob[]): void {
    this.committed(blobs);
    for (const blob of blobs) this.needed.set(claimedOf(blob), blob);
  }
}

/** A remote in memory, with a time of its own. */
export class World {
  now = 1_700_000_000_000;
  readonly bucket = new MemoryBucket();
  #made = 0;

  constructor() {
    this.bucket.clock = () => ++this.now;
  }

  later(ms: number): void {
    this.now += ms;
  }

  /** New bytes. */
  blob(pieces: number): Blob {
    const bytes = noise(pieces * PIECE, `blob ${++this.#made}`);
    return { hash: hashBytes(bytes), bytes };
  }

  /** The same with a piece changed. */
  changed({ bytes }: Blob): Blob {
    const other = Buffer.from(bytes);
    const at = (++this.#made % (bytes.length / PIECE)) * PIECE;
    noise(PIECE, `piece ${this.#made}`).copy(other, at);
    return { hash: hashBytes(other), bytes: other };
  }
}

export interface Pushed {
  small: readonly Blob[];
  /** With what is relied on of another blob. */
  large: readonly { blob: Blob; base: Blob | null }[];
  /** Written whether it is there or not, as by who looked before another one wrote it. */
  blind?: readonly Blob[];
}

/** As `mvgit push`: claims, looks for a gc, and writes what is not there. */
export async function push(
  bucket: Bucket,
  repository: Repository,
  { small, large, blind = [] }: Pushed,
): Promise<void> {
  const remote = new Remote("store", bucket, { leastPacked: 1 });
  await remote.place.prepare();
  const all = [...small, ...blind, ...large.flatMap(({ blob, base }) => (base === null ? [blob] : [blob, base]))];
  await claim(remote, repository.id, new Set(all.map(claimedOf)));
  for await (const answer of remote.writeMany(small.map(({ hash, bytes }) => ({ hash, source: bytesSource(bytes) }))))
    if ("error" in answer) throw answer.error;
  await remote.place.raise();
  const builder = new PackBuilder(remote.place, remote.packed.index);
  for (const each of large) await writeLarge(remote, builder, each);
  for (const { hash, bytes } of blind)
    await builder.addBlob({ hash, codec: "raw", stored: bytes, plain: bytes.length });
  await builder.flush();
}

async function writeLarge(
  remote: Remote,
  builder: PackBuilder,
  { blob, base }: { blob: Blob; base: Blob | null },
): Promise<void> {
  if ((await remote.stat(blob.hash)) !== null) return;
  const parts = base && (await partsOf(remote, base));
  if (!parts) return void (await remote.write(blob.hash, bytesSource(blob.bytes)));
  await writeRecipe(builder, blob, parts);
}

/** Of parts that are there, as far as they fit, and of new pieces. */
export async function writeRecipe(builder: PackBuilder, blob: Blob, parts: readonly Part[]): Promise<void> {
  const known = new Map(parts.map((part) => [part.hash, part]));
  const pieces = piecesOf(blob.bytes);
  const placed = new Map<Hash, Awaited<ReturnType<PackBuilder["addPiece"]>>>();
  for (const { hash, bytes } of pieces) if (!known.has(hash)) placed.set(hash, await builder.addPiece(bytes));
  await builder.addRecipe({ hash: blob.hash, size: blob.bytes.length }, (sourceOf): Recipe => {
    const sources: Source[] = [];
    const number = (source: Source): number => {
      const at = sources.findIndex((each) => JSON.stringify(each) === JSON.stringify(source));
      return at >= 0 ? at : sources.push(source) - 1;
    };
    const segments = pieces.map(({ hash, bytes }): Segment => {
      const part = known.get(hash);
      const own = placed.get(hash);
      const at: StoredRange = part
        ? { source: number(part.source), offset: part.offset, stored: PIECE }
        : { source: number(sourceOf(own as NonNullable<typeof own>)), offset: own?.offset ?? 0, stored: PIECE };
      return { hash, length: bytes.length, codec: "raw", ...at };
    });
    return { size: blob.bytes.length, sources, segments };
  });
}

interface Part {
  hash: Hash;
  source: Source;
  offset: number;
}

/** Where the pieces of a blob lie, by the form that everybody prefers; null where that does not tell. */
async function partsOf(remote: Remote, { hash, bytes }: Blob): Promise<Part[] | null> {
  await remote.packed.index.refresh();
  const [best] = remote.packed.index.find(hash);
  if (best === undefined) {
    if ((await remote.whole.stat(hash)) === null) return null;
    return piecesOf(bytes).map((piece, at) => ({
      hash: piece.hash,
      source: { kind: "blob", hash },
      offset: at * PIECE,
    }));
  }
  if (best.entry.kind === "recipe") return partsOfRecipe(best, recipeIn(await remote.packed.recipeIn(best)));
  const source: Source = { kind: "pack", hash: best.table.pack };
  return piecesOf(bytes).map((piece, at) => ({ hash: piece.hash, source, offset: best.entry.offset + at * PIECE }));
}

function partsOfRecipe({ table }: Located, { sources, segments }: Recipe): Part[] {
  return segments.map(({ hash, source, offset }) => {
    const found = sources[source] as Source;
    return { hash, offset, source: found.kind === "own" ? { kind: "pack", hash: table.pack } : found };
  });
}

function piecesOf(bytes: Buffer): Blob[] {
  return Array.from({ length: bytes.length / PIECE }, (_, at) => {
    const piece = bytes.subarray(at * PIECE, (at + 1) * PIECE);
    return { hash: hashBytes(piece), bytes: piece };
  });
}

interface Collecting {
  dryRun?: boolean;
  unclaimed?: boolean;
  now?: number;
  /** Of which one gc works at a time. */
  clone?: number;
}

/** As `mvgit gc --remote`. */
export async function collect(
  bucket: Bucket,
  repository: Repository,
  { dryRun = false, unclaimed = false, now, clone = 0 }: Collecting = {},
): Promise<GcRemoteReport> {
  const remote = new Remote("store", bucket);
  const report = emptyReport(remote, dryRun);
  if (!(await remote.place.recognise())) return report;
  const { gcMark } = remote.place;
  const mark = dryRun ? null : await gcMark.make(`of ${repository.id} ${clone}`);
  const load = (): never => {
    throw new Error("there are no folders");
  };
  await new Collection(
    { remote, load, ours: repository.ours },
    {
      request: { dryRun, unclaimed },
      report,
      now: mark?.created ?? now ?? 0,
      isOver: () => false,
      isReadingOver: () => false,
      signal: new AbortController().signal,
    },
  ).run();
  if (mark !== null) await gcMark.remove(mark);
  return report;
}

/** As `mvgit remote repack`. */
export async function repackAll(bucket: Bucket, dryRun = false): Promise<RepackReport> {
  const remote = new Remote("store", bucket);
  const report = nothingRepacked(remote, dryRun);
  if (await remote.place.recognise()) await repack(remote, report, { signal: new AbortController().signal });
  return report;
}

/** As `mvgit remote repack` does with blobs that lie whole; `pick`: on which of those that may be it lets one rest. */
export async function encodeAll(
  bucket: Bucket,
  repository: Repository,
  pick: (settled: readonly Blob[]) => Blob | undefined = (settled) => settled.at(-1),
): Promise<Encoded> {
  const remote = new Remote("store", bucket);
  const signal = new AbortController().signal;
  if (!(await remote.place.recognise())) return nothingEncoded();
  await remote.packed.index.refresh();
  const known = new Map([...repository.ever.values()].map((blob) => [blob.hash, blob]));
  const whole = new Set<Hash>();
  for await (const { hash } of remote.whole.list()) if (!remote.packed.has(hash)) whole.add(hash);
  const items = [...repository.needed.values()].filter(({ hash }) => whole.has(hash));
  const near = (own: Hash, isSettled: (hash: Hash) => boolean): NearBlob[] => {
    const base = pick([...known.values()].filter(({ hash }) => hash !== own && isSettled(hash)));
    return base === undefined ? [] : [{ hash: base.hash, size: base.bytes.length }];
  };
  return new LargeEncoding(remote, {
    open: () => ({
      async encode({ hash }, [base]) {
        const builder = new PackBuilder(remote.place, remote.packed.index);
        const parts = base === undefined ? null : await partsOf(remote, known.get(base.hash) as Blob);
        await writeRecipe(builder, known.get(hash) as Blob, parts ?? []);
        await builder.flush();
        return 0;
      },
      close: async () => undefined,
    }),
    isDry: false,
    signal,
  }).run(
    items.map(({ hash, bytes }) => ({
      ...{ hash, size: bytes.length, hasVersions: true },
      near: (isSettled) => near(hash, isSettled),
    })),
  );
}

/** The same place for who can neither list nor write. */
export function webOf(bucket: Bucket): ReadableBucket {
  const { address, concurrency } = bucket;
  return { address, concurrency, head: (name) => bucket.head(name), get: (...asked) => bucket.get(...asked) };
}

/** What of these is not in the remote with right bytes, for whoever reads it by this bucket. */
export async function lostOf(
  world: World,
  repositories: Iterable<Repository>,
  bucket: ReadableBucket = world.bucket,
): Promise<string[]> {
  const remote = new Remote("store", bucket);
  const lost: string[] = [];
  for (const { needed } of repositories)
    for (const { hash, bytes } of needed.values()) {
      const found = await read(remote, hash);
      if (typeof found === "string" || !found.equals(bytes)) lost.push(`needed ${hash}: ${String(found)}`);
    }
  return lost;
}

/** What the remote says that it has, and does not give. */
export async function brokenIn(world: World): Promise<string[]> {
  const remote = new Remote("store", world.bucket);
  const broken: string[] = [];
  for await (const { hash } of remote.list()) {
    const found = await read(remote, hash);
    if (typeof found === "string") broken.push(`there ${hash}: ${found}`);
  }
  return broken;
}

async function read(remote: Remote, hash: Hash): Promise<Buffer | string> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of remote.read(hash)) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    return error.message;
  }
}

/** Days and an hour, so that what is as old as a grace period is older. */
export function days(count: number): number {
  return count * DAY + HOUR;
}

/** Names in these folders. */
export function namesOf(world: World, ...folders: string[]): string[] {
  return [...world.bucket.objects.keys()]
    .filter((name) => folders.some((each) => name.startsWith(`${each}/`)))
    .toSorted();
}
