/** What a fetch brought into the cache, in words. */
import { display } from "../../../base/paths.ts";
import type { FetchReport } from "../../../files/fetch.ts";
import { formatSize, plural } from "../numbers.ts";

/** One line. */
export function fetchText({ remote, address, copied, bytes, lacking, pointers }: FetchReport): string {
  const where = `${remote} (${display(address)})`;
  if (copied > 0) return `fetched ${plural(copied, "blob")} (${formatSize(bytes)}) from ${where}`;
  if (lacking.length > 0) return `nothing was fetched from ${where}`;
  const need = pointers === 1 ? "needs" : "need";
  return `nothing to fetch: the cache has all that ${plural(pointers, "pointer")} ${need}`;
}
