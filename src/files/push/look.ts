/** Which pointers a push is about: those of HEAD, the index and commits that the remote was not seen to have. */
import { MvgitError } from "../../base/errors.ts";
import { display, isWithin } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import { commitsHere, commonHistory } from "../../repo/common-history.ts";
import {
  commitPointers,
  historyPointers,
  indexPointers,
  joinUses,
  newerPointer,
  type PointerUse,
  type PointerUses,
} from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { notTracked } from "../../repo/tracked.ts";
import { claimedOf } from "../../values/claim.ts";
import type { Confirmed } from "./confirmed.ts";
import type { PushedCommits, PushRequest } from "./report.ts";

/** Pointers beyond which a push of commits asks the host what it has, instead of asking the remote for all of them. */
const FEW = 100;

export interface Look {
  /** What is to be asked for. */
  uses: PointerUses;
  /** Pointers of HEAD that this clone saw there: they are claimed, and not asked for where `isLean`. */
  confirmed: readonly PointerUse[];
  isLean: boolean;
  /** Folders as this clone saw them there, of those that have other files now: what both have is not asked for. */
  before: readonly PointerUse[];
  words: string;
  /** Commits that, with all before them, are there when everything that was looked at is. */
  tips: readonly string[];
}

export async function lookedAt(repo: Repo, request: PushRequest, confirmed: Confirmed): Promise<Look> {
  const { commits: seen } = confirmed;
  const whole = { confirmed: [], isLean: false, before: [] };
  if (request.commits)
    return {
      ...whole,
      uses: await broughtBy(repo, request.commits, seen),
      words: "the pushed commits",
      tips: request.commits.include,
    };
  const index = await indexPointers(repo);
  const head = await repo.git.resolveCommit("HEAD");
  const tips = head === null ? [] : [head, ...(await branchTips(repo))];
  if (request.all)
    return {
      ...whole,
      uses: joinUses(await historyPointers(repo, ["--all"], []), index),
      words: "every ref and the index",
      tips,
    };
  if (head === null) return { ...whole, uses: index, words: "the index", tips };
  const seenHere = await commitsHere(repo.git, seen);
  const unpublished = await historyPointers(repo, [...new Set(tips)], seenHere);
  const inHead = await commitPointers(repo, head);
  if (!confirmed.isEnough(request) || seenHere.length === 0)
    return {
      ...whole,
      uses: joinUses(unpublished, inHead, index),
      confirmed: seenHere.length > 0 ? besides(inHead, unpublished).uses : [],
      words: "HEAD, the index and unpublished commits",
      tips,
    };
  const uses = joinUses(unpublished, { uses: [], broken: inHead.broken }, besides(index, inHead));
  return {
    uses,
    confirmed: besides(inHead, unpublished).uses,
    isLean: true,
    before: await foldersBefore(repo, uses.uses, seenHere[0] as Oid),
    words: "what is new in HEAD, the index and unpublished commits",
    tips,
  };
}

/** As `commit`, of which everything was seen, has the folders of these pointers. */
async function foldersBefore(repo: Repo, uses: readonly PointerUse[], commit: Oid): Promise<PointerUse[]> {
  const folders = new Set(uses.filter(({ pointer }) => pointer.files !== undefined).map(({ path }) => path));
  if (folders.size === 0) return [];
  const { uses: before } = await commitPointers(repo, commit);
  return before.filter(({ path, pointer }) => folders.has(path) && pointer.files !== undefined);
}

/** Without the pointers that others have as well. */
function besides(uses: PointerUses, others: PointerUses): PointerUses {
  const had = new Set(others.uses.map(({ pointer }) => claimedOf(pointer)));
  return { ...uses, uses: uses.uses.filter(({ pointer }) => !had.has(claimedOf(pointer))) };
}

/** What the pushed commits bring, less what the host names now and this clone saw in the remote. */
async function broughtBy(
  repo: Repo,
  { include, named, ask, exclude }: PushedCommits,
  seen: readonly Oid[],
): Promise<PointerUses> {
  if (exclude) return historyPointers(repo, include, exclude);
  const brought = await historyPointers(repo, include, await commonHistory(repo.git, seen, named));
  if (seen.length === 0 || new Set(brought.uses.map(({ pointer }) => claimedOf(pointer))).size <= FEW) return brought;
  return historyPointers(repo, include, await commonHistory(repo.git, seen, [...named, ...(await ask())]));
}

async function branchTips(repo: Repo): Promise<string[]> {
  const { stdout } = await repo.git.run(["for-each-ref", "--format=%(objectname)", "refs/heads"]);
  return stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}

/** Those of them that the request is about. Throws `pointer-conflicted`, `pointer-malformed`, `not-tracked`. */
export function usesOf(repo: Repo, request: PushRequest, found: Look): PointerUse[] {
  // What a later mvgit's pointer needs is not known: nothing could be said of the remote.
  const newer = newerPointer(found.uses.broken);
  if (newer !== null) throw newer;
  if (!request.isLook) refuseBroken(found.uses);
  return onlyWithin(repo, found.uses.uses, request.paths);
}

function refuseBroken({ broken }: PointerUses): void {
  const first = broken.find((each) => each.where === "index") ?? null;
  if (first === null) return;
  const [code, what] =
    first.reason === "conflicted"
      ? (["pointer-conflicted", "conflicted"] as const)
      : (["pointer-malformed", `malformed: ${first.reason}`] as const);
  throw new MvgitError(code, `cannot push: the pointer '${display(first.path)}' in the index is ${what}`, {
    subject: display(first.path),
    hint: "mend it, stage it with 'git add', then push again",
  });
}

function onlyWithin(repo: Repo, uses: PointerUse[], typed: readonly string[]): PointerUse[] {
  if (typed.length === 0) return uses;
  const paths = typed.map((text) => repo.pathOf(text));
  for (const [index, path] of paths.entries()) {
    if (uses.some((use) => isWithin(use.path, path) || isWithin(path, use.path))) continue;
    throw notTracked(repo, typed[index] as string);
  }
  return uses.filter((use) => paths.some((path) => isWithin(use.path, path) || isWithin(path, use.path)));
}
