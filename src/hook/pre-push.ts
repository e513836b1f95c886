/** Uploads what pushed commits need, and stops the push while the remote lacks any of it. */
import { type ErrorCode, isMvgitError, MvgitError } from "../base/errors.ts";
import { plural } from "../base/counts.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { exactly } from "../git/host-address.ts";
import type { Oid } from "../git/reader.ts";
import { commitsHere, commonHistory } from "../repo/common-history.ts";
import type { Repo } from "../repo/repo.ts";
import { historyPointers, type PointerUse } from "../repo/pointer-uses.ts";
import { confirmedCommits, pathsOf, push, type PushedCommits, type PushReport } from "../files/push.ts";
import { unfinishedMove } from "../versions/unfinished.ts";
import { readRef } from "../values/label.ts";
import { unhadError } from "../transfer/unhad.ts";
import { storedWords } from "../transfer/stored-words.ts";
import { nameOf } from "../registry/versions.ts";
import type { Hook, HookCall } from "./hook.ts";

/** A deleted ref, and one that the host does not have yet. */
const NOTHING = /^0+$/;

/** Files that are named, of those that cannot be had. */
const NAMED = 10;

/** Why the remote for the bytes was not asked; of no matter to a push that brings none. */
const NOT_ASKED = new Set<ErrorCode>([
  "remote-unknown",
  "setting-untrusted",
  "remote-unavailable",
  "remote-stalled",
  "remote-missing",
  "access-denied",
  "file-unreadable",
  "lock-held",
  "read-only",
]);

export const prePush: Hook = async ({ args, open, say, input }) => {
  const said = await input();
  const refs = said
    .split("\n")
    .map((line) => line.split(" "))
    .filter((parts) => parts.length === 4);
  if (renumberFirst(refs, say)) return 1;
  const local = refs.map(([, oid = ""]) => oid).filter((oid) => !NOTHING.test(oid));
  if (said.trim() !== "" && local.length === 0) return 0;
  const repo = await open();
  if (holdsBack(repo, refs, say)) return 1;
  // Git's words were read by a script that ran before, and is not ours: any branch and tag may be what is pushed.
  const include = said.trim() === "" ? await everything(repo) : (local as Oid[]);
  if (include.length === 0) return 0;
  return send(
    repo,
    {
      include,
      named: refs.map(([, , , oid = ""]) => oid).filter((oid) => !NOTHING.test(oid)),
      ask: once(() => hostNames(repo, args[1] ?? "")),
    },
    say,
  );
};

async function send(repo: Repo, commits: PushedCommits, say: HookCall["say"]): Promise<number> {
  let report: PushReport;
  try {
    report = await push(repo, { paths: [], commits });
  } catch (error) {
    if (!(error instanceof MvgitError) || !NOT_ASKED.has(error.code)) throw error;
    const brought = await newPointers(repo, commits);
    if (brought.length === 0 || (error.code === "read-only" && (await isServed(repo, commits)))) return 0;
    say(`not known to be stored: ${pathsOf(brought)}`);
    throw error;
  }
  for (const { path, file, where, why } of report.lacking.slice(0, NAMED))
    say(`'${display(file ?? path)}' of commit ${where.slice(0, 10)} is ${why}`);
  if (report.lacking.length > NAMED)
    say(`${plural(report.lacking.length - NAMED, "more file")} cannot be had: 'mvgit fsck' lists all`);
  if (report.lacking.length > 0 && (await lacksNew(repo, commits)))
    throw unhadError("cannot push", report.lacking, report.remote);
  if (report.lacking.length > 0)
    say(prose`the host has these commits already, and this clone saw their bytes stored once;
      'mvgit fsck --remote --all' says what is left of them`);
  if (report.copied > 0)
    say(`pushed ${plural(report.copied, "blob")} to ${report.remote} (${display(report.address)})`);
  const stored = storedWords(report.stored, report.bytes);
  if (stored !== null) say(stored);
  return 0;
}

