/** Objects whose names nobody else uses. */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import type { Bucket, ObjectName } from "../bucket.ts";
import { type BlobSource, bytesSource } from "../bytes.ts";

/** Writes an object of this process's own: other bytes under its name are what a cut upload left, and are replaced. */
export function putOwn(bucket: Bucket, name: ObjectName, bytes: Uint8Array): Promise<void> {
  return putOwnSource(bucket, name, bytesSource(bytes));
}

/** As `putOwn`, of bytes that are right for sure. */
export async function putOwnSource(bucket: Bucket, name: ObjectName, source: BlobSource): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const outcome = await bucket.putIfAbsent(name, source);
    if (typeof outcome === "string") return;
    try {
      await bucket.delete(name, outcome.found.version);
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw error;
    }
  }
  throw new MvgitError(
    "remote-unavailable",
    `cannot write '${name}': '${bucket.address}' keeps other bytes than were sent`,
    { subject: bucket.address },
  );
}
