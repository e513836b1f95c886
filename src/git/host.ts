/**
 * The Git host: the remote repository that a clone pushes to, as `git fetch`, `git push` and `git ls-remote` see it.
 * Where a clone fetches from another place, what was pushed is looked for where it went.
 */
import { pattern } from "../base/pattern.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import { display } from "../base/paths.ts";
import { readRefusal } from "./host-words.ts";
import { exactly, pushAddress } from "./host-address.ts";
import type { GitProgram } from "./program.ts";
import type { ConfigEntry } from "./program/config.ts";
import type { Oid } from "./reader.ts";
import type { Environment } from "./run.ts";

/**
 * The name of the Git remote that tags and branches go to: what Git would push the branch to, else the only remote,
 * else `origin`. Null when the clone has no remote. `known`: the configuration, where it was read.
 */
export async function hostOf(git: GitProgram, known?: readonly ConfigEntry[]): Promise<string | null> {
  const config = new Map((known ?? (await git.config())).map(({ key, value }) => [key, value]));
  const branch = await git.currentBranch();
  const names = [...new Set([...config.keys()].flatMap((key) => /^remote\.(.+)\.url$/.exec(key)?.[1] ?? []))];
  const ofBranch = (key: string): string[] => (branch === null ? [] : [`branch.${branch}.${key}`]);
  const chosen = [...ofBranch("pushremote"), "remote.pushdefault", ...ofBranch("remote")]
    .map((key) => config.get(key))
    .find((name) => name !== undefined && names.includes(name));
  if (chosen !== undefined || names.length === 1) return chosen ?? (names[0] as string);
  return names.includes("origin") ? "origin" : null;
}

/** What a Git host answered. */
export interface HostAnswer {
  /** Full names and ids of the objects they stand on. */
  refs: Map<string, Oid>;
  /** The default branch, `main`; null when the host has no commit on it, or does not say. */
  branch: string | null;
}

/** Of the two places that a host may be at, the one that pushes go to where nothing else is said. */
export interface Side {
  side?: "push" | "fetch";
}

/**
 * What the host has under these full names, where `*` stands for anything, and its default branch. Any doubt throws
 * `remote-unavailable`.
 */
export async function askHost(
  git: GitProgram,
  host: string,
  patterns: readonly string[],
  { signal, side }: Side & { signal?: AbortSignal } = {},
): Promise<HostAnswer> {
  const { address, env } = await placeAt(git, host, side);
  const { stdout } = await asking(
    host,
    git.run(["ls-remote", "--symref", "--quiet", "--", address, "HEAD", ...patterns], {
      env,
      ...(signal && { signal }),
    }),
  );
  // Git looks for a pattern at the end of a name, so that `refs/heads/refs/tags/x` is found too; and peeled tags are
  // listed.
  const isMeant = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split("*")
          .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
          .join(".*")}$`,
      ),
  );
  const answer: HostAnswer = { refs: new Map(), branch: null };
  for (const line of stdout.toString("utf8").split("\n")) {
    const [what = "", name = ""] = line.split("\t");
    if (name === "HEAD") answer.branch ??= /^ref: refs\/heads\/(.+)$/.exec(what)?.[1] ?? null;
    else if (!name.endsWith("^{}") && isMeant.some((pattern) => pattern.test(name))) answer.refs.set(name, what as Oid);
  }
  return answer;
}

/** As `askHost`, the refs alone. */
export async function listHost(
  git: GitProgram,
  host: string,
  patterns: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Oid>> {
  return (await askHost(git, host, patterns, signal ? { signal } : {})).refs;
}

async function placeAt(
  git: GitProgram,
  host: string,
  side: Side["side"],
): Promise<{ address: string; env: Environment }> {
  const address = side === "fetch" ? null : await pushAddress(git, host);
  return address === null ? { address: host, env: git.env } : { address, env: exactly(git.env, address) };
}

/** With nothing that the user's settings would add: `fetch.prune` would remove tags that were never pushed. */
const FETCH = [
  "fetch",
  "--quiet",
  "--no-tags",
  "--no-prune",
  "--no-recurse-submodules",
  "--no-auto-maintenance",
  "--no-write-fetch-head",
];
const PUSH = ["push", "--atomic", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--quiet"];

/**
 * Fetches by refspecs. False when Git would not replace a tag of ours that differs; everything else is fetched then.
 */
export async function fetchFromHost(
  git: GitProgram,
  host: string,
  refspecs: readonly string[],
  { side }: Side = {},
): Promise<boolean> {
  const { address, env } = await placeAt(git, host, side);
  step("git fetch", host);
  const { status } = await asking(host, git.run([...FETCH, "--", address, ...refspecs], { env, answers: [0, 1] }));
  return status === 0;
}

/**
 * Pushes refspecs, all or none, without hooks. Answers all of Git's words when it was refused: whether the refs are
 * there is to be asked with `listHost`, since the status of a push proves nothing.
 */
export async function pushToHost(git: GitProgram, host: string, refspecs: readonly string[]): Promise<string | null> {
  step("git push", host);
  try {
    await git.run([...PUSH, "--", host, ...refspecs]);
    return null;
  } catch (error) {
    if (isMvgitError(error, "git-failed")) return error.cause instanceof Error ? error.cause.message : error.message;
    throw error;
  }
}

const CONTENTION = pattern("i")`
  cannot lock ref|failed to (?:update|lock) ref|reference already exists|atomic transaction failed|
  \.lock'?: File exists`;

/** Whether Git's words tell of another push that was under way at the same moment, so that it pays to look again. */
export function isContention(words: string): boolean {
  return CONTENTION.test(words);
}

/** For a push that did not happen and that nobody else won; `words` are Git's. */
export function pushRefused(host: string, words: string): MvgitError {
  const { code, why, hint } = readRefusal(words);
  return new MvgitError(code, `the Git host '${display(host)}' did not take the push: ${why}`, {
    subject: host,
    hint,
    cause: new Error(words),
  });
}

async function asking<R>(host: string, answer: Promise<R>): Promise<R> {
  try {
    return await answer;
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    const { why, code } = readRefusal(error);
    const hint =
      code === "access-denied"
        ? "sign in there as Git does ('git ls-remote' tells), then run the command again"
        : "check the connection and 'git remote -v', then run the command again";
    throw new MvgitError("remote-unavailable", `cannot ask the Git host '${display(host)}': ${why}`, {
      subject: host,
      cause: error,
      hint,
    });
  }
}
