/** A program that is talked to over its stdin and stdout, for as long as somebody has something to say. */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { platform } from "node:process";
import type { Readable, Writable } from "node:stream";
import { helper } from "../base/stop.ts";
import type { Environment } from "./find.ts";

export interface Partner {
  /** Absolute. */
  file: string;
  args: readonly string[];
  env: Environment;
}

export interface Talk {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves when the program is gone, however that came. */
  readonly ended: Promise<void>;
  /** The end of what it said on stderr; why it could not be started, where it was not. */
  words(): string;
  /** Whether this process waits for it: while nothing is asked, it may end without. */
  hold(isWaiting: boolean): void;
  stop(): void;
}

/** Letters of what it said that are kept. */
const WORDS = 8 * 1024;

/**
 * Starts it without a terminal, so that it can ask nobody anything, and out of reach of the signals of one. It starts
 * in its own folder: nothing relative leads into a repository. It ends when its stdin does, with this process.
 */
export function startTalk({ file, args, env }: Partner): Talk {
  const child = helper(
    spawn(file, args, {
      cwd: dirname(file),
      env: { ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: platform !== "win32",
      windowsHide: true,
    }),
  );
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-WORDS)));
  // That it is gone is told by `ended`.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  return {
    input: child.stdin,
    output: child.stdout,
    ended: new Promise((resolve) => {
      child.on("error", (error) => {
        words += `\n${error.message}`;
        resolve();
      });
      child.on("close", () => resolve());
      // A process that it left behind may hold its stderr open for ever.
      child.on("exit", () => void setTimeout(resolve, 1000).unref());
    }),
    words: () => words,
    hold: (isWaiting) => holdAll(child, isWaiting),
    stop: () => void child.kill("SIGTERM"),
  };
}

function holdAll(child: ChildProcess, isWaiting: boolean): void {
  for (const each of [child, child.stdin, child.stdout, child.stderr]) {
    // Pipes are sockets, which the types of a child do not tell.
    const held = each as { ref?(): void; unref?(): void } | null;
    if (isWaiting) held?.ref?.();
    else held?.unref?.();
  }
}
