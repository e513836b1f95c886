/** The output of a command as a draft. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { statusOfStop } from "../../base/stop-signals.ts";
import { display } from "../../base/paths.ts";
import { findProgram } from "../../program/find.ts";
import { runThrough, type TakeSignals } from "../../program/run-through.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Draft, dropDraft, makeDraft, type Taken } from "./draft.ts";

export interface CommandToTake {
  /** As started, secrets and all. */
  words: readonly string[];
  /** Relative to the top; "" for it. */
  folder: string;
  signals: TakeSignals;
  /** As the user typed it, for messages. */
  name: string;
}

/**
 * Takes stdout alone. Throws `run-failed` naming the exit status, `interrupted`, `not-supported` for a program that is
 * not there.
 */
export async function takeCommand(repo: Repo, { words, folder, signals, name }: CommandToTake): Promise<Taken> {
  const cwd = join(repo.top, folder);
  const [program = ""] = words;
  const file = findProgram(program, { cwd, env: repo.env });
  if (file === null)
    throw new MvgitError("not-supported", `cannot start '${display(program)}': there is no such program`, {
      subject: display(program),
      hint: "check its name, and PATH",
    });
  let draft: Draft | null = null;
  const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    draft = await makeDraft(repo, chunks, () => {});
  };
  const ended = await runThrough({ file, command: words, cwd, env: repo.env, stdoutToStderr: false, take, signals });
  const taken = draft as Draft | null;
  if (taken !== null && ended.status === 0 && ended.stopped === null) {
    if (taken.size === 0) repo.watch.warn(`the command printed nothing: '${name}' is frozen as an empty file`);
    return { draft: taken, facts: new Map([["status", "0"]]) };
  }
  if (taken !== null) dropDraft(taken);
  if (ended.stopped !== null)
    throw new MvgitError("interrupted", `the command was interrupted by ${ended.stopped}: '${name}' was not frozen`, {
      hint: "the file is as it was; run the command again",
      status: statusOfStop(ended.stopped),
    });
  const how = ended.signal ? `was ended by ${ended.signal}` : `ended with status ${ended.status}`;
  throw new MvgitError("run-failed", `the command ${how}: '${name}' was not frozen`, {
    subject: name,
    hint: "the file is as it was; see what the command said, and run it again",
  });
}
