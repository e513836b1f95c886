/** One piece of work with a cloud, tried again where that can help. */
import type { Clock } from "../../base/clock.ts";
import { isMvgitError } from "../../base/errors.ts";
import { Backoff, type RetryPolicy } from "../../base/retry.ts";
import type { Reply, Verdict } from "./verdict.ts";

export interface TryOptions {
  clock: Clock;
  signal: AbortSignal;
  retry: RetryPolicy;
  /** What an answer that is no success means. */
  judge(reply: Reply): Verdict;
  /** Makes the next request sign in anew. */
  renew(): Promise<void>;
}

/**
 * The tries of one piece of work: renews the sign-in once, else waits and counts. Throws what the last try met, or the
 * signal's reason.
 */
export class Tries {
  readonly #options: TryOptions;
  readonly #backoff: Backoff;
  #renewed = false;
  /** What `after` threw: no other try is made for it, by whichever way it comes back here. */
  #last: unknown = null;

  constructor(options: TryOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock, options.signal, options.retry);
  }

  /** Runs one try: null when it failed in a way that another may not, after the wait. Throws all else. */
  async catching<T>(attempt: () => Promise<T>): Promise<T | null> {
    try {
      return await attempt();
    } catch (error) {
      await this.failed(error);
      return null;
    }
  }

  /** Waits after what another try may mend; throws all else. */
  async failed(error: unknown): Promise<void> {
    const isOver = error === this.#last;
    if (isOver || (!isMvgitError(error, "remote-unavailable") && !isMvgitError(error, "remote-stalled"))) throw error;
    await this.#backoff.wait(error);
  }

  /** Waits, or renews the sign-in, after an answer that is no success; throws when another try cannot help. */
  async after(reply: Reply): Promise<void> {
    const { failure, again, signInAgain, afterMs } = this.#options.judge(reply);
    if (signInAgain && !this.#renewed) {
      this.#renewed = true;
      return this.#options.renew();
    }
    if (!again) throw (this.#last = failure);
    await this.#backoff.wait(failure, afterMs);
  }

  /** Throws the signal's reason once it is aborted: for work that goes on with what it has. */
  throwIfStopped(): void {
    this.#options.signal.throwIfAborted();
  }

  /** The work got on: counting starts anew. */
  progressed(): void {
    this.#renewed = false;
    this.#backoff.progressed();
  }
}
