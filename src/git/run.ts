/** Starts the git program: the only place that starts one. */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { devNull } from "node:os";
import { withoutCredentials } from "../base/address.ts";
import { systemClock } from "../base/clock.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { whySystem } from "../base/system-errors.ts";
import { display } from "../base/paths.ts";
import { helper } from "../base/stop.ts";
import { findOnPath, withSearchPath } from "../base/search-path.ts";
import { type Environment, gitEnvironment } from "./environment.ts";

export { type Environment, withSettings } from "./environment.ts";

/** With these no hook runs. */
export const NO_HOOKS = { "core.hooksPath": devNull };

/** Options with which what Git writes is on disk when it ends, objects and refs. */
export const DURABLE = ["-c", "core.fsync=committed"] as const;

export interface GitCall {
  cwd: string;
  env: Environment;
  input?: string | Uint8Array;
  /** Exit statuses that are answers, not failures; 0 when not given. */
  answers?: readonly number[];
  /** Ends git, and the call with the signal's reason. */
  signal?: AbortSignal;
}

export interface GitAnswer {
  status: number;
  stdout: Buffer;
  /** The end of stderr: a warning there may be the only sign of what stdout leaves out. */
  words: string;
}

const found = new Map<string, string>();

/**
 * The absolute path of git, looked up once: a bare name could be sought in the current folder, which may be a
 * stranger's repository.
 */
function findGit(env: Environment): string | null {
  const path = env["PATH"] ?? env["Path"] ?? "";
  const known = found.get(path);
  if (known) return known;
  const file = findOnPath("git", env);
  if (file) found.set(path, file);
  return file;
}

/** Whether there is a git program on PATH. */
export function hasGit(env: Environment): boolean {
  return findGit(env) !== null;
}

/** Starts git for whoever writes its stdin and reads what it prints. Throws `git-failed` where there is no git. */
export function openGit(args: readonly string[], call: GitCall): ChildProcess {
  const program = findGit(call.env);
  if (!program)
    throw new MvgitError("git-failed", "cannot find the git program", {
      subject: "git",
      hint: "install Git, or put it on PATH",
    });
  const child = helper(
    spawn(program, args, {
      cwd: call.cwd,
      env: gitEnvironment(withSearchPath(call.env), args),
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
      ...(call.signal && { signal: call.signal }),
    }),
  );
  // A git that ends early closes its input; its exit status tells why.
  child.stdin?.on("error", () => {});
  return child;
}

function start(args: readonly string[], call: GitCall): ChildProcess {
  const child = openGit(args, call);
  child.stdin?.end(call.input ?? "");
  return child;
}

/** Git's last words, bounded. */
function collectWords(child: ChildProcess): () => string {
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-8192)));
  return () => words;
}

function ended(child: ChildProcess, { cwd, signal }: GitCall): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(signal?.aborted ? signal.reason : cannotStart(error, cwd)));
    child.on("close", (status, killedBy) => resolve(status ?? (killedBy ? 128 : 1)));
  });
}

/** The system says the same of a program and of a folder that it cannot reach. */
function cannotStart(error: Error, cwd: string): MvgitError {
  try {
    fs.accessSync(cwd, fs.constants.X_OK);
  } catch (cause) {
    return new MvgitError(
      "not-a-repository",
      `the folder '${display(cwd)}' cannot be used: ${systemCode(cause) ?? "unknown error"}`,
      { subject: display(cwd), cause },
    );
  }
  return new MvgitError("git-failed", `cannot start git: ${whySystem(error)}`, { cause: error });
}

/** Runs git to its end. A status that is no answer throws `git-failed`, or `not-a-repository` where Git says so. */
export async function runGit(args: readonly string[], call: GitCall): Promise<GitAnswer> {
  for (let attempt = 1; ; attempt++) {
    const child = start(args, call);
    const words = collectWords(child);
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    const status = await ended(child, call);
    if (status === 0 || !HALF_MADE.test(words()) || attempt === TRIES) {
      if (!(call.answers ?? [0]).includes(status)) throw gitFailed(args, status, words());
      return { status, stdout: Buffer.concat(chunks), words: words() };
    }
    await systemClock.sleep(50 + 100 * systemClock.random(), call.signal);
  }
}

