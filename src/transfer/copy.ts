/** Blobs from one store to another: push and fetch are this one copy with the roles swapped. */
import { formatSize } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import type { ProgressTask } from "../base/progress.ts";
import { breathe } from "../base/stop.ts";
import type { Watch } from "../base/watch.ts";
import type { Hash } from "../values/hash.ts";
import type { BlobSource, ByteRange, WriteOutcome } from "../store/bytes.ts";
import type { BlobStore, NearBlob, Stored, StoredPart, WriteAnswer, WriteItem } from "../store/blob-store.ts";
import { isLack, type Lack } from "../store/lack.ts";
import { examine } from "./examine.ts";
import type { Said } from "./said.ts";

/** A blob that is needed, with the number of bytes that whoever needs it says it has. */
export interface Need {
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Blobs of which it may have parts, the closest first. */
  near?: readonly NearBlob[];
}

/** Where blobs come from: what is read of a store that is only read. */
export type BlobReader = Pick<BlobStore, "name" | "stat" | "read" | "source"> & {
  /** On this machine: what is read twice costs little. */
  readonly isHere?: boolean;
  /** Where a blob is a file. */
  fileOf?(hash: Hash): string;
  /**
   * Sources of many blobs that share what is read for them, in an order of the store's own. Each is to be opened soon
   * after it is given, if at all, and may be opened again.
   */
  sources?<W extends { hash: Hash; size: number }>(
    wanted: readonly W[],
  ): AsyncIterable<{ wanted: W; source: BlobSource; part?: StoredPart }>;
};

/** Where blobs go: what is asked of a store that is only written. */
export type BlobTaker = Pick<BlobStore, "write" | "writeMany">;

interface Stores {
  from: BlobReader;
  to: BlobTaker;
}

export interface CopyOptions {
  watch: Watch;
  /** What progress calls it. */
  label: string;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
}

interface NotCopied {
  hash: Hash;
  why: Lack;
  where: string;
  /** Where several remotes were asked: what each of them said. */
  said?: readonly Said[];
}

export interface CopyReport {
  /** Blobs that the target did not have, or not with right bytes, and now has. */
  copied: number;
  bytes: number;
  /** Of those copied: in the place of a damaged one. */
  replaced: number;
  /** Blobs that the target had already. */
  present: number;
  /** Blobs that the target had with another size: damaged for sure. */
  differing: Set<Hash>;
  /** Blobs that neither store has with right bytes. */
  failed: NotCopied[];
  /** What the copied blobs took in the target. */
  stored: Stored;
}

/** Of a copy that did nothing yet. */
export function nothingCopied(): CopyReport {
  const stored = { bytes: 0, known: 0, shorter: 0 };
  return { copied: 0, bytes: 0, replaced: 0, present: 0, differing: new Set(), failed: [], stored };
}

/** What the target does not have, or with another size; the report is told what it has. */
export async function absentIn(
  to: Pick<BlobStore, "statMany">,
  needs: readonly Need[],
  report: Pick<CopyReport, "present" | "differing">,
): Promise<Map<Hash, Need>> {
  const left = new Map(needs.map((need) => [need.hash, need]));
  for await (const { hash, stat } of to.statMany([...left.keys()])) {
    await breathe();
    const isThere = stat?.size === left.get(hash)?.size;
    if (stat !== null && !isThere) report.differing.add(hash);
    if (isThere && left.delete(hash)) report.present++;
  }
  return left;
}

/**
 * Brings every blob into `to` that is known not to be there, verified on the way. What one blob lacks is reported and
 * the rest still copied; a failure of a store itself is thrown. What the target has then is taken out of `left`, also
 * where a failure is thrown. `passOver`: whether a failure to read one blob leaves the others to be had; such a blob
 * stays in `left`.
 */
export async function copyAbsent(
  left: Map<Hash, Need>,
  stores: Stores,
  {
    report,
    passOver,
    ...options
  }: CopyOptions & { report: CopyReport; passOver?: (hash: Hash, error: unknown) => boolean },
): Promise<void> {
  if (left.size === 0) return;
  let bytes = 0;
  for (const { size } of left.values()) bytes += size;
  const task = options.watch.progress.task(options.label, { files: left.size, bytes });
  try {
    for await (const answer of writeAll([...left.values()], stores, { ...options, task, report })) {
      options.watch.signal.throwIfAborted();
      task.advance(0, 1);
      const { hash, source } = answer.item;
      const result = await resultOf(answer, stores).catch((error: unknown) => {
        if (passOver?.(hash, error)) return null;
        throw withNeed(error, bytes);
      });
      if (result === "missing" || result === "damaged") {
        report.failed.push({ hash, why: result, where: stores.from.name });
      } else if (result !== null) {
        left.delete(hash);
        bytes -= source.size;
        count(report, source.size, result);
        if (result !== "present") addStored(report.stored, storedOf(answer));
      }
    }
  } finally {
    task.done();
  }
}

