/** The cache keeps the contract of a blob store. */
import { Cache } from "../../src/store/cache/cache.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { StoreFolder } from "../support/store-folder.ts";

describeStore("the cache", async () => {
  const folder = new StoreFolder();
  return {
    open: async () => new Cache(folder.path, { durable: true }),
    damage: (hash, bytes) => folder.damage(hash, bytes),
    obstruct: (hash, by) => folder.obstruct(hash, by),
    bury: () => folder.bury(),
    fail: () => folder.loseBlobs(),
    cleanup: () => folder.remove(),
  };
});
