/** Asks a program something: its answer on stdout, bounded in time and size. */
import { spawn } from "node:child_process";
import { helper, throwIfStopped, unlessStopped } from "../base/stop.ts";
import type { Environment } from "./find.ts";

export interface Question {
  /** Absolute. */
  file: string;
  args: readonly string[];
  cwd: string;
  env: Environment;
  /** Milliseconds. */
  patience: number;
}

/** Bytes of an answer. */
const CAP = 8 * 1024 * 1024;

/**
 * What it printed; null when it failed, took too long, or said too much. Throws only the reason when the process is to
 * stop: then nothing is known of it.
 */
export async function ask(question: Question): Promise<string | null> {
  const answer = await unlessStopped(answerOf(question));
  throwIfStopped();
  return answer;
}

function answerOf({ file, args, cwd, env, patience }: Question): Promise<string | null> {
  return new Promise((resolve) => {
    const child = helper(
      spawn(file, args, {
        cwd,
        env: { ...env },
        stdio: ["ignore", "pipe", "ignore"],
        windowsHide: true,
        timeout: patience,
        killSignal: "SIGKILL",
      }),
    );
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > CAP) child.kill("SIGKILL");
      else chunks.push(chunk);
    });
    let status: number | null = null;
    const finish = (): void => {
      resolve(status === 0 && size <= CAP ? Buffer.concat(chunks).toString("utf8") : null);
      child.stdout.destroy();
    };
    child.on("error", () => resolve(null));
    child.on("close", finish);
    child.on("exit", (got) => {
      status = got;
      // A process that it left behind may hold the pipe open for ever; what came until then must do.
      setTimeout(finish, 1000).unref();
    });
  });
}
