/** Many blobs at once: those in packs are read together, by ranges that hold many of them. */
import { decode } from "../../../encoding/codecs/codecs.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import type { Codec } from "../../../encoding/types.ts";
import { mapOrdered } from "../../../base/tasks.ts";
import type { Hash } from "../../../values/hash.ts";
import { type ReadableBucket, WrongBytes } from "../../bucket.ts";
import type { StoredPart } from "../../blob-store.ts";
import type { BlobSource } from "../../bytes.ts";
import { isLack } from "../../lack.ts";
import { SMALL_BLOB } from "../../write-many.ts";
import { packName } from "../layout.ts";
import { SharedSpans } from "./shared-spans.ts";
import type { Single } from "./recipe-reading.ts";
import { assignSpans, type Span } from "./spans.ts";
import { byPlace, type Located } from "./table-set.ts";

/** Blobs that are patches, and whose recipes are read before the first of them is given; and at once of these. */
const [TOGETHER, RECIPES_AT_ONCE] = [1024, 8];
const NOWHERE: Span = { name: "", start: 0, end: 0 };

/** A blob that is wanted, with the bytes that it must have. */
interface Wanted {
  hash: Hash;
  size: number;
}

interface Reading {
  bucket: ReadableBucket;
  /** What is known of a blob in packs, the best first. */
  find(hash: Hash): readonly Located[];
  /** As of `RecipeReading`. */
  singleIn(located: Located): Promise<Single | null>;
  /** As a blob is read by itself. */
  source(hash: Hash, size: number): BlobSource;
}

/**
 * A source for each, in the order of the packs, then those that lie elsewhere. It is to be opened soon after it is
 * given; opened again, or where the shared range failed, it is read by itself. Not verified here.
 */
export async function* sharedSources<W extends Wanted>(
  reading: Reading,
  all: readonly W[],
): AsyncGenerator<{ wanted: W; source: BlobSource; part?: StoredPart }> {
  const patched = new Map<W, Located>();
  for (const wanted of all) {
    const [best] = wanted.size <= SMALL_BLOB ? reading.find(wanted.hash) : [];
    if (best?.entry.kind === "recipe" && best.entry.size === wanted.size) patched.set(wanted, best);
  }
  yield* blobSources(reading, patched.size === 0 ? all : all.filter((each) => !patched.has(each)));
  const inOrder = [...patched].toSorted(([, a], [, b]) => byPlace(a, b));
  for (let from = 0; from < inOrder.length; from += TOGETHER)
    yield* patchedSources(reading, inOrder.slice(from, from + TOGETHER));
}

/** Of blobs that are one patch each, mostly: patches and bases are read together. */
async function* patchedSources<W extends Wanted>(
  { bucket, singleIn, source }: Reading,
  all: readonly (readonly [W, Located])[],
): AsyncGenerator<{ wanted: W; source: BlobSource; part?: StoredPart }> {
  const singles: (Single | null)[] = [];
  for await (const single of mapOrdered(all, RECIPES_AT_ONCE, ([, located]) => unlessWrong(singleIn(located))))
    singles.push(single);
  const { spans, numbers } = assignSpans(
    singles.flatMap((single) => [single?.bytes === null ? single.stored : NOWHERE, single?.base ?? NOWHERE]),
  );
  const shared = new SharedSpans(bucket, counted(spans, numbers));
  for (const [at, [wanted]] of all.entries()) {
    const single = singles[at];
    const alone = source(wanted.hash, wanted.size);
    if (!single) yield { wanted, source: alone };
    else yield { wanted, ...patchedSource(single, alone, { shared, numbers: numbers.slice(2 * at, 2 * at + 2) }) };
  }
}

