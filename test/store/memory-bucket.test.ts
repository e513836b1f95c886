/** A bucket in memory keeps the contract of a bucket. */
import { MemoryBucket } from "../support/memory-bucket.ts";
import { describeBucket } from "../conformance/bucket-suite.ts";

describeBucket("memory", async () => {
  const bucket = new MemoryBucket();
  return { bucket, another: async () => bucket, cleanup: async () => undefined };
});