/**
 * What Git says of a work tree that another git makes at this moment, whose HEAD has no commit yet or whose `commondir`
 * is not written: `--all`, fetching, pushing and deleting a branch look at all of them. It has done nothing then.
 */
const HALF_MADE = /bad object worktrees\/[^/]+\/HEAD|failed to read .*worktrees\/[^/]+\/commondir/;
const TRIES = 20;

/**
 * Runs git and yields the fields of its output, each ended by a NUL or another byte, as they come; fails as `runGit`
 * does, at the end.
 */
export async function* gitFields(args: readonly string[], call: GitCall, end = "\0"): AsyncGenerator<string[]> {
  for (let attempt = 1; ; attempt++) {
    const { status, words, isEmpty } = yield* fieldsOnce(args, call, end);
    if ((call.answers ?? [0]).includes(status)) return;
    if (!isEmpty || !HALF_MADE.test(words) || attempt === TRIES) throw gitFailed(args, status, words);
    await systemClock.sleep(50 + 100 * systemClock.random(), call.signal);
  }
}

async function* fieldsOnce(
  args: readonly string[],
  call: GitCall,
  end: string,
): AsyncGenerator<string[], { status: number; words: string; isEmpty: boolean }> {
  const child = start(args, call);
  const words = collectWords(child);
  const ending = ended(child, call);
  ending.catch(() => {});
  let rest: Buffer = Buffer.alloc(0);
  let isEmpty = true;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      const last = bytes.lastIndexOf(end);
      rest = bytes.subarray(last + 1);
      isEmpty = false;
      if (last >= 0) yield bytes.toString("utf8", 0, last).split(end);
    }
    const status = await ending;
    if ((call.answers ?? [0]).includes(status) && rest.length > 0) yield [rest.toString("utf8")];
    return { status, words: words(), isEmpty };
  } finally {
    if (child.exitCode === null) child.kill();
  }
}

/** The NUL-separated fields of an output. */
export function fields(stdout: Buffer): string[] {
  const text = stdout.toString("utf8");
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

const NO_REPOSITORY = /not a git repository|dubious ownership|must be run in a work tree|unsafe repository/;

const NOBODY = /tell me who you are|empty ident name|no email was given|unable to auto-detect email/i;

/** Letters of Git's words in a message. */
const SAID = 600;

function gitFailed(args: readonly string[], status: number, words: string): MvgitError {
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  const all = withoutCredentials(
    lines
      .slice(0, 6)
      .join("; ")
      .replace(/^fatal: |^error: /, ""),
  );
  const said = display(all.length > SAID ? `${all.slice(0, SAID)}…` : all);
  if (NO_REPOSITORY.test(words)) {
    return new MvgitError("not-a-repository", `cannot use this folder: ${said}`, {
      hint: words.includes("safe.directory")
        ? "follow Git's advice on 'safe.directory'"
        : "run 'git init' first, or name another folder with '-C DIR'",
    });
  }
  const name = args.find((arg, at) => arg !== "" && !arg.startsWith("-") && args[at - 1] !== "-c") ?? "";
  if (words.includes(".lock': File exists")) {
    return new MvgitError("lock-held", `git ${name} failed: another process holds Git's lock`, {
      hint: "wait until the other git has ended, or remove the lock file it names if none runs",
      cause: new Error(said),
    });
  }
  if (NOBODY.test(words)) {
    return new MvgitError("git-failed", "Git does not know who you are, and a version names its author", {
      hint: "git config --global user.name 'YOUR NAME' && git config --global user.email YOU@EXAMPLE.COM",
      cause: new Error(said),
    });
  }
  if (/No space left on device|Disk quota exceeded/.test(words)) {
    return new MvgitError("disk-full", `git ${name} failed: no space left: ${said}`, {
      hint: "free some space and run the command again",
    });
  }
  return new MvgitError("git-failed", `git ${name} failed with status ${status}: ${said}`, {
    hint: "try the same with Git itself; 'git fsck' tells whether the repository is damaged",
    cause: new Error(words.trim()),
  });
}
