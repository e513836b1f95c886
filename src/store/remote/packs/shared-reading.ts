/** Many blobs at once: those in packs are read together, by ranges that hold many of them. */
import { decode } from "../../../encoding/codecs/codecs.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import type { Hash } from "../../../values/hash.ts";
import { type ReadableBucket, WrongBytes } from "../../bucket.ts";
import type { StoredPart } from "../../blob-store.ts";
import type { BlobSource } from "../../bytes.ts";
import { isLack } from "../../lack.ts";
import { packName } from "../layout.ts";
import { SharedSpans } from "./shared-spans.ts";
import { assignSpans, type Span } from "./spans.ts";
import type { Located } from "./table-set.ts";

/** A blob that is wanted, with the bytes that it must have. */
interface Wanted {
  hash: Hash;
  size: number;
}

interface Reading {
  bucket: ReadableBucket;
  /** What is known of a blob in packs, the best first. */
  find(hash: Hash): readonly Located[];
  /** As a blob is read by itself. */
  source(hash: Hash, size: number): BlobSource;
}

/**
 * A source for each, in the order of the packs, then those that lie elsewhere. It is to be opened soon after it is
 * given; opened again, or where the shared range failed, it is read by itself. Not verified here.
 */
export function* sharedSources<W extends Wanted>(
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
  const source = {
    size: single.size,
    async *open(from: number): AsyncGenerator<Uint8Array> {
      const bytes = await plain();
      if (bytes === null) yield* single.open(from);
      else if (from < bytes.length) yield bytes.subarray(from);
    },
  };
  return { source, part: { codec, stored } };
}

/** Null for what cannot be had so: read by itself, it says what is wrong. */
async function unlessWrong<B extends Uint8Array>(reading: Promise<B>): Promise<B | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Malformed || error instanceof WrongBytes || isLack(error)) return null;
    throw error;
  }
}

function placeOf(located: Located | null): Span {
  if (located === null) return { name: "", start: 0, end: 0 };
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
