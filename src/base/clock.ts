/** The only place that reads the time and draws random bytes; both can be given from outside. */

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** Milliseconds. */
export const DAY = 24 * 3600 * 1000;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      function stop(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
      signal?.addEventListener("abort", stop, { once: true });
    }),
  random: () => Math.random(),
};

let thisThread: string | undefined;
let namesGiven = 0;

/** A name that no other process or thread uses now: hex characters. */
export function uniqueName(): string {
  // Not from node:crypto, which takes longer to load than a small command runs; and once, since names are given by the thousand.
  thisThread ??= Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(8))).toString("hex");
  return thisThread + (namesGiven++).toString(16);
}
