/** How long to wait before something is tried again, and when to give up. */
import type { Clock } from "./clock.ts";
import type { MvgitError } from "./errors.ts";
import { NO_PROGRESS } from "./times.ts";

export interface RetryPolicy {
  /** Tries without progress in between, the first one included. */
  tries: number;
  /** Milliseconds without progress after which no further try is made. */
  totalMs: number;
  /** The first wait is drawn from 0 to this many milliseconds; the bound doubles with each try. */
  baseMs: number;
  /** The bound of a single wait, also of one that the other side asks for. */
  capMs: number;
}

/** What fits a cloud: rides out a minute of trouble, gives up before people do. */
export const CLOUD_RETRY: RetryPolicy = { tries: 8, totalMs: NO_PROGRESS, baseMs: 500, capMs: 32_000 };

/** The same where another place may have it too: a few seconds, and that one is asked. */
export const IMPATIENT_RETRY: RetryPolicy = { ...CLOUD_RETRY, tries: 4, capMs: 4_000 };

/** Counts failures of one piece of work; full jitter, so that many clients do not come back together. */
export class Backoff {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #policy: RetryPolicy;
  #failures = 0;
  #since: number;

  constructor(clock: Clock, signal: AbortSignal, policy: RetryPolicy) {
    this.#clock = clock;
    this.#signal = signal;
    this.#policy = policy;
    this.#since = clock.now();
  }

  /** Tells that the last try brought the work on, so that counting starts anew. */
  progressed(): void {
    this.#failures = 0;
    this.#since = this.#clock.now();
  }

  /**
   * Waits before the next try, at least `afterMs` (capped) where the other side named a time. Throws `failure` when
   * tries or time are used up, the signal's reason when it is aborted.
   */
  async wait(failure: MvgitError, afterMs = 0): Promise<void> {
    this.#signal.throwIfAborted();
    this.#failures++;
    const bound = Math.min(this.#policy.capMs, this.#policy.baseMs * 2 ** (this.#failures - 1));
    const ms = Math.max(this.#clock.random() * bound, Math.min(afterMs, this.#policy.capMs));
    const elapsed = this.#clock.now() - this.#since;
    if (this.#failures >= this.#policy.tries || elapsed + ms > this.#policy.totalMs) throw failure;
    await this.#clock.sleep(ms, this.#signal);
  }
}
