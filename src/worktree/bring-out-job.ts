/** A worker thread's part of a checkout: small files made out of blobs. */
import { type Attempt, attempt, type Job } from "../base/job.ts";
import { Cache } from "../store/cache/cache.ts";
import { BringOut, type WantedFile } from "./bring-out.ts";
import { Places, type PlacesSetup } from "./places.ts";
import type { Stamp } from "./stamp.ts";

/** Answers each file of the request, in its order; null where not that stands there which was seen. */
export const bringOutJob: Job<
  { cacheFolder: string; places: PlacesSetup },
  readonly WantedFile[],
  Attempt<Stamp | null>[]
> = {
  name: "bring out",
  start({ cacheFolder, places }) {
    const bringOut = new BringOut(new Cache(cacheFolder, { durable: false }), new Places(places), ["copy"]);
    return (files) => files.map((wanted) => attempt(wanted.shown, () => bringOut.makeSmall(wanted)));
  },
};
