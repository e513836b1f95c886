/** A bucket in memory keeps the contract of a bucket; so does its reading half. */
import type { ReadableBucket } from "../../src/store/bucket.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { describeBucket, describeReadableBucket } from "../conformance/bucket-suite.ts";

describeBucket("memory", async () => {
  const bucket = new MemoryBucket();
  return { bucket, another: async () => bucket, cleanup: async () => undefined };
});

describeReadableBucket("memory", async () => {
  const keeper = new MemoryBucket();
  const { address, concurrency } = keeper;
  const bucket: ReadableBucket = {
    address,
    concurrency,
    head: (name) => keeper.head(name),
    get: (name, range) => keeper.get(name, range),
  };
  return { bucket, keeper, cleanup: async () => undefined };
});