/** What the target answers, while the bytes that pass are told. Each item is made when its turn comes. */
function writeAll(
  wanted: readonly Need[],
  { from, to }: Stores,
  { watch, jobs, task, report }: CopyOptions & { task: ProgressTask; report: CopyReport },
): AsyncIterable<WriteAnswer> {
  const items = (async function* (): AsyncGenerator<WriteItem> {
    for await (const { wanted: need, source: plain, part } of from.sources?.(wanted) ?? singleSources(from, wanted)) {
      const { hash, size, near } = need;
      const passed = (bytes: number): void => {
        watch.signal.throwIfAborted();
        task.advance(bytes);
      };
      const file = from.fileOf?.(hash);
      const read = (range: ByteRange): AsyncIterable<Uint8Array> => from.read(hash, { ...range, of: size });
      const looking = (): ProgressTask => watch.progress.task("looking for what is new", { bytes: size });
      const look = { read, passed, looking, ...(file !== undefined && { file }) };
      const item: WriteItem = { hash, source: told(plain, passed), isAbsent: !report.differing.has(hash) };
      if (near) item.near = near;
      if (from.isHere) item.look = look;
      if (part) item.part = toldPart(part, size, passed);
      yield item;
    }
  })();
  return to.writeMany(items, jobs === undefined ? {} : { jobs });
}

function* singleSources(
  from: BlobReader,
  all: readonly Need[],
): Generator<{ wanted: Need; source: BlobSource; part?: undefined }> {
  for (const wanted of all) yield { wanted, source: from.source(wanted.hash, wanted.size) };
}

function storedOf(answer: WriteAnswer): Stored {
  const whole = { bytes: answer.item.source.size, known: 0, shorter: 0 };
  return "error" in answer ? whole : (answer.stored ?? whole);
}

/** Adds what others took. */
export function addStored(sum: Stored, { bytes, known, shorter }: Stored): void {
  sum.bytes += bytes;
  sum.known += known;
  sum.shorter += shorter;
}

/** Of a disk that is full: how much it is about. */
function withNeed(error: unknown, bytes: number): unknown {
  if (!isMvgitError(error, "disk-full")) return error;
  return new MvgitError("disk-full", `${error.message}; ${formatSize(bytes)} are still to come`, {
    cause: error.cause,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.subject !== undefined && { subject: error.subject }),
  });
}

function count(report: CopyReport, size: number, outcome: WriteOutcome): void {
  if (outcome === "present") return void report.present++;
  report.copied++;
  report.bytes += size;
  if (outcome === "replaced") report.replaced++;
}

/** A blob that failed for its own fault is looked at once more: on the way, or where it comes from? */
async function resultOf(answer: WriteAnswer, stores: Stores): Promise<WriteOutcome | Lack> {
  if (!("error" in answer)) return answer.outcome;
  const { item, error } = answer;
  if (!isLack(error)) throw error;
  const found = await stores.from.stat(item.hash);
  if (found === null) return "missing";
  const problem =
    found.size === item.source.size ? await examine(stores.from, item.hash, { isRemote: false }) : "damaged";
  return problem ?? (await writeAgain(item, stores));
}

/** What was right when it was looked at, and comes wrong again, cannot be had. */
async function writeAgain({ hash, source }: WriteItem, { to }: { to: BlobTaker }): Promise<WriteOutcome | "damaged"> {
  try {
    return await to.write(hash, source);
  } catch (error) {
    if (isMvgitError(error, "blob-damaged")) return "damaged";
    throw error;
  }
}

/** The same part, telling that the blob's bytes pass. */
function toldPart({ codec, stored }: StoredPart, size: number, onBytes: (count: number) => void): StoredPart {
  return {
    codec,
    async stored() {
      const bytes = await stored();
      if (bytes !== null) onBytes(size);
      return bytes;
    },
  };
}

/** The same source, telling how many bytes pass. */
function told(source: BlobSource, onBytes: (count: number) => void): BlobSource {
  return {
    size: source.size,
    async *open(from) {
      for await (const chunk of source.open(from)) {
        yield chunk;
        onBytes(chunk.length);
      }
    },
  };
}
