/** What a fetch brought into the cache, in words. */
import { display } from "../../../base/paths.ts";
import type { FetchReport } from "../../../files/fetch.ts";
import type { Given } from "../../../transfer/remotes.ts";
import { formatSize, plural } from "../numbers.ts";

/** A line for each remote that gave something, or one. */
export function fetchText({ remote, address, given, lacking, pointers }: FetchReport): string {
  if (given.length > 0) return given.map(givenText).join("\n");
  const where = `${remote} (${display(address)})`;
  if (lacking.length > 0) return `nothing was fetched from ${where}`;
  const need = pointers === 1 ? "needs" : "need";
  return `nothing to fetch: the cache has all that ${plural(pointers, "pointer")} ${need}`;
}

function givenText({ remote, address, copied, bytes }: Given): string {
  return `fetched ${plural(copied, "blob")} (${formatSize(bytes)}) from ${remote} (${display(address)})`;
}
