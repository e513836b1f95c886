/** What headers say of an object. */
import type { IncomingHttpHeaders } from "node:http";
import type { ObjectStat } from "../../bucket.ts";
import { type Purpose, unusable } from "../../cloud/failures.ts";

/** Where mvgit keeps the CRC32C of the whole object: the service itself knows no sum of what it puts together. */
export const SUM_HEADER = "x-ms-meta-crc32c";

/** As `If-Match` quotes it, and listings do not. */
export function versionIn(etag: unknown): string | null {
  return typeof etag === "string" ? (/^"?([A-Za-z0-9+/=_:.-]{1,100})"?$/.exec(etag)?.[1] ?? null) : null;
}

export function sumIn(headers: IncomingHttpHeaders | Readonly<Record<string, unknown>>): string | null {
  const text = headers[SUM_HEADER];
  return typeof text === "string" && /^[A-Za-z0-9+/]{6}==$/.test(text) ? text : null;
}

/**
 * `created`: when it was last modified. An object is never changed, so that is when it was made; of one that somebody
 * gave other metadata it is later, and gc waits the longer.
 *
 * Throws `remote-unavailable` for a description that lacks what an object has.
 */
export function statOf(
  facts: { size: unknown; etag: unknown; created: unknown; isFolder: boolean },
  purpose: Purpose,
): ObjectStat {
  const version = versionIn(facts.etag);
  const created = Date.parse(String(facts.created));
  const size = /^\d{1,16}$/.test(String(facts.size)) ? Number(facts.size) : Number.NaN;
  if (version === null || Number.isNaN(created) || !Number.isSafeInteger(size))
    throw unusable("described an object without its size, ETag or time", purpose);
  return { size: facts.isFolder ? -1 : size, version, created };
}

export function statOfHeaders(headers: Readonly<Record<string, unknown>>, purpose: Purpose): ObjectStat {
  return statOf(
    {
      size: headers["content-length"],
      etag: headers["etag"],
      created: headers["last-modified"],
      isFolder: headers["x-ms-resource-type"] === "directory" || headers["x-ms-meta-hdi_isfolder"] === "true",
    },
    purpose,
  );
}
