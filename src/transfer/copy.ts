/** Blobs from one store to another: push and fetch are this one copy with the roles swapped. */
import { formatSize } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import type { ProgressTask } from "../base/progress.ts";
import { breathe } from "../base/stop.ts";
import type { Watch } from "../base/watch.ts";
import type { Hash } from "../values/hash.ts";
import type { BlobSource, WriteOutcome } from "../store/bytes.ts";
import type { BlobStore, WriteAnswer, WriteItem } from "../store/blob-store.ts";
import { isLack, type Lack } from "../store/lack.ts";
import { writeEach } from "../store/write-many.ts";
import { examine } from "./examine.ts";

/** A blob that is needed, with the number of bytes that whoever needs it says it has. */
export interface Need {
  hash: Hash;
  /** Bytes. */
  size: number;
}

interface Stores {
  from: BlobStore;
  to: BlobStore;
}

export interface CopyOptions {
  watch: Watch;
  /** What progress calls it. */
  label: string;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
  /** Told of each blob that the target does not have. */
  onAbsent?: (hash: Hash) => void;
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
  failed: { hash: Hash; why: Lack; where: string }[];
}

/**
 * Brings every needed blob into `to` that is not there, verified on the way. What one blob lacks is reported and the
 * rest still copied; a failure of a store itself is thrown.
 */
export async function copyBlobs(needs: readonly Need[], stores: Stores, options: CopyOptions): Promise<CopyReport> {
  const report: CopyReport = { copied: 0, bytes: 0, replaced: 0, present: 0, differing: new Set(), failed: [] };
  const wanted = await absent(needs, stores.to, report);
  for (const { hash } of wanted) options.onAbsent?.(hash);
  if (wanted.length === 0) return report;
  const bytes = wanted.reduce((sum, each) => sum + each.size, 0);
  const task = options.watch.progress.task(options.label, { files: wanted.length, bytes });
  try {
    for await (const answer of writeAll(wanted, stores, { ...options, task })) {
      options.watch.signal.throwIfAborted();
      task.advance(0, 1);
      const { hash, source } = answer.item;
      const result = await resultOf(answer, stores).catch((error: unknown) => {
        throw withNeed(error, bytes - report.bytes);
      });
      if (result === "missing" || result === "damaged") {
        report.failed.push({ hash, why: result, where: stores.from.name });
      } else count(report, source.size, result);
    }
  } finally {
    task.done();
  }
  return report;
}

/** What the target answers, while the bytes that pass are told. */
function writeAll(
  wanted: readonly Need[],
  { from, to }: Stores,
  { watch, jobs, task }: CopyOptions & { task: ProgressTask },
): AsyncIterable<WriteAnswer> {
  const items = wanted.map(({ hash, size }) => ({
    hash,
    source: told(from.source(hash, size), (passed) => {
      watch.signal.throwIfAborted();
      task.advance(passed);
    }),
  }));
  return jobs === undefined ? to.writeMany(items) : writeEach(to, items, { small: jobs, large: jobs });
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
async function writeAgain({ hash, source }: WriteItem, { to }: { to: BlobStore }): Promise<WriteOutcome | "damaged"> {
  try {
    return await to.write(hash, source);
  } catch (error) {
    if (isMvgitError(error, "blob-damaged")) return "damaged";
    throw error;
  }
}

async function absent(needs: readonly Need[], to: BlobStore, report: CopyReport): Promise<Need[]> {
  const byHash = new Map(needs.map((need) => [need.hash, need]));
  const wanted: Need[] = [];
  for await (const { hash, stat } of to.statMany([...byHash.keys()])) {
    await breathe();
    const need = byHash.get(hash) as Need;
    if (stat?.size === need.size) report.present++;
    else wanted.push(need);
    if (stat !== null && stat.size !== need.size) report.differing.add(hash);
  }
  return wanted;
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
