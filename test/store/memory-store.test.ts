/** A store in memory keeps the contract of a blob store. */
import { MvgitError } from "../../src/base/errors.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { MemoryStore } from "../support/memory-store.ts";

describeStore("memory", async () => {
  const store = new MemoryStore();
  return {
    open: async () => store,
    damage: (hash, bytes) => void store.blobs.set(hash, bytes),
    fail: () => void (store.failure = new MvgitError("remote-unavailable", "no answer")),
    cleanup: () => undefined,
  };
});
