/** A range of no bytes, for which no request gives any: whether the object reaches so far. */
import { plural } from "../../base/counts.ts";
import type { ObjectRange, ReadableBucket } from "../bucket.ts";
import { objectMissing, type Purpose, wrongBytes } from "./failures.ts";

/** Throws as `get` does for a range that the object does not have. */
export async function mustReach(
  bucket: Pick<ReadableBucket, "address" | "head">,
  name: string,
  { range: { end, of }, purpose }: { range: ObjectRange; purpose: Purpose },
): Promise<void> {
  const found = await bucket.head(name);
  if (found === null) throw objectMissing(name, bucket.address);
  if (end > found.size || (of ?? found.size) !== found.size)
    throw wrongBytes(`has only ${plural(found.size, "byte")} of it`, purpose);
}
