/** Opens what a test's web server serves: nobody's environment, waits that take no time. */
import type { Clock } from "../../src/base/clock.ts";
import type { OpenedBucket } from "../../src/store/bucket.ts";
import { type HttpOptions, openHttp } from "../../src/store/buckets/http/bucket.ts";
import { testWatch, WaitlessClock } from "./watch.ts";

export function openOnWeb(
  address: string,
  { signal, clock = new WaitlessClock(), ...more }: Partial<HttpOptions> & { signal?: AbortSignal; clock?: Clock } = {},
): OpenedBucket {
  const watch = testWatch(clock);
  return openHttp({ address, env: {}, watch: signal === undefined ? watch : { ...watch, signal }, ...more });
}
