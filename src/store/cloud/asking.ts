/** How one service is asked on behalf of a remote: in which words, how often, and what its refusals mean. */
import type { Clock } from "../../base/clock.ts";
import type { MvgitError } from "../../base/errors.ts";
import type { RetryPolicy } from "../../base/retry.ts";
import type { Purpose, ServiceWords } from "./failures.ts";
import { Tries } from "./tries.ts";
import type { Judging, Reply, Verdict } from "./verdict.ts";

/** What every driver of a cloud is opened with. */
export interface CloudOptions {
  /** The remote's address, for messages. */
  address: string;
  clock: Clock;
  signal: AbortSignal;
  retry: RetryPolicy;
  /** Milliseconds. */
  inactivityMs: number;
  /** Through which all requests go; null for none. */
  proxy: URL | null;
}

export interface AskingOptions extends Omit<CloudOptions, "inactivityMs" | "proxy"> {
  words: ServiceWords;
  /** What an answer that is no success means, read in the vendor's way. */
  judge(reply: Reply, judging: Judging): Verdict;
  /** Makes the next request sign in anew; absent where nobody signs in. */
  renew?(): Promise<void>;
}

/** Requests of one driver, whichever way it makes them. Throws what the last try met, and the signal's reason. */
export class Asking {
  readonly #options: AskingOptions;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** What a request is for, in messages. */
  purpose(action: string): Purpose {
    const { address, words } = this.#options;
    return { action, address, words };
  }

  /** The tries of one piece of work. */
  tries(action: string): Tries {
    const { clock, signal, retry, renew } = this.#options;
    return new Tries({
      clock,
      signal,
      retry,
      judge: (reply) => this.#judge(reply, action),
      renew: async () => renew?.(),
    });
  }

  /** What a refusal means, where no other try is to be made. */
  failure(reply: Reply, action: string): MvgitError {
    return this.#judge(reply, action).failure;
  }

  /** Asks until an answer comes that the caller accepts. Throws what the last try met. */
  async until<R extends Reply>(action: string, ask: () => Promise<R>, isAccepted: (reply: R) => boolean): Promise<R> {
    const tries = this.tries(action);
    for (;;) {
      const reply = await tries.catching(ask);
      if (reply === null) continue;
      if (isAccepted(reply)) return reply;
      await tries.after(reply);
    }
  }

  #judge(reply: Reply, action: string): Verdict {
    return this.#options.judge(reply, { purpose: this.purpose(action), now: this.#options.clock.now() });
  }
}
