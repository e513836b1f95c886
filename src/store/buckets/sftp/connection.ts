/** The connection to a server: made when it is needed, made anew when it was lost. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../../base/clock.ts";
import { Backoff, CLOUD_RETRY, type RetryPolicy } from "../../../base/retry.ts";
import { throwIfStopped } from "../../../base/stop.ts";
import { INACTIVITY } from "../../../base/times.ts";
import type { Talk } from "../../../program/talk.ts";
import { SftpClient } from "./client.ts";
import { connectionEnded, Lost, type Where } from "./failures.ts";

export interface ConnectionOptions extends Where {
  /** Starts what speaks SFTP. Throws `not-supported` where there is no such program. */
  start(): Talk;
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds without a byte that end a connection; 60,000 when absent. */
  inactivityMs?: number;
  retry?: RetryPolicy;
}

/** Tries of one piece of work, which tells when it got on. */
export interface Tries {
  progressed(): void;
}

/** A host that was never reached is likely a mistyped one. */
const FIRST_TRIES = 3;

/** Throws what `ssh` gives reason for, and the signal's reason. */
export class Connection {
  readonly where: Where;
  readonly clock: Clock;
  readonly #options: ConnectionOptions;
  #client: SftpClient | null = null;
  #connecting: Promise<SftpClient> | null = null;
  #wasReached = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.where = { address: options.address, place: options.place };
    this.clock = options.clock;
    // One for each that waits after a loss, and for each bucket.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener("abort", () => this.#client?.close());
  }

  /**
   * Does some work, and once more from its beginning, on a new connection, each time that one is lost. Throws the
   * signal's reason, or what the last try met.
   */
  async use<T>(work: (client: SftpClient, tries: Tries) => Promise<T>): Promise<T> {
    const tries = this.tries();
    for (;;) {
      try {
        return await work(await this.client(), tries);
      } catch (error) {
        await this.lost(error, tries);
      }
    }
  }

  /** For who goes on by itself after a loss. */
  tries(): Backoff {
    const { clock, signal, retry = CLOUD_RETRY } = this.#options;
    const tries = this.#wasReached ? retry.tries : Math.min(retry.tries, FIRST_TRIES);
    return new Backoff(clock, signal, { ...retry, tries });
  }

  /** Waits after a lost connection; throws all else. */
  async lost(error: unknown, tries: Tries): Promise<void> {
    this.throwIfStopped();
    if (!(error instanceof Lost)) throw error;
    await (tries as Backoff).wait(error);
  }

  /** The connection, made where there is none. */
  async client(): Promise<SftpClient> {
    this.throwIfStopped();
    if (this.#client && !this.#client.isOver) return this.#client;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = null));
    return this.#connecting;
  }

  throwIfStopped(): void {
    this.#options.signal.throwIfAborted();
    throwIfStopped();
  }

  async #connect(): Promise<SftpClient> {
    const { start, inactivityMs = INACTIVITY } = this.#options;
    const talk = start();
    this.#client = await SftpClient.connect(talk, {
      inactivityMs,
      failure: (ending) => connectionEnded(ending, talk.words(), this.where),
    });
    this.#wasReached = true;
    return this.#client;
  }
}
