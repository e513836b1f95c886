/**
 * Has a program do something that takes its time, quietly: its last words are answered, and it ends with what asked for
 * it.
 */
import { spawn } from "node:child_process";
import type { Environment } from "./find.ts";

export interface Deed {
  /** Absolute. */
  file: string;
  args: readonly string[];
  cwd: string;
  env: Environment;
  signal: AbortSignal;
}

/** Letters of what it said that are kept. */
const WORDS = 64 * 1024;

/** Throws the signal's reason when it is told to stop; the program is ended then. */
export async function perform({ file, args, cwd, env, signal }: Deed): Promise<{ ok: boolean; words: string }> {
  signal.throwIfAborted();
  const child = spawn(file, args, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-WORDS)));
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const status = await new Promise<number | null>((resolve) => {
      child.on("error", (error) => {
        words += `\n${error.message}`;
        resolve(null);
      });
      child.on("close", (code) => resolve(code));
    });
    signal.throwIfAborted();
    return { ok: status === 0, words };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
