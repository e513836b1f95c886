/** A remote keeps the contract of a blob store on a bucket that lies. */
import { MvgitError } from "../../src/base/errors.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { LyingBucket } from "../support/lying-bucket.ts";

describeStore("a remote on a bucket that lies", async () => {
  const bucket = new LyingBucket();
  return {
    isFar: true,
    open: async () => new Remote("store", bucket),
    damage: (hash, bytes) => bucket.put(blobName(hash), bytes),
    fail: () => void (bucket.failure = new MvgitError("remote-unavailable", "no answer")),
    lies: true,
    cleanup: () => undefined,
  };
});
