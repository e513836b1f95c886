/** A limit for what knows neither a limit nor a signal: a vendor's client. */
import type { Clock } from "../../base/clock.ts";
import type { MvgitError } from "../../base/errors.ts";
import { outsideCurrentFolder } from "../../base/search-path.ts";

export interface Limit {
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds. */
  ms: number;
  /** What is thrown when they are over. */
  late(): MvgitError;
}

/**
 * The answer. It may come from a program, which is never one of the current folder: that may be a repository. Throws
 * what the question throws, `late()`, or the signal's reason.
 */
export async function withinLimit<T>(question: () => Promise<T>, { clock, signal, ms, late }: Limit): Promise<T> {
  const settled = new AbortController();
  const limit = clock.sleep(ms, AbortSignal.any([signal, settled.signal])).then(() => {
    throw late();
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([outsideCurrentFolder(question), limit]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    settled.abort();
  }
}
