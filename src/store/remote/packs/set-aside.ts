/**
 * Tables that were taken out, `damaged/<pack>.<unique>`: kept, with the packs that they are of, until they are as old
 * as gc lets everything be, for who wants to know what they told of.
 */
import { uniqueName } from "../../../base/clock.ts";
import { MOST_TABLE } from "../../../encoding/index-table.ts";
import { type Hash, parseHash } from "../../../values/hash.ts";
import { replacedMeanwhile } from "../../cloud/failures.ts";
import type { Bucket, ObjectName } from "../../bucket.ts";
import { DAMAGED, indexName } from "../layout.ts";
import { putOwnSource } from "../put-own.ts";

/** Of which pack such an object is the table; null for every other name. */
export function asideOf(name: ObjectName): Hash | null {
  return name.startsWith(`${DAMAGED}/`)
    ? parseHash(/^[^/]+\/([0-9a-f]{64})\.[0-9a-f]{16}$/.exec(name)?.[1] ?? "")
    : null;
}

/**
 * Keeps the bytes of a pack's table, which stays; of one that is too long to be a table, the first. Answers under which
 * name, null for what is no file. Throws `object-exists` where it is another version by now.
 */
export async function setAside(
  bucket: Bucket,
  { pack, version }: { pack: Hash; version: string },
): Promise<ObjectName | null> {
  const table = indexName(pack);
  const found = await bucket.head(table);
  if (found?.version !== version) throw replacedMeanwhile(table, bucket.address);
  if (found.size < 0) return null;
  const size = Math.min(found.size, MOST_TABLE);
  const name = `${DAMAGED}/${pack}.${uniqueName()}`;
  const open = (start: number) => (start < size ? bucket.get(table, { start, end: size, of: found.size }) : []);
  await putOwnSource(bucket, name, { size, open });
  return name;
}
