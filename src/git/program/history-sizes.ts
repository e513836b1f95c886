/** Large files of the whole history, found without reading one. */
import type { Oid } from "../reader.ts";
import { type GitCall, gitFields } from "../run.ts";

export interface LargeBlob {
  oid: Oid;
  /** A path that it had. */
  path: string;
  /** Bytes of the file. */
  size: number;
  /** Bytes that Git's object takes, compressed. */
  disk: number;
}

/** Those that a ref reaches and this clone has, above that many bytes. Both of Git's lists are read as streams. */
export async function largeBlobs(above: number, call: GitCall): Promise<LargeBlob[]> {
  const large = new Map<string, { size: number; disk: number }>();
  const format = "%(objecttype) %(objectname) %(objectsize) %(objectsize:disk)";
  for await (const lines of gitFields(
    ["cat-file", "--batch-all-objects", "--unordered", `--batch-check=${format}`],
    call,
    "\n",
  )) {
    for (const line of lines) {
      const [type, oid = "", size, disk] = line.split(" ");
      if (type === "blob" && Number(size) > above) large.set(oid, { size: Number(size), disk: Number(disk) });
    }
  }
  const found: LargeBlob[] = [];
  if (large.size === 0) return found;
  for await (const lines of gitFields(["rev-list", "--objects", "--all", "--missing=allow-promisor"], call, "\n")) {
    for (const line of lines) {
      const space = line.indexOf(" ");
      const oid = space < 0 ? line : line.slice(0, space);
      const sizes = large.get(oid);
      if (sizes && large.delete(oid)) found.push({ oid: oid as Oid, path: line.slice(space + 1), ...sizes });
    }
  }
  return found;
}
