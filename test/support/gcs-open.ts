/** Opens a `gs://` bucket on a test server: nobody's environment, waits that take no time. */
import { CLOUD_RETRY } from "../../src/base/retry.ts";
import type { InspectableBucket } from "../../src/store/bucket.ts";
import { type GcsOptions, openGcs } from "../../src/store/buckets/gcs/bucket.ts";
import { WaitlessClock } from "./watch.ts";

/** `gs://bucket/team/store`, unless `more` says otherwise. */
export function openOn(url: string, more: Partial<GcsOptions> = {}): Promise<InspectableBucket> {
  return openGcs({
    bucket: "bucket",
    prefix: "team/store",
    env: { STORAGE_EMULATOR_HOST: url },
    clock: new WaitlessClock(),
    signal: new AbortController().signal,
    retry: CLOUD_RETRY,
    ...more,
  });
}
