/** A worker thread's part of writing many small blobs into a cache that leaves flushing to the system. */
import { type Attempt, attemptSoon, type Job } from "../../base/job.ts";
import type { Hash } from "../../values/hash.ts";
import { bytesSource, type WriteOutcome } from "../bytes.ts";
import { Cache } from "./cache.ts";

/** Blobs, and their bytes one behind the other. */
export interface ManyBlobs {
  blobs: readonly { hash: Hash; size: number }[];
  bytes: Uint8Array;
}

/** Answers each blob of the request, in its order. */
export const writeManyJob: Job<{ cacheFolder: string }, ManyBlobs, Attempt<WriteOutcome>[]> = {
  name: "write blobs",
  start({ cacheFolder }) {
    const cache = new Cache(cacheFolder, { durable: false });
    return async ({ blobs, bytes }) => {
      const answers: Attempt<WriteOutcome>[] = [];
      let at = 0;
      for (const { hash, size } of blobs) {
        const source = bytesSource(bytes.subarray(at, at + size));
        at += size;
        answers.push(await attemptSoon(cacheFolder, () => cache.write(hash, source)));
      }
      return answers;
    };
  },
};
