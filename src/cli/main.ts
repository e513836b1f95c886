/**
 * The entry of the command line. It, the entry of hooks, and what listens to signals for both (`base/stop-signals.ts`)
 * are all that touches the process; `test/architecture/claims.test.ts` holds this.
 */
import process from "node:process";
import { EXIT } from "../base/errors.ts";
import { planFaults } from "../base/faults.ts";
import { currentFolder } from "../base/current-folder.ts";
import { keepHeapSmall } from "../base/heap.ts";
import { checkLockOrder } from "../base/lock-order.ts";
import { dropVoid } from "../base/own-variables.ts";
import { stopSignals } from "../base/stop-signals.ts";
import { Output } from "./output.ts";
import { runCommandLine } from "./run.ts";
import { LOCK_ORDER } from "../values/own-files.ts";

/** Runs one command line and leaves its exit status in `process.exitCode`. */
export async function main(argv: string[]): Promise<void> {
  if (process.env["MVGIT_CHECK_LOCKS"]) checkLockOrder(LOCK_ORDER);
  if (process.env["MVGIT_FAULT"]) planFaults(process.env["MVGIT_FAULT"]);
  // What a library tells its programmers ("MetadataLookupWarning") is nothing that a user can act on; what failed is
  // told as an error.
  process.removeAllListeners("warning");
  // If all work should vanish without an end, the process must not look as if it had succeeded.
  process.exitCode = EXIT.bug;
  dropVoid(process.env);
  keepHeapSmall();
  const { stdout, stderr } = process;
  const { signal, signals, leave } = stopSignals();
  const status = await runCommandLine(argv, {
    get cwd() {
      return currentFolder();
    },
    env: process.env,
    stdout: new Output(stdout, 1),
    stderr: new Output(stderr, 2),
    // Opened only when a command reads it: a program that 'run' starts gets it untouched.
    get stdin() {
      return process.stdin;
    },
    stdoutColumns: stdout.isTTY ? stdout.columns : null,
    stdoutRows: stdout.isTTY ? stdout.rows : undefined,
    stderrColumns: () => (stderr.isTTY ? stderr.columns : null),
    signal,
    signals,
  });
  process.exitCode = status;
  // What was left behind is not waited for.
  await leave(status);
}
