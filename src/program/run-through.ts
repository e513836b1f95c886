/** Runs a program of the user's as if they had started it themselves: their terminal, their folder, their signals. */
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import * as fs from "node:fs";
import { constants } from "node:os";
import { pid } from "node:process";
import { isatty } from "node:tty";
import { MvgitError } from "../base/errors.ts";
import { whySystem } from "../base/system-errors.ts";
import type { Stop, TakeSignals } from "../base/stop-signals.ts";
import { display } from "../base/paths.ts";
import type { Environment } from "./find.ts";
import { Witness } from "./witness.ts";

export type { TakeSignals };

export interface Started {
  /** Absolute. */
  file: string;
  /** The name it is called by, then its arguments. */
  command: readonly string[];
  /** Absolute. */
  cwd: string;
  env: Environment;
  /** What it prints on stdout goes to stderr, where stdout is wanted for something else. */
  stdoutToStderr: boolean;
  /** Is given what the program prints on stdout, instead; the program is ended when it throws. */
  take?: (chunks: AsyncIterable<Uint8Array>) => Promise<void>;
  /** An open file that is given all that the program prints, instead of the terminal; it gets nothing on stdin then. */
  output?: number;
  /** Is told the program's process number once it runs. */
  onStart?: (pid: number) => void;
  signals: TakeSignals;
}

export interface Ended {
  /** As a shell tells it: the exit status, or 128 and the signal's number. */
  status: number;
  /** That ended the program; null when it ended by itself. */
  signal: string | null;
  /** The first signal that reached mvgit meanwhile. */
  stopped: Stop | null;
  /** How it ended, by its own words, as after "the command"; absent where it said nothing. */
  said?: string;
  /** What it has to say for the version. */
  notes?: readonly string[];
}

/**
 * Resolves when the program has ended, however often mvgit is signalled meanwhile: the program gets each signal once,
 * from whoever sent it to all, else from here. Throws `not-supported` when it cannot be started, and what `take` threw.
 */
export async function runThrough(started: Started): Promise<Ended> {
  const {
    file,
    command: [name = file, ...args],
    cwd,
    env,
    take,
    output,
  } = started;
  let stopped: Stop | null = null;
  let child: ChildProcess | null = null;
  const witness = Witness.start(env);
  const deciding = new Set<Stop>();
  const pass = async (signal: Stop): Promise<void> => {
    // Of `timeout`, which signals its child and then its group, this is the second time.
    if (deciding.has(signal)) return;
    deciding.add(signal);
    const isThere = (await witness?.heard(signal)) ?? reachesGroup(signal);
    deciding.delete(signal);
    if (!isThere) child?.kill(signal);
  };
  const release = started.signals((signal) => {
    stopped ??= signal;
    void pass(signal);
  });
  try {
    const stdout = take ? "pipe" : (output ?? (started.stdoutToStderr ? 2 : "inherit"));
    const stdio: StdioOptions = [output === undefined ? "inherit" : "ignore", stdout, output ?? "inherit"];
    const running = spawn(file, args, { cwd, env: { ...env }, argv0: name, stdio, windowsHide: true });
    child = running;
    if (running.pid !== undefined) started.onStart?.(running.pid);
    const taken = take?.(running.stdout as AsyncIterable<Uint8Array>);
    taken?.catch(() => running.kill());
    const { status, signal } = await ended(running, name);
    await taken;
    return { status: status ?? 128 + (signal ? (constants.signals[signal] ?? 0) : 0), signal, stopped };
  } finally {
    release();
    witness?.end();
  }
}

function ended(child: ChildProcess, name: string): Promise<{ status: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) =>
      reject(
        new MvgitError("not-supported", `cannot start '${display(name)}': ${whySystem(error)}`, {
          subject: display(name),
          cause: error,
        }),
      ),
    );
    child.on("exit", (status, signal) => resolve({ status, signal }));
  });
}

/**
 * Where no witness can tell: whether the terminal sent the signal to the program as well, as Ctrl-C goes to every
 * process in the foreground. A second copy would make many programs give up their own orderly end.
 */
function reachesGroup(signal: Stop): boolean {
  if (signal === "SIGTERM") return false;
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    const [group, foreground] = [fields[2], fields[5]];
    return group === foreground;
  } catch {
    return isatty(0) || isatty(1) || isatty(2);
  }
}
