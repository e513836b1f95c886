/** The Git host: the remote repository that a clone pushes to, as `git fetch`, `git push` and `git ls-remote` see it. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { GitProgram } from "./program.ts";
import type { Oid } from "./reader.ts";

/**
 * The name of the Git remote that tags and branches go to: what Git would push the branch to, else the only remote,
 * else `origin`. Null when the clone has no remote.
 */
export async function hostOf(git: GitProgram): Promise<string | null> {
  const config = new Map((await git.config()).map(({ key, value }) => [key, value]));
  const branch = await git.currentBranch();
  const names = [...new Set([...config.keys()].flatMap((key) => /^remote\.(.+)\.url$/.exec(key)?.[1] ?? []))];
  const chosen = [`branch.${branch}.pushremote`, "remote.pushdefault", `branch.${branch}.remote`].map((key) => config.get(key)).find((name) => name !== undefined && names.includes(name));
  return chosen ?? (names.length === 1 ? (names[0] as string) : names.includes("origin") ? "origin" : null);
}

/** What the host has under these full names, where `*` stands for anything. Any doubt throws. */
export async function listHost(git: GitProgram, host: string, patterns: readonly string[]): Promise<Map<string, Oid>> {
  const { stdout } = await asking(host, git.run(["ls-remote", "--refs", "--quiet", "--", host, ...patterns]));
  const lines = stdout.toString("utf8").split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, line.indexOf("\t")) as Oid]));
}

/** Fetches by refspecs. False when Git would not replace a tag of ours that differs; everything else is fetched then. */
export async function fetchFromHost(git: GitProgram, host: string, refspecs: readonly string[]): Promise<boolean> {
  const { status } = await asking(host, git.run(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", host, ...refspecs], { answers: [0, 1] }));
  return status === 0;
}

/** The host's default branch as this clone has it, `refs/remotes/…`; null when it has none. */
export async function hostDefaultBranch(git: GitProgram, host: string): Promise<string | null> {
  const { stdout, status } = await git.run(["symbolic-ref", "--quiet", `refs/remotes/${host}/HEAD`], { answers: [0, 1] });
  if (status === 0) return stdout.toString("utf8").trim();
  const answer = await asking(host, git.run(["ls-remote", "--symref", "--quiet", "--", host, "HEAD"]));
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(answer.stdout.toString("utf8"))?.[1];
  return branch === undefined ? null : `refs/remotes/${host}/${branch}`;
}

/**
 * Pushes refspecs, all or none, without hooks. Answers Git's words when it was refused: whether the refs are there is to
 * be asked with `listHost`, since the status of a push proves nothing.
 */
export async function pushToHost(git: GitProgram, host: string, refspecs: readonly string[]): Promise<string | null> {
  try {
    await git.run(["push", "--atomic", "--no-verify", "--quiet", "--", host, ...refspecs]);
    return null;
  } catch (error) {
    if (isMvgitError(error, "git-failed")) return error.message;
    throw error;
  }
}

/** For a push that did not happen and that nobody else won. */
export function pushRefused(host: string, words: string): MvgitError {
  const denied = /denied|forbidden|403|401|permission|not allowed|protected|declined|Authentication/i.test(words);
  return new MvgitError(denied ? "access-denied" : "remote-unavailable", `the Git host '${display(host)}' did not take the push: ${words}`, {
    subject: host,
    hint: denied ? "ask for the right to push tags there" : "try again when the host can be reached; nothing was moved",
  });
}

async function asking<R>(host: string, answer: Promise<R>): Promise<R> {
  try {
    return await answer;
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    throw new MvgitError("remote-unavailable", `cannot ask the Git host '${display(host)}': ${error.message}`, { subject: host, cause: error, hint: "check the connection and 'git remote -v', then run the command again" });
  }
}
