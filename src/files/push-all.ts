/** `mvgit push --remote all`: the same push to every remote, one after the other. */
import { type ErrorCode, isMvgitError, type MvgitError } from "../base/errors.ts";
import { showAddress } from "../base/address.ts";
import { EVERY_REMOTE } from "../values/settings.ts";
import type { Repo } from "../repo/repo.ts";
import { push, type PushReport, type PushRequest } from "./push.ts";

/** One remote, and what became of the push to it. */
export interface PushedTo {
  /** As messages call it. */
  remote: string;
  address: string;
  /** Null where it failed as a whole, or can only be read. */
  report: PushReport | null;
  error: MvgitError | null;
  /** It can only be read, and was passed over. */
  readOnly: boolean;
}

export interface PushAllReport {
  /** The default one first, then as the settings list them. */
  remotes: PushedTo[];
}

/** What is wrong with the push itself, and so with that to any remote. */
const OF_THE_PUSH = new Set<ErrorCode>([
  "usage",
  "not-tracked",
  "unsafe-path",
  "pointer-conflicted",
  "pointer-malformed",
  "git-failed",
  "interrupted",
  "bug",
]);

/** Whether every remote is meant: a remote that was called so before the word had a meaning is still that remote. */
export function meansEvery(repo: Repo, name: string | undefined): boolean {
  return name === EVERY_REMOTE && !repo.settings.remotes.has(name);
}

/** What one remote throws keeps no other from being pushed to. Throws `remote-unknown` where there is none. */
export async function pushAll(repo: Repo, request: Omit<PushRequest, "remote">): Promise<PushAllReport> {
  const { remotes, defaultRemote } = repo.settings;
  // Its error says what to do.
  if (remotes.size === 0) await repo.remote();
  const first = defaultRemote !== null && remotes.has(defaultRemote) ? [defaultRemote] : [];
  const done: PushedTo[] = [];
  for (const name of new Set([...first, ...remotes.keys()])) {
    repo.watch.signal.throwIfAborted();
    const at = { remote: `remote '${name}'`, address: showAddress(remotes.get(name)?.url ?? "") };
    done.push({ ...at, ...(await pushTo(repo, name, request)) });
  }
  return { remotes: done };
}

async function pushTo(
  repo: Repo,
  name: string,
  request: Omit<PushRequest, "remote">,
): Promise<Pick<PushedTo, "report" | "error" | "readOnly">> {
  try {
    const readOnly = (await repo.remote(name)).place.isReadOnly;
    return { report: readOnly ? null : await push(repo, { ...request, remote: name }), error: null, readOnly };
  } catch (error) {
    if (!isMvgitError(error) || OF_THE_PUSH.has(error.code)) throw error;
    return { report: null, error, readOnly: false };
  }
}
