/** The only place that reads the time and draws random bytes; both can be given from outside. */

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

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

/** Milliseconds from some moment on, which nobody sets back or forward; they stand still while the system sleeps. */
export function monotonicNow(): number {
  return performance.now();
}

let lastName: bigint | undefined;

/** A name that no other process or thread uses now: 16 hex characters. */
export function uniqueName(): string {
  // Drawn once, since names are given by the thousand; and not from node:crypto, which loads longer than a small
  // command runs.
  lastName ??= globalThis.crypto.getRandomValues(new BigUint64Array(1))[0] as bigint;
  lastName = BigInt.asUintN(64, lastName + 1n);
  return lastName.toString(16).padStart(16, "0");
}

/** Eight hexadecimal digits that have nothing to do with those before, for what people tell apart by its first few. */
export function drawnId(): string {
  return (globalThis.crypto.getRandomValues(new Uint32Array(1))[0] as number).toString(16).padStart(8, "0");
}
