/** `s3://BUCKET/PREFIX` as users write it. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import { isPrefix, PREFIX_RULE } from "../../cloud/prefix.ts";

export interface S3Place {
  bucket: string;
  /** Without a slash at either end; "" for the whole bucket. */
  prefix: string;
}

/** Amazon's rules, which are the strictest: 3 to 63 characters. */
const BUCKET = /^[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9])){1,61}[a-z0-9]$/;
/** A directory bucket speaks another dialect: sessions, no order, no sums of whole objects. */
const DIRECTORY_BUCKET = /--x-s3$/;

/** Throws `usage` for what is not the address of a bucket, with or without a prefix. */
export function parseS3Url(url: string): S3Place {
  const [, bucket = "", rest = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/su.exec(url) ?? [];
  const prefix = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (!BUCKET.test(bucket)) throw refused(url, "a bucket has 3 to 63 lower-case letters, digits, '-' and '.'");
  if (DIRECTORY_BUCKET.test(bucket))
    throw refused(url, "a general purpose bucket is needed, and this is a directory bucket");
  if (!isPrefix(prefix)) throw refused(url, PREFIX_RULE);
  return { bucket, prefix };
}

/** The address in its one spelling. */
export function s3Address({ bucket, prefix }: S3Place): string {
  return prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}

function refused(url: string, rule: string): MvgitError {
  return new MvgitError("usage", `'${showAddress(url)}' is not the address of a bucket`, {
    subject: showAddress(url),
    hint: `write 's3://BUCKET/PREFIX': ${rule}`,
  });
}
