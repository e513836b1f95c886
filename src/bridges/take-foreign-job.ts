/** A worker thread's part of an import: small files that another program keeps, taken into the cache. */
import { type Attempt, attempt, type Job } from "../base/job.ts";
import { Cache } from "../store/cache/cache.ts";
import { type ForeignFile, type SmallAnswer, takeSmallForeign } from "./foreign/read.ts";

/** Answers each file of the request, in its order. */
export const takeForeignJob: Job<{ cacheFolder: string }, readonly ForeignFile[], Attempt<SmallAnswer>[]> = {
  name: "take foreign",
  start({ cacheFolder }) {
    const cache = new Cache(cacheFolder, { durable: false });
    return (files) => files.map((file) => attempt(file.places[0] ?? "", () => takeSmallForeign(cache, file)));
  },
};
