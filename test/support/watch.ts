/** A `Watch` made for tests: what it was told is kept, the clock is given, and there is no terminal. */
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { MvgitError } from "../../src/base/errors.ts";
import type { Watch } from "../../src/base/watch.ts";

export interface TestWatch extends Watch {
  /** Notes as they were told, and warnings behind `warning: `, in their order. */
  readonly told: string[];
  /** What was told of progress: labels of tasks in their order, and all bytes and files together. */
  readonly done: { tasks: string[]; bytes: number; files: number };
  /** As the user's Ctrl-C: aborts with `interrupted`. */
  stop(): void;
}

/** Makes one, with the system's clock unless another is given. */
export function testWatch(clock: Clock = systemClock): TestWatch {
  const ending = new AbortController();
  const told: string[] = [];
  const done: TestWatch["done"] = { tasks: [], bytes: 0, files: 0 };
  const task = {
    advance(bytes: number, files = 0) {
      done.bytes += bytes;
      done.files += files;
    },
    expect() {},
    done() {},
  };
  return {
    told,
    done,
    clock,
    signal: ending.signal,
    progress: {
      task(label) {
        done.tasks.push(label);
        return task;
      },
    },
    note: (text) => void told.push(text),
    warn: (text) => void told.push(`warning: ${text}`),
    stop: () => ending.abort(new MvgitError("interrupted", "stopped by the test")),
  };
}

/** A clock on which waits take no time and pass it. */
export class WaitlessClock implements Clock {
  /** Milliseconds of every wait so far. */
  readonly waits: number[] = [];
  #now: number;

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    this.#now += ms;
    await systemClock.sleep(0, signal);
  }

  random(): number {
    return 0.5;
  }
}
