/**
 * Places a fault at any step that changes the disk, so that tests can kill the process, or fail a call, there.
 *
 * A plan is `kill@N`, `CODE@N` (`ENOSPC@12`: the call fails with that system code), or `count@0`. N counts steps of the
 * whole process, worker threads included, from 1. Without a plan a step costs one comparison.
 */
import { kill, pid } from "node:process";

interface Plan {
  action: string;
  at: number;
  /** Shared with worker threads, so that steps have one order. */
  counter: Int32Array;
}

let plan: Plan | null = null;

/** Takes a plan's text; `shared` continues the count of another thread. */
export function planFaults(text: string, shared = new SharedArrayBuffer(4)): void {
  const [action = "", at = "0"] = text.split("@");
  plan = { action, at: Number(at), counter: new Int32Array(shared) };
}

/** What a worker thread needs to take part in the plan, or null without one. */
export function faultsForWorker(): { text: string; shared: SharedArrayBuffer } | null {
  return plan && { text: `${plan.action}@${plan.at}`, shared: plan.counter.buffer as SharedArrayBuffer };
}

/** How many steps were made so far. */
export function faultSteps(): number {
  return plan?.counter[0] ?? 0;
}

/** Called before each change of the disk, named for a reader of a failing test. */
export function step(name: string, path: string): void {
  if (plan === null) return;
  const count = Atomics.add(plan.counter, 0, 1) + 1;
  if (count !== plan.at) return;
  if (plan.action === "kill") kill(pid, "SIGKILL");
  if (plan.action === "count") return;
  throw Object.assign(new Error(`${plan.action}: planned at ${name} '${path}'`), { code: plan.action });
}
