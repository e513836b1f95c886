/**
 * Places something at steps that change the disk, so that tests can kill the process, fail a call, or do something of
 * their own, there.
 *
 * A plan is `kill@N`, `CODE@N` (`ENOSPC@12`: the call fails with that system code), `count@0`, or `run@WHERE:COMMAND`:
 * a command of the shell's that the process waits for and then goes on. N counts steps of the whole process, worker
 * threads included, from 1; WHERE is an N, a step's name (`rename`), or `*`. The command is told the step by
 * `MVGIT_STEP`, `MVGIT_STEP_NAME` and `MVGIT_STEP_PATH`, and no plan. Without a plan a step costs one comparison.
 */
import * as fs from "node:fs";
import process, { kill, pid } from "node:process";

interface Plan {
  text: string;
  action: string;
  /** The step's number; 0 for every step that `name` fits. */
  at: number;
  /** Null: a step of any name. */
  name: string | null;
  command: string;
  /** Shared with worker threads, so that steps have one order. */
  counter: Int32Array;
}

let plan: Plan | null = null;
let guard: ((isUrgent: boolean) => void) | null = null;

/**
 * Called before each step, null for nobody: what it throws stops the step. `isUrgent`: nothing that was seen before
 * counts.
 */
export function guardSteps(check: ((isUrgent: boolean) => void) | null): void {
  guard = check;
}

/** Takes a plan's text; `shared` continues the count of another thread. */
export function planFaults(text: string, shared = new SharedArrayBuffer(4)): void {
  const [, action = "", where = "0", command = ""] = /^([^@]*)@([^:]*):?(.*)$/s.exec(text) ?? [];
  const at = Number(where);
  plan = {
    text,
    action,
    at: at || 0,
    name: Number.isNaN(at) && where !== "*" ? where : null,
    command,
    counter: new Int32Array(shared),
  };
}

/** What a worker thread needs to take part in the plan, or null without one. */
export function faultsForWorker(): { text: string; shared: SharedArrayBuffer } | null {
  return plan && { text: plan.text, shared: plan.counter.buffer as SharedArrayBuffer };
}

/** Called before each change of the disk, named for a reader of a failing test. */
export function step(name: string, path: string): void {
  const wasMetByTest = plan !== null && follow(plan, name, path);
  if (guard !== null) guard(wasMetByTest);
}

/** True when a command of the test's ran. */
function follow({ action, at, name: wanted, command, counter }: Plan, name: string, path: string): boolean {
  const count = Atomics.add(counter, 0, 1) + 1;
  if (action === "run") {
    const isMeant = at === 0 ? wanted === null || wanted === name : at === count;
    if (isMeant) callBack(command, { count, name, path });
    return isMeant;
  }
  if (count !== at || action === "count") return false;
  if (action === "kill") kill(pid, "SIGKILL");
  throw Object.assign(new Error(`${action}: planned at ${name} '${path}'`), { code: action });
}

/** Throws what is no system error when the command fails: a test's own mistake must not pass for one of the disk's. */
function callBack(command: string, { count, name, path }: { count: number; name: string; path: string }): void {
  // A folder that is worked in by its handle has that name in this process alone.
  const shown = path.replace(/^\/proc\/self\/fd\/\d+/, (handle) => fs.realpathSync(handle));
  const env = { ...process.env, MVGIT_STEP: String(count), MVGIT_STEP_NAME: name, MVGIT_STEP_PATH: shown };
  const children = process.getBuiltinModule("node:child_process");
  const { status, stderr } = children.spawnSync(command, {
    shell: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...env, MVGIT_FAULT: "" },
  });
  if (status !== 0)
    throw new Error(`planned at ${name} '${path}': the command ended with ${status}: ${String(stderr)}`);
}
