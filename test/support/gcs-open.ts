/** Opens a `gs://` bucket on a test server: nobody's environment, waits that take no time. */
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { CLOUD_RETRY } from "../../src/base/retry.ts";
import type { InspectableBucket } from "../../src/store/bucket.ts";
import { type GcsOptions, openGcs } from "../../src/store/buckets/gcs/bucket.ts";

/** Remembers the waits between tries instead of waiting; time passes by them. */
export class WaitlessClock implements Clock {
  readonly waits: number[] = [];
  #now = 1_800_000_000_000;

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    this.#now += ms;
    await systemClock.sleep(0, signal);
  }

  random(): number {
    return 0.5;
  }
}

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
