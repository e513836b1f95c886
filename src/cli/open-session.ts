/** What a command is given, made when it is about to run. */
import * as fs from "node:fs";
import { isAbsolute, resolve, sep } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { refuseRelative } from "../base/own-variables.ts";
import { display } from "../base/paths.ts";
import type { Repo } from "../repo/repo.ts";
import type { AnyCommand } from "./command.ts";
import type { GlobalValues } from "./parse.ts";
import type { Session } from "./session.ts";
import { errorStyle, type Surroundings } from "./surroundings.ts";
import { terminalWatch } from "./terminal-watch.ts";

/** Which folder the command works in: `-C` counts from the current one. Throws `usage` where it is none. */
function folderOf(directory: readonly string[], around: Surroundings): string {
  // The current folder may be gone, which matters to nobody who names another.
  const start = directory.some((folder) => isAbsolute(folder)) ? sep : around.cwd;
  const cwd = directory.reduce((from, to) => resolve(from, to), start);
  if (directory.length > 0 && !fs.statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new MvgitError("usage", `cannot work in '${display(cwd)}': there is no such folder`, { subject: cwd });
  }
  return cwd;
}

function watchOf(command: AnyCommand, global: GlobalValues, around: Surroundings): ReturnType<typeof terminalWatch> {
  const { env, signal } = around;
  // Bytes that go to a terminal and live lines would be written into each other.
  const isMixed = command.output === "bytes" && around.stdoutColumns !== null;
  return terminalWatch(
    {
      write: (text) => around.stderr.write(text),
      columns: () => around.stderrColumns() ?? 80,
      live: around.stderrColumns() !== null && env["TERM"] !== "dumb",
    },
    {
      showProgress: (global.progress ?? !global.quiet) && !isMixed,
      showNotes: !global.quiet,
      style: errorStyle(global, around),
      signal,
    },
  );
}

/** The repository around a folder, with what a run left undone put back, and a note where hooks are missing. */
async function openRepo(
  command: AnyCommand,
  global: GlobalValues,
  session: Pick<Session, "cwd" | "env" | "watch">,
): Promise<Repo> {
  const { cwd, env, watch } = session;
  const opened = await (await import("../repo/repo.ts")).Repo.open({ cwd, env, watch });
  if (command.output === "bytes") return opened;
  await (await import("../repo/undo.ts")).putBackLeftovers(opened);
  if (command.aboutHooks || global.quiet) return opened;
  const note = (await import("../care/missing-hooks.ts")).missingHooksNote(opened);
  if (note !== null) watch.note(note);
  return opened;
}

/** `named`: an error of a blob, with the files that need it. */
export function openSession(
  command: AnyCommand,
  global: GlobalValues,
  around: Surroundings,
): { session: Session; finish(): void; named(error: unknown): Promise<unknown> } {
  refuseRelative(around.env);
  const cwd = folderOf(global.directory, around);
  const { watch, finish, clear } = watchOf(command, global, around);
  const { env, signals } = around;
  let opened: Promise<Repo> | null = null;
  const repo = (): Promise<Repo> => (opened ??= openRepo(command, global, { cwd, env, watch }));
  const session: Session = {
    cwd,
    env,
    watch,
    signals,
    json: global.json,
    repo,
    repoIfAny: async () => (await registries()).cloneAround(repo, env),
    registry: async () => (await registries()).registryAround(repo, { cwd, env, watch }),
    input: () => readInput(around.stdin),
    write(bytes) {
      clear();
      return around.stdout.write(bytes);
    },
  };
  const named = async (error: unknown): Promise<unknown> => {
    if (opened === null || !(error instanceof MvgitError)) return error;
    const { namingFiles } = await import("../repo/name-blob.ts");
    // A registry is read where no repository could be opened.
    return opened.then((at) => namingFiles(at, error)).catch(() => error);
  };
  return { session, finish, named };
}

function registries(): Promise<typeof import("../versions/registry.ts")> {
  return import("../versions/registry.ts");
}

/** Bytes of stdin that a command reads. */
const INPUT_CAP = 1024 * 1024;

async function readInput(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > INPUT_CAP) throw new MvgitError("usage", "there is more on stdin than the 1 MiB that is read");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
