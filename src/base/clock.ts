/**
 * The only place that reads the time and draws what is random. Who tells a time, or lets one decide, takes a `Clock`,
 * which can be given from outside; `test/architecture/claims.test.ts` holds the first.
 */

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`, or after 24 days where that is more, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** A timer that is set for longer ends at once. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
        Math.min(ms, LONGEST),
      );
      function stop(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
      signal?.addEventListener("abort", stop, { once: true });
    }),
  random: () => Math.random(),
};

/** Milliseconds from some moment on, which nobody sets back or forward; they stand still while the system sleeps. */
export function monotonicNow(): number {
  return performance.now();
}

let lastName: bigint | undefined;

/** A name that no other process or thread uses now: 16 hex characters. */
export function uniqueName(): string {
  // Drawn once, since names are given by the thousand.
  lastName ??= randomBytes(8).readBigUInt64BE();
  lastName = BigInt.asUintN(64, lastName + 1n);
  return lastName.toString(16).padStart(16, "0");
}

/** Eight hexadecimal digits that have nothing to do with those before, for what people tell apart by its first few. */
export function drawnId(): string {
  return randomBytes(4).toString("hex");
}

/** So many bytes that nobody can guess. Not from node:crypto, which loads longer than a small command runs. */
export function randomBytes(count: number): Buffer {
  return Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(count)));
}
