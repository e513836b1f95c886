/** A worker thread's part of `takeInFolder`: small files copied into temporary files of the cache. */
import { type Attempt, attempt, type Job } from "../base/job.ts";
import { Cache } from "../store/cache/cache.ts";
import { type Copied, copySmallIntoCache } from "./read-file.ts";
import { type Flushes, learnFlushes } from "./settle.ts";

interface Request {
  files: readonly string[];
  /** What the main thread knows by now. */
  flushes: Flushes;
}

/** Answers each file of the request, in its order. */
export const takeInJob: Job<{ cacheFolder: string }, Request, Attempt<Copied>[]> = {
  name: "take in",
  start({ cacheFolder }) {
    const cache = new Cache(cacheFolder, { durable: false });
    return ({ files, flushes }) => {
      learnFlushes(flushes);
      return files.map((file) => attempt(file, () => copySmallIntoCache(cache, file)));
    };
  },
};
