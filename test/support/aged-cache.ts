/** A cache that nobody used for a month. */
import * as fs from "node:fs";
import { join } from "node:path";

/**
 * Lets every blob of a cache's folder (`.git/mvgit`, or a shared one) look as if it had been used that many days ago.
 */
export function ageBlobs(cache: string, days = 30): void {
  const old = new Date(Date.now() - days * 24 * 3600 * 1000);
  const top = join(cache, "blobs");
  for (const shelf of fs.readdirSync(top))
    for (const name of fs.readdirSync(join(top, shelf))) fs.utimesSync(join(top, shelf, name), old, old);
}
