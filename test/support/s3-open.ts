/** Opens an `s3://` bucket on a test server: nobody's environment, waits that take no time. */
import type { InspectableBucket } from "../../src/store/bucket.ts";
import { openS3, type S3Options } from "../../src/store/buckets/s3/bucket.ts";
import { S3ServerInMemory } from "./s3-server.ts";
import { S3_KEYS } from "./versitygw.ts";
import { WaitlessClock } from "./watch.ts";

/** `s3://bucket/team/store`, unless `more` says otherwise. The clock is years ahead of the server's. */
export function openS3On(url: string, more: Partial<S3Options> = {}): Promise<InspectableBucket> {
  return openS3({
    bucket: "bucket",
    prefix: "team/store",
    env: { ...S3_KEYS, AWS_REGION: "us-east-1" },
    endpoint: url,
    clock: new WaitlessClock(),
    signal: new AbortController().signal,
    warn: (text) => {
      throw new Error(`warned: ${text}`);
    },
    ...more,
  });
}

/** A server in memory that knows the keys of `openS3On`. */
export async function startS3(): Promise<S3ServerInMemory> {
  const server = new S3ServerInMemory();
  server.keys.set(S3_KEYS.AWS_ACCESS_KEY_ID, S3_KEYS.AWS_SECRET_ACCESS_KEY);
  return server.start();
}
