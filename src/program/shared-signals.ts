/** The signals that reach mvgit, for many programs that run at once. */
import type { Stop, TakeSignals } from "../base/stop-signals.ts";

/** Each program hears what any of them hears, also what came before it was started. */
export class SharedSignals {
  readonly #listeners = new Set<(signal: Stop) => void>();
  readonly release: () => void;
  /** The first signal; null before one came. */
  stopped: Stop | null = null;

  constructor(take: TakeSignals) {
    this.release = take((signal) => {
      this.stopped ??= signal;
      for (const listener of this.#listeners) listener(signal);
    });
  }

  readonly take: TakeSignals = (listener) => {
    this.#listeners.add(listener);
    // One that came before this program was there is for it as well.
    if (this.stopped !== null) listener(this.stopped);
    return () => void this.#listeners.delete(listener);
  };
}
