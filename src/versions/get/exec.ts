/** The caller's own command after each change that `get --watch` brought. */
import { platform } from "node:process";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { formatReceipt } from "../../values/receipt.ts";
import { findOnPath } from "../../program/find.ts";
import { type Ended, runThrough, type TakeSignals } from "../../program/run-through.ts";
import type { Delivered } from "../deliver/deliver.ts";

export interface ExecContext {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  signals: TakeSignals;
}

/**
 * Runs a line of shell to its end, with what was brought in `MVGIT_…` variables. Answers how it ended; a program that
 * cannot be started throws `not-supported`. Its output goes to stderr.
 */
export function runAfterChange(line: string, delivered: Delivered, { cwd, env, signals }: ExecContext): Promise<Ended> {
  const [shell, flag] = platform === "win32" ? ["cmd.exe", "/c"] : ["sh", "-c"];
  const file = findOnPath(shell, env);
  if (file === null)
    throw new MvgitError("not-supported", `cannot run '${display(line)}': there is no '${shell}' on PATH`, {
      subject: shell,
    });
  return runThrough({
    file,
    command: [shell, flag, line],
    cwd,
    env: { ...env, ...variables(delivered) },
    stdoutToStderr: true,
    signals,
  });
}

function variables({ delivery, before, dir, release, outcome }: Delivered): Record<string, string> {
  const { receipt, what, commit } = delivery;
  return {
    MVGIT_DIR: dir,
    MVGIT_RELEASE_DIR: release,
    MVGIT_LABEL: what,
    MVGIT_COMMIT: commit,
    MVGIT_OUTCOME: outcome,
    MVGIT_MODEL: receipt?.model ?? "",
    MVGIT_VERSION: receipt ? String(receipt.version) : "",
    MVGIT_BEFORE: before?.receipt ? String(before.receipt.version) : "",
    MVGIT_RECEIPT: receipt ? formatReceipt(receipt) : "",
  };
}
