/** From the signals of a terminal or a system to the end of this process. */
import { setMaxListeners } from "node:events";
import { constants } from "node:os";
import process from "node:process";
import { monotonicNow, systemClock } from "./clock.ts";
import { EXIT, MvgitError } from "./errors.ts";
import { endHelpers, stopOn } from "./stop.ts";

/** Those that ask for an orderly end. */
export type Stop = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Gives the signals that reach mvgit to a listener instead, until the answered function is called. */
export type TakeSignals = (listener: (signal: Stop) => void) => () => void;

const STOPS: readonly Stop[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Milliseconds that work may take to end in order; then it is left where it is, as by a kill, which every state on the
 * disk allows for.
 */
const PATIENCE = 400;

/** Milliseconds in which a second signal is the first once more: `timeout` signals its child and then its group. */
const ONE_PRESS = 100;

export interface StopSignals {
  /** Aborted with `interrupted` at the first signal. */
  signal: AbortSignal;
  signals: TakeSignals;
  /** Ends the process if it was asked to stop, whatever is still under way. */
  leave(status: number): Promise<void>;
}

/**
 * Listens from now on. The first signal aborts; a second one ends the process at once. While a program of the user's
 * runs, its listener gets them all.
 */
export function stopSignals(): StopSignals {
  const controller = new AbortController();
  // Every transfer under way listens, and many are.
  setMaxListeners(0, controller.signal);
  stopOn(controller.signal);
  let listener: ((name: Stop) => void) | null = null;
  let first: Stop | null = null;
  let since = 0;
  const stop = (name: Stop): void => {
    if (listener) return listener(name);
    if (first !== null)
      return monotonicNow() - since < ONE_PRESS ? undefined : void leaveAtOnce(name, statusOfStop(name));
    first = name;
    since = monotonicNow();
    controller.abort(stoppedBy(name));
  };
  for (const name of STOPS) process.on(name, stop as (name: NodeJS.Signals) => void);
  const signals: TakeSignals = (taker) => {
    listener = taker;
    return () => {
      listener = null;
    };
  };
  return {
    signal: controller.signal,
    signals,
    leave: async (status) => (first === null ? undefined : leaveAtOnce(first, status)),
  };
}

/** The exit status that a shell tells of a program ended by this signal. */
export function statusOfStop(name: Stop): number {
  return 128 + (constants.signals[name] ?? EXIT.interrupted - 128);
}

/** The reason that work ends with. */
export function stoppedBy(name: Stop): MvgitError {
  return new MvgitError("interrupted", `stopped by ${name}`, {
    hint: "run the same command again to finish",
    status: statusOfStop(name),
  });
}

/**
 * Node waits for these before it ends, and nothing cuts them: reads and writes are over soon, a flush or a look for a
 * host's address may not be.
 */
const UNCUT = /^(FSReq|GetAddrInfo|GetNameInfo)/;
/** Milliseconds for those that are over soon. */
const SOON = 100;

/** The end of the process, whatever is still under way. */
async function leaveAtOnce(name: Stop, status: number): Promise<void> {
  endHelpers();
  for (let waited = 0; waited < SOON && isUncut(); waited += 10) await systemClock.sleep(10);
  if (isUncut()) {
    // A shell tells the same status of this.
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  }
  process.exit(status);
}

function isUncut(): boolean {
  return process.getActiveResourcesInfo().some((each) => UNCUT.test(each));
}

/**
 * As the work ends, but when the signal came and it did not end soon: then rejects with the signal's reason, and the
 * work is left behind.
 */
export async function leftWhenStopped<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  work.catch(() => {});
  let timer: NodeJS.Timeout | null = null;
  let begin = (): void => {};
  const late = new Promise<never>((_, reject) => {
    begin = () => {
      timer = setTimeout(() => reject(signal.reason), PATIENCE);
    };
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener("abort", begin);
    if (timer !== null) clearTimeout(timer);
  }
}
