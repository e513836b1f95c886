/** The entry of the command line; the only place that touches the process. */
import { setMaxListeners } from "node:events";
import process from "node:process";
import { EXIT, MvgitError } from "../base/errors.ts";
import { planFaults } from "../base/faults.ts";
import { currentFolder } from "../base/current-folder.ts";
import { Output } from "./output.ts";
import type { Stop, TakeSignals } from "../program/run-through.ts";
import { runCommandLine, type Surroundings } from "./run.ts";

/** Runs one command line and leaves its exit status in `process.exitCode`. */
export async function main(argv: string[]): Promise<void> {
  if (process.env["MVGIT_FAULT"]) planFaults(process.env["MVGIT_FAULT"]);
  // If all work should vanish without an end, the process must not look as if it had succeeded.
  process.exitCode = EXIT.bug;
  const { stdout, stderr } = process;
  process.exitCode = await runCommandLine(argv, {
    get cwd() {
      return currentFolder();
    },
    env: process.env,
    stdout: new Output(stdout),
    stderr: new Output(stderr),
    // Opened only when a command reads it: a program that 'run' starts gets it untouched.
    get stdin() {
      return process.stdin;
    },
    stdoutColumns: stdout.isTTY ? stdout.columns : null,
    stderrColumns: () => (stderr.isTTY ? stderr.columns : null),
    ...stopSignals(),
  });
}

/**
 * Aborts at the first signal, so that work can end in order; a second one ends the process at once. While a program of
 * the user's is run, its listener gets them all.
 */
function stopSignals(): Pick<Surroundings, "signal" | "signals"> {
  const controller = new AbortController();
  // Every transfer under way listens, and many are.
  setMaxListeners(0, controller.signal);
  let listener: ((name: Stop) => void) | null = null;
  const stop = (name: NodeJS.Signals): void => {
    if (listener) return listener(name as Stop);
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new MvgitError("interrupted", `stopped by ${name}`, { hint: "run the same command again to finish" }));
  };
  const hangUp = (): void => listener?.("SIGHUP");
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const signals: TakeSignals = (taker) => {
    listener = taker;
    process.on("SIGHUP", hangUp);
    return () => {
      listener = null;
      process.off("SIGHUP", hangUp);
    };
  };
  return { signal: controller.signal, signals };
}
