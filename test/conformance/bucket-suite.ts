/** The contract of `Bucket`, cell by cell: every driver and every wrapper runs through it. */
import { describe, it } from "vitest";
import { stopOn } from "../../src/base/stop.ts";
import type { BucketUnderTest, Cell, ReadableUnderTest, ReadingCell } from "./bucket/cell.ts";
import { LOOKING } from "./bucket/looking.ts";
import { READING } from "./bucket/reading.ts";
import { REPLACING } from "./bucket/replacing.ts";
import { WRITING } from "./bucket/writing.ts";

/** What a bucket that is only read is held to. */
export const READING_CELLS: readonly ReadingCell[] = READING;
export const BUCKET_CELLS: readonly Cell[] = [...READING, ...LOOKING, ...WRITING, ...REPLACING];

/** Runs the suite; `open` gives a fresh, empty place each time. */
export function describeBucket(label: string, open: () => Promise<BucketUnderTest>): void {
  describe(`the contract of a bucket: ${label}`, () => {
    for (const { name, prove, timeout } of BUCKET_CELLS) {
      it(
        name,
        async () => {
          const place = await open();
          await proved(place, () => prove(place.bucket, { ...placed(place), keeper: place.bucket }));
        },
        timeout,
      );
    }
  });
}

/** The same for one that is only read. */
export function describeReadableBucket(label: string, open: () => Promise<ReadableUnderTest>): void {
  describe(`the contract of a bucket that is only read: ${label}`, () => {
    for (const { name, prove, timeout } of READING_CELLS) {
      it(
        name,
        async () => {
          const place = await open();
          await proved(place, () => prove(place.bucket, placed(place)));
        },
        timeout,
      );
    }
  });
}

/** The place with what it cannot do done by its bucket. */
function placed<P extends BucketUnderTest | ReadableUnderTest>(place: P) {
  const another = async (): Promise<P["bucket"]> => place.another?.() ?? place.bucket;
  const cancelled = async (signal: AbortSignal): Promise<P["bucket"]> => {
    stopOn(signal);
    return place.cancelled?.(signal) ?? place.bucket;
  };
  return { ...place, another, cancelled };
}

async function proved(place: Pick<ReadableUnderTest, "cleanup">, prove: () => Promise<void>): Promise<void> {
  try {
    await prove();
  } finally {
    stopOn(null);
    await place.cleanup();
  }
}