/** The first time by what is read for many. */
function patchedSource(
  { segment: { codec, length, base: under }, stored, base, bytes }: Single,
  alone: BlobSource,
  { shared, numbers: [patchNumber, baseNumber] }: { shared: SharedSpans; numbers: readonly number[] },
): { source: BlobSource; part: StoredPart } {
  let isOpened = false;
  const plain = async (): Promise<Uint8Array | null> => {
    if (isOpened) return null;
    isOpened = true;
    // Not kept while the other is waited for: the memory is that of many.
    const patch = bytes ?? (await unlessWrong(shared.bytes(patchNumber as number, stored).then(Buffer.from)));
    const known = base && (await unlessWrong(shared.bytes(baseNumber as number, base)));
    if (patch === null || (base !== null && known === null)) return null;
    const told = under && known ? { codec: under.codec, known, length: under.length ?? length } : null;
    return unlessWrong(decodeOn(told, { codec, patch, length }));
  };
  // Threads take it as it is: where its base lies they do not know.
  return { source: orAlone(plain, alone), part: { codec: "raw", stored: plain } };
}

async function decodeOn(
  told: { codec: Codec; known: Uint8Array; length: number } | null,
  { codec, patch, length }: { codec: Codec; patch: Uint8Array; length: number },
): Promise<Uint8Array> {
  const base = told && (await decode(told.codec, told.known, { length: told.length }));
  return decode(codec, patch, { length, ...(base && { base }) });
}

function* blobSources<W extends Wanted>(
  { bucket, find, source }: Reading,
  all: readonly W[],
): Generator<{ wanted: W; source: BlobSource; part?: StoredPart }> {
  const located = all.map(({ hash, size }) => {
    const [best] = find(hash);
    return best?.entry.kind === "blob" && best.entry.size === size ? best : null;
  });
  const { spans, numbers } = assignSpans(located.map(placeOf));
  const shared = new SharedSpans(bucket, counted(spans, numbers));
  const order = [...all.keys()].toSorted((a, b) => (numbers[a] as number) - (numbers[b] as number));
  const firstShared = order.findIndex((at) => (numbers[at] as number) >= 0);
  const alone = firstShared < 0 ? order.length : firstShared;
  for (const at of [...order.slice(alone), ...order.slice(0, alone)]) {
    const wanted = all[at] as W;
    const single = source(wanted.hash, wanted.size);
    const [number, found] = [numbers[at] as number, located[at]];
    if (number < 0 || !found) yield { wanted, source: single };
    else yield { wanted, ...sharedSource(found, single, { shared, number }) };
  }
}

/** The first time by what is read for many, as it is stored there or decoded. */
function sharedSource(
  located: Located,
  single: BlobSource,
  { shared, number }: { shared: SharedSpans; number: number },
): { source: BlobSource; part: StoredPart } {
  const { codec, plain: length } = located.entry;
  let isOpened = false;
  const stored = (): Promise<Buffer | null> => {
    const isFirst = !isOpened;
    isOpened = true;
    return isFirst ? unlessWrong(shared.bytes(number, placeOf(located))) : Promise.resolve(null);
  };
  const plain = async (): Promise<Uint8Array | null> => {
    const bytes = await stored();
    return bytes === null || codec === "raw" ? bytes : unlessWrong(decode(codec, bytes, { length }));
  };
  return { source: orAlone(plain, single), part: { codec, stored } };
}

/** All of it at once, or, where that is null, as it is read by itself. */
function orAlone(plain: () => Promise<Uint8Array | null>, alone: BlobSource): BlobSource {
  return {
    size: alone.size,
    async *open(from) {
      const bytes = await plain();
      if (bytes === null) yield* alone.open(from);
      else if (from < bytes.length) yield bytes.subarray(from);
    },
  };
}

/** Null for what cannot be had so: read by itself, it says what is wrong. */
async function unlessWrong<B>(reading: Promise<B>): Promise<B | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Malformed || error instanceof WrongBytes || isLack(error)) return null;
    throw error;
  }
}

function placeOf(located: Located | null): Span {
  if (located === null) return NOWHERE;
  const { table, entry } = located;
  return { name: packName(table.pack), start: entry.offset, end: entry.offset + entry.stored };
}

function counted(spans: readonly Span[], numbers: readonly number[]): { span: Span; count: number }[] {
  const counts = spans.map((span) => ({ span, count: 0 }));
  for (const number of numbers) {
    const each = counts[number];
    if (each) each.count++;
  }
  return counts;
}
