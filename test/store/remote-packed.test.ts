/** A remote that keeps small blobs in packs keeps the contract of a blob store. */
import { MvgitError } from "../../src/base/errors.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { LyingBucket } from "../support/lying-bucket.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { damagePacked, PackedRemote } from "../support/packed-remote.ts";

describeStore("a remote with packs", async () => {
  const bucket = new MemoryBucket();
  return {
    isFar: true,
    open: async () => new PackedRemote(bucket),
    damage: (hash, bytes) => damagePacked(bucket, hash, bytes),
    fail: () => void (bucket.failure = new MvgitError("remote-unavailable", "no answer")),
    cleanup: () => undefined,
  };
});

describeStore("a remote with packs on a bucket that lies", async () => {
  const bucket = new LyingBucket(undefined, /^(blobs|packs|index)\//);
  return {
    isFar: true,
    open: async () => new PackedRemote(bucket),
    damage: (hash, bytes) => damagePacked(bucket, hash, bytes),
    fail: () => void (bucket.failure = new MvgitError("remote-unavailable", "no answer")),
    lies: true,
    cleanup: () => undefined,
  };
});
