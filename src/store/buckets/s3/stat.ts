/** What S3 says of an object: size, version, time, sums. */
import { SECOND } from "../../../base/times.ts";
import type { ObjectStat } from "../../bucket.ts";
import { type Purpose, unusable } from "../../cloud/failures.ts";
import type { Reply } from "../../cloud/verdict.ts";

/**
 * A version is an entity tag and the second in which the object was made: a tag alone is the same for the same bytes,
 * and who deletes means an object of a certain age.
 */
function versionOf(tag: string, created: number): string {
  return `${tag} ${created / SECOND}`;
}

/** Of which `tag` is the object as it is asked for. */
export function tagOf(version: string): string {
  return version.replace(/ \d+$/, "");
}

/** As one of these says it. Throws `remote-unavailable` for a description that lacks what an object has. */
export function statOf(said: { size: unknown; tag: unknown; time: unknown }, purpose: Purpose): ObjectStat {
  const size = Number(said.size ?? Number.NaN);
  const tag = tagIn(said.tag);
  const created = Math.floor(Date.parse(String(said.time)) / SECOND) * SECOND;
  if (Number.isSafeInteger(size) && size >= 0 && tag !== null && !Number.isNaN(created))
    return { size, version: versionOf(tag, created), created };
  throw unusable("described an object without its size, tag or time", purpose);
}

export function statIn(headers: Reply["headers"], purpose: Purpose): ObjectStat {
  return statOf({ size: headers["content-length"], tag: headers["etag"], time: headers["last-modified"] }, purpose);
}

/** An entity tag without its quotes; null for what is none. */
export function tagIn(text: unknown): string | null {
  return /^"?([\x21\x23-\x7e]{1,200}?)"?$/.exec(String(text ?? ""))?.[1] ?? null;
}

/** CRC32C of the whole object as `crcText` writes it; null where the service tells none, or that of its parts. */
export function sumIn(headers: Reply["headers"]): string | null {
  const sum = headers["x-amz-checksum-crc32c"];
  const isOfParts = headers["x-amz-checksum-type"] === "COMPOSITE";
  return typeof sum === "string" && !isOfParts && /^[A-Za-z0-9+/]{6}==$/.test(sum) ? sum : null;
}
