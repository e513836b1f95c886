/** The contract of `Bucket`, cell by cell: every driver and every wrapper runs through it. */
import { describe, it } from "vitest";
import { stopOn } from "../../src/base/stop.ts";
import type { BucketUnderTest, Cell } from "./bucket/cell.ts";
import { LOOKING } from "./bucket/looking.ts";
import { WRITING } from "./bucket/writing.ts";

export const BUCKET_CELLS: readonly Cell[] = [...LOOKING, ...WRITING];

/** Runs the suite; `open` gives a fresh, empty place each time. */
export function describeBucket(label: string, open: () => Promise<BucketUnderTest>): void {
  describe(`the contract of a bucket: ${label}`, () => {
    for (const { name, prove, timeout } of BUCKET_CELLS) {
      it(
        name,
        async () => {
          const place = await open();
          const another = async () => place.another?.() ?? place.bucket;
          const cancelled = async (signal: AbortSignal) => {
            stopOn(signal);
            return place.cancelled?.(signal) ?? place.bucket;
          };
          try {
            await prove(place.bucket, { ...place, another, cancelled });
          } finally {
            stopOn(null);
            await place.cleanup();
          }
        },
        timeout,
      );
    }
  });
}
