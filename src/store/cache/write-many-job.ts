/** A worker thread's part of writing many small blobs into a cache that leaves flushing to the system. */
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { type Attempt, attempt, attemptSoon, type Job } from "../../base/job.ts";
import { decode } from "../../encoding/codecs/codecs.ts";
import { Malformed } from "../../encoding/malformed.ts";
import type { PlainCodec } from "../../encoding/types.ts";
import type { Hash } from "../../values/hash.ts";
import type { WriteOutcome } from "../bytes.ts";
import { damaged } from "./blob-errors.ts";
import { Cache } from "./cache.ts";

/** A blob that `stored` bytes of a request are, once they are decoded. */
interface StoredBlob {
  hash: Hash;
  size: number;
  codec: PlainCodec;
  stored: number;
}

/** Blobs, and their stored bytes one behind the other. */
export interface ManyBlobs {
  blobs: readonly StoredBlob[];
  bytes: Uint8Array;
}

/**
 * Answers each blob of the request, in its order. `room`: a folder in which each thread makes one of its own for what
 * it writes, since two that make files in one folder wait for each other.
 */
export const writeManyJob: Job<{ cacheFolder: string; room: string }, ManyBlobs, Attempt<WriteOutcome>[]> = {
  name: "write blobs",
  start({ cacheFolder, room }) {
    const cache = new Cache(cacheFolder, { durable: false, room: join(room, String(threadId)) });
    return async ({ blobs, bytes }) => {
      const answers: Attempt<WriteOutcome>[] = [];
      let at = 0;
      for (const blob of blobs) {
        const stored = bytes.subarray(at, at + blob.stored);
        at += blob.stored;
        answers.push(
          blob.codec === "raw"
            ? attempt(cacheFolder, () => cache.writeNow(blob.hash, stored))
            : await attemptSoon(cacheFolder, async () => cache.writeNow(blob.hash, await plainOf(blob, stored))),
        );
      }
      return answers;
    };
  },
};

/** Throws `blob-damaged`. */
async function plainOf({ hash, size, codec }: StoredBlob, stored: Uint8Array): Promise<Uint8Array> {
  try {
    return await decode(codec, stored, { length: size });
  } catch (error) {
    throw error instanceof Malformed ? damaged(hash, error.message) : error;
  }
}
