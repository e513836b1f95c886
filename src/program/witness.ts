/**
 * Tells whether a signal was sent to mvgit alone, or to all that runs with it: a terminal, `timeout`, systemd and Slurm
 * signal every process of a group, `kill PID` one. Nobody can ask for that, so a small process stands beside the
 * program and hears what it hears.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { delimiter } from "node:path";
import { platform } from "node:process";
import { monotonicNow } from "../base/clock.ts";
import { findOnPath, searchFolders } from "../base/search-path.ts";
import type { Environment } from "./find.ts";

/** Milliseconds between one process's hearing of a signal and another's. */
const APART = 400;
/**
 * Says each signal that it gets, and ends with its input. Every shell runs a trap at once while it waits for another
 * process; that one is ended by the signal as well, and started again.
 */
const SCRIPT = `trap 'echo SIGINT' INT; trap 'echo SIGTERM' TERM; trap 'echo SIGHUP' HUP
exec 3<&0
while :; do
  cat <&3 >/dev/null & reader=$!
  while :; do
    wait $reader; status=$?
    [ $status -gt 128 ] || exit 0
    kill -0 $reader 2>/dev/null || break
  done
done`;

/** A process beside the command that hears what is sent to all; `end` it in every case. Never throws. */
export class Witness {
  readonly #child: ChildProcess;
  readonly #heard = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (text: Buffer) =>
      text
        .toString()
        .split("\n")
        .filter(Boolean)
        .forEach((signal) => this.#hear(signal)),
    );
    // Before it listens, a signal ends it: heard all the same.
    child.on("exit", (_, signal) => {
      this.#isOver = true;
      this.#hear(signal ?? "");
    });
    child.on("error", () => (this.#isOver = true));
    child.stdin?.on("error", () => undefined);
  }

  /** Null where there is no shell to be one. */
  static start(env: Environment): Witness | null {
    const file = platform === "win32" ? null : findOnPath("sh", env);
    if (file === null) return null;
    return new Witness(
      spawn(file, ["-c", SCRIPT], {
        cwd: "/",
        env: { PATH: searchFolders(env).join(delimiter) },
        stdio: ["pipe", "pipe", "ignore"],
      }),
    );
  }

  #hear(signal: string): void {
    this.#heard.set(signal, monotonicNow());
    for (const wake of this.#waiting) wake();
  }

  #hasHeard(signal: string): boolean {
    return monotonicNow() - (this.#heard.get(signal) ?? -Infinity) < APART;
  }

  /** Whether the signal that mvgit just got reached the others as well; null where nobody can tell any more. */
  async heard(signal: string): Promise<boolean | null> {
    if (this.#hasHeard(signal)) return true;
    if (this.#isOver) return null;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const wake = (): void => void (this.#hasHeard(signal) && end());
      const timer = setTimeout(end, APART);
      this.#waiting.add(wake);
    });
    return this.#hasHeard(signal);
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.stdout?.destroy();
    this.#child.unref();
  }
}
