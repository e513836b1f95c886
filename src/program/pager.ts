/**
 * A pager of the user's choice, as Git chooses one, but for one thing: `core.pager` counts where the user or the system
 * has it, not where the repository's own `.git/config` does, which may have come in an archive.
 */
import { spawn } from "node:child_process";
import { platform } from "node:process";
import { findOnPath, withSearchPath } from "../base/search-path.ts";
import type { TakeSignals } from "../base/stop-signals.ts";
import { ask } from "./ask.ts";
import type { Environment } from "./find.ts";

export interface Paging {
  text: string;
  /** Absolute. */
  cwd: string;
  env: Environment;
  signals: TakeSignals;
}

/** Milliseconds that git has to say what the user's configuration holds. */
const PATIENCE = 5000;
/** What a shell says where it finds no such program, or none that it may start. */
const NOT_STARTED = new Set([126, 127]);

/** Shows it, until the user has seen enough. False where there is no pager, or none that starts: nothing was shown. */
export async function showInPager({ text, cwd, env, signals }: Paging): Promise<boolean> {
  // There a pager is started by the shell that Git brings along.
  const shell = platform === "win32" ? null : findOnPath("sh", env);
  const chosen = shell === null ? null : await pagerOf(cwd, env);
  if (shell === null || chosen === null) return false;
  return new Promise((resolve) => {
    const running = spawn(shell, ["-c", chosen], {
      cwd,
      env: { LESS: "FRX", LV: "-c", ...withSearchPath(env) },
      stdio: ["pipe", "inherit", "inherit"],
    });
    // Ctrl-C reaches the pager from the terminal, and means something there; what is sent to mvgit alone ends both.
    const release = signals((signal) => {
      if (signal !== "SIGINT") running.kill(signal);
    });
    const end = (isShown: boolean): void => {
      release();
      resolve(isShown);
    };
    running.on("error", () => end(false));
    running.on("close", (status) => end(!NOT_STARTED.has(status ?? 0)));
    // Whoever leaves the pager early has seen enough.
    running.stdin.on("error", () => {});
    running.stdin.end(text);
  });
}

/** The command line of the pager; null for none, and for one that would only copy. */
async function pagerOf(cwd: string, env: Environment): Promise<string | null> {
  const chosen = env["GIT_PAGER"] ?? (await configured(cwd, env)) ?? env["PAGER"] ?? findOnPath("less", env);
  return chosen === null || ["", "cat"].includes(chosen.trim()) ? null : chosen;
}

async function configured(cwd: string, env: Environment): Promise<string | undefined> {
  const file = findOnPath("git", env);
  if (file === null) return undefined;
  for (const whose of ["--global", "--system"]) {
    const args = ["config", whose, "--includes", "--get", "core.pager"];
    const answer = await ask({ file, args, cwd, env: withSearchPath(env), patience: PATIENCE });
    if (answer !== null) return answer.replace(/\n$/, "");
  }
  return undefined;
}
