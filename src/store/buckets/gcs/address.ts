/** `gs://BUCKET/PREFIX` as users write it, and the same in the terms of the JSON API. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import { isPrefix, PREFIX_RULE } from "../../cloud/prefix.ts";

export interface GcsPlace {
  bucket: string;
  /** Without a slash at either end; "" for the whole bucket. */
  prefix: string;
}

/** Google's rules: 3 to 63 characters, or dotted parts of at most 63 and 222 in all. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/** Throws `usage` for what is not the address of a bucket, with or without a prefix. */
export function parseGcsUrl(url: string): GcsPlace {
  const [, bucket = "", rest = ""] = /^gs:\/\/([^/]*)(?:\/(.*))?$/su.exec(url) ?? [];
  const prefix = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (!isBucket(bucket)) throw refused(url, "a bucket has 3 to 63 lower-case letters, digits, '-', '_' and '.'");
  if (!isPrefix(prefix)) throw refused(url, PREFIX_RULE);
  return { bucket, prefix };
}

/** The address in its one spelling. */
export function gcsAddress({ bucket, prefix }: GcsPlace): string {
  return prefix === "" ? `gs://${bucket}` : `gs://${bucket}/${prefix}`;
}

function isBucket(bucket: string): boolean {
  return BUCKET.test(bucket) && !bucket.includes("..") && bucket.split(".").every((part) => part.length <= 63);
}

function refused(url: string, rule: string): MvgitError {
  return new MvgitError("usage", `'${showAddress(url)}' is not the address of a bucket`, {
    subject: showAddress(url),
    hint: `write 'gs://BUCKET/PREFIX': ${rule}`,
  });
}