/** Pointers that come with commits that the host does not have. */
async function newPointers(repo: Repo, { include, named, ask }: PushedCommits): Promise<PointerUse[]> {
  const beside = async (known: readonly string[]): Promise<PointerUse[]> =>
    (await historyPointers(repo, include, await commitsHere(repo.git, known))).uses;
  return (await beside(named)).length === 0 ? [] : beside([...named, ...(await ask())]);
}

/** Whether a remote that can only be read has all that comes with commits that the host does not have. */
async function isServed(repo: Repo, pushed: PushedCommits): Promise<boolean> {
  const exclude = await commitsHere(repo.git, [...pushed.named, ...(await pushed.ask())]);
  const commits = { ...pushed, exclude };
  const { copied, lacking } = await push(repo, { paths: [], dryRun: true, isLook: true, commits });
  return copied + lacking.length === 0;
}

/** Whether commits lack something that the host does not have now, or that this clone never saw in the remote. */
async function lacksNew(repo: Repo, { include, named, ask }: PushedCommits): Promise<boolean> {
  const seen = confirmedCommits(repo, await repo.remote());
  const exclude = await commonHistory(repo.git, seen, [...named, ...(await ask())]);
  if (exclude.length === 0) return true;
  const { copied, lacking } = await push(repo, {
    paths: [],
    dryRun: true,
    isLook: true,
    commits: { include, named, ask, exclude },
  });
  return copied + lacking.length > 0;
}

/** Every branch and tag, and HEAD. */
async function everything(repo: Repo): Promise<Oid[]> {
  const head = await repo.git.resolveCommit("HEAD");
  return [
    ...(head === null ? [] : [head]),
    ...(await repo.git.refs()).filter(({ name }) => /^refs\/(heads|tags)\//.test(name)).map(({ oid }) => oid),
  ];
}

/**
 * What the refs of the host that is pushed to name now; nothing is believed of one that does not tell, and of another
 * one that settings lead to.
 */
async function hostNames(repo: Repo, address: string): Promise<string[]> {
  const env = exactly(repo.git.env, address);
  try {
    const led = await repo.git.run(["ls-remote", "--get-url", "--", address], { env });
    if (led.stdout.toString("utf8") !== `${address}\n`) return [];
    const { stdout } = await repo.git.run(["ls-remote", "--quiet", "--", address], { env });
    return stdout
      .toString("latin1")
      .split("\n")
      .map((line) => line.split("\t")[0] ?? "")
      .filter((oid) => oid !== "");
  } catch (error) {
    if (isMvgitError(error, "git-failed")) return [];
    throw error;
  }
}

function once<R>(work: () => Promise<R>): () => Promise<R> {
  let result: Promise<R> | null = null;
  return () => (result ??= work());
}

/** The tag of a move that did not come to its end, or is under way, is nobody's to push but that move's. */
function holdsBack(repo: Repo, refs: readonly string[][], say: (line: string) => void): boolean {
  const move = unfinishedMove(repo);
  if (
    move === null ||
    move.alone ||
    !refs.some(([, local = "", name, theirs]) => name === move.ref && !NOTHING.test(local) && local !== theirs)
  )
    return false;
  const tag = display(move.ref.slice("refs/tags/".length));
  say(prose`'${tag}' is of a move that did not come to its end: run its command again, then push;
    'git push --no-follow-tags' pushes the rest now`);
  return true;
}

/** Says which pushed versions the host has with another object; true when there are any. */
function renumberFirst(refs: readonly string[][], say: (line: string) => void): boolean {
  const models = new Set<string>();
  for (const [, local = "", remoteName = "", theirs = ""] of refs) {
    const ref = readRef(remoteName);
    if (ref?.kind !== "version" || [theirs, local].some((oid) => NOTHING.test(oid)) || theirs === local) continue;
    models.add(ref.model);
    say(`the host has another '${nameOf(ref)}' already, and a version is never changed`);
  }
  for (const model of models) say(`    give yours the next number with: mvgit renumber ${model}`);
  return models.size > 0;
}
