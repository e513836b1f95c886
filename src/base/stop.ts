/**
 * The wish of the user, or the system, that this process ends: one for the whole process, so that whatever reads, waits
 * or starts another program can keep to it without being told. Who gives it is `base/stop-signals.ts`.
 */
import type { ChildProcess } from "node:child_process";
import { monotonicNow } from "./clock.ts";

/**
 * How long work may go on without a turn of the event loop, in which signals are heard and progress is drawn:
 * milliseconds.
 */
const BREATH = 50;

let stopping: AbortSignal | null = null;
let lastTurn = 0;
/** Programs that mvgit started for itself, and that are of no use without it. */
const helpers = new Map<ChildProcess, () => void>();

/** From now on this signal is what stops the process. Null: nothing does. */
export function stopOn(signal: AbortSignal | null): void {
  stopping?.removeEventListener("abort", endHelpers);
  stopping = signal;
  signal?.addEventListener("abort", endHelpers, { once: true });
}

/** Throws the reason when the process is to end. To be called between two portions of long work. */
export function throwIfStopped(): void {
  stopping?.throwIfAborted();
}

/**
 * Waits for work that nothing can cut, as a flush by another program: what is to stop does not wait any longer, and
 * leaves it behind.
 */
export async function unlessStopped<R>(work: Promise<R>): Promise<R> {
  const signal = stopping;
  if (signal === null) return work;
  work.catch(() => {});
  let leave = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/** Waits for the wish to end, for what goes on until then. */
export function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Between two pieces of work that may never wait for anything: lets the event loop have a turn when it is due, and
 * throws as `throwIfStopped`.
 */
export async function breathe(): Promise<void> {
  const now = monotonicNow();
  if (now - lastTurn < BREATH) return;
  lastTurn = now;
  await new Promise((resolve) => setImmediate(resolve));
  lastTurn = monotonicNow();
  throwIfStopped();
}

/**
 * A program that is to end when this process is to. `end`: how it is told, where a SIGTERM to it alone is not enough.
 */
export function helper<C extends ChildProcess>(child: C, end: () => void = () => void child.kill("SIGTERM")): C {
  helpers.set(child, end);
  child.once("exit", () => helpers.delete(child)).once("error", () => helpers.delete(child));
  return child;
}

/** Tells them all to end; what they leave is what a kill leaves. */
export function endHelpers(): void {
  for (const end of helpers.values()) end();
}
