/** A limit for what knows neither a limit nor a signal: a vendor's client. */
import type { Clock } from "../../base/clock.ts";
import type { MvgitError } from "../../base/errors.ts";

export interface Limit {
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds. */
  ms: number;
  /** What is thrown when they are over. */
  late(): MvgitError;
}

/** The answer. Throws what the question throws, `late()`, or the signal's reason. */
export async function withinLimit<T>(question: () => Promise<T>, { clock, signal, ms, late }: Limit): Promise<T> {
  const settled = new AbortController();
  const limit = clock.sleep(ms, AbortSignal.any([signal, settled.signal])).then(() => {
    throw late();
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([question(), limit]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    settled.abort();
  }
}
