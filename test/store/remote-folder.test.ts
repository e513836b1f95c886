/** A remote on a folder keeps the contract of a blob store. */
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { StoreFolder } from "../support/store-folder.ts";

describeStore("a remote on a folder", async () => {
  const folder = new StoreFolder();
  return {
    open: async () => new Remote("store", new FolderBucket(folder.path)),
    damage: (hash, bytes) => folder.damage(hash, bytes),
    obstruct: (hash, by) => folder.obstruct(hash, by),
    bury: () => folder.bury(),
    fail: () => folder.unmount(),
    cleanup: () => folder.remove(),
  };
});
