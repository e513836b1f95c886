/** The command of a run: as typed, or as last time with its secrets put back. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { shellCommand, shellWord } from "../../base/shell.ts";
import type { Run } from "../../values/package.ts";
import { unmask } from "../../values/secrets.ts";
import { findProgram } from "../../program/find.ts";
import type { Repo } from "../../repo/repo.ts";
import { folderOf, type Wanted } from "./request.ts";

export interface Command {
  /** Absolute. */
  file: string;
  /** With everything in it that must not be recorded. */
  words: readonly string[];
  /** Where it starts, relative to the top; "" for it. */
  folder: string;
}

/**
 * `env`: names of variables that hold secrets. Throws `usage`, `secret-needed`, `not-supported` for a program that is
 * not there.
 */
export function commandOf(
  repo: Repo,
  wanted: Wanted,
  { typed, env }: { typed: readonly string[]; env: readonly string[] },
): Command {
  if (typed.length > 0) requireVariables(repo, env);
  if (typed.length > 0 && wanted.alike !== null)
    repo.watch.note(`'${wanted.model}' is a new model here; there is one that is called '${wanted.alike}'`);
  const words = typed.length > 0 ? typed : lastCommand(repo, wanted, env);
  const folder = typed.length > 0 ? folderOf(repo) : (wanted.lastRun?.folder ?? "");
  const [name = ""] = words;
  const file = findProgram(name, { cwd: join(repo.top, folder), env: repo.env });
  if (file !== null) return { file, words, folder };
  throw new MvgitError("not-supported", `cannot start '${display(name)}': there is no such program`, {
    subject: display(name),
    hint: "check its name, and PATH",
  });
}

/** A secret that is not there could not be kept out of what is recorded. */
function requireVariables(repo: Repo, env: readonly string[]): void {
  const lacking = env.filter((name) => (repo.env[name] ?? "") === "");
  if (lacking.length === 0) return;
  throw new MvgitError("secret-needed", `'--env' names what is no variable here: ${lacking.map(display).join(", ")}`, {
    subject: display(lacking[0] as string),
    hint: "export it before, or leave '--env' out",
  });
}

function lastCommand(repo: Repo, { model, lastRun, alike }: Wanted, env: readonly string[]): readonly string[] {
  if (lastRun === null) {
    throw new MvgitError("usage", `no command of '${model}' is known`, {
      subject: model,
      hint:
        alike === null
          ? `name it: 'mvgit run ${model} -- python train.py'`
          : `did you mean 'mvgit run ${alike}'? Of a new model name it: 'mvgit run ${model} -- python train.py'`,
    });
  }
  return unmasked(repo, lastRun, { env, whose: "the last run", again: `mvgit run ${model}` });
}

/**
 * A recorded command with its secrets put back from the variables that `env` names. Throws `secret-needed`, naming
 * those that lack; `again`: the command line that its hint goes on with.
 */
export function unmasked(
  repo: Repo,
  { command, folder, secrets }: Run,
  { env, whose, again }: { env: readonly string[]; whose: string; again: string },
): readonly string[] {
  const values = Object.fromEntries(env.map((name) => [name, repo.env[name]]));
  const result = unmask(command, secrets, values);
  if ("command" in result) {
    // The repository brought it: whoever asked for it sees what it is, secrets as recorded.
    repo.watch.note(
      `running as ${whose} did: ${shellCommand(command)}${folder === "" ? "" : `  (in '${display(folder)}')`}`,
    );
    return result.command;
  }
  const { missing } = result;
  const variables = missing.map((name) => `--env ${shellWord(name)}`).join(" ");
  throw new MvgitError(
    "secret-needed",
    `the command of ${whose} holds what was not recorded: ${missing.map(display).join(", ")}`,
    { subject: display(missing[0] as string), hint: `set each as a variable and name it: '${again} ${variables}'` },
  );
}
