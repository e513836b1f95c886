/**
 * History read by plumbing: which commits there are, and what of a suffix each brought. Commits are never simplified
 * away, and nothing of the user's configuration decides how merges are shown: a merge is held against each of its
 * parents.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isMvgitError } from "../../base/errors.ts";
import { inGroups } from "../../base/tasks.ts";
import { readObjects } from "./cat-file.ts";
import { filesOfCommits } from "./commit-files.ts";
import { isOid, parseCommit } from "../objects.ts";
import type { GitPlace } from "../place.ts";
import type { Oid } from "../reader.ts";
import { type GitCall, gitFields, runGit } from "../run.ts";

/** A file that a commit brought or changed. */
export interface Brought {
  commit: Oid;
  path: string;
  oid: Oid;
}

/** What a walk begins with and what it leaves out: ids of commits, and options such as `--all`. */
export interface Span {
  include: readonly string[];
  exclude: readonly string[];
}

export interface Commits {
  /** Newest first, where Git ordered them. */
  whole: Oid[];
  /** Those of which a parent is not here: all that they have counts as brought by them. */
  cut: Oid[];
  /** Found behind what a shallow file hides. */
  isUnhidden: boolean;
}

/** For Git: no shallow file hides anything. */
const NOTHING_HIDDEN = ["--shallow-file", ""];
/** Commits held in memory at once. */
const GROUP = 2000;

/** The commits of a span, as far as a shallow clone shows them. Absent ones throw `git-failed`. */
export async function listCommits(span: Span, call: GitCall, place: GitPlace): Promise<Commits> {
  // Grafts stand for parents that may be nowhere.
  if (existsSync(join(place.commonDir, "info", "grafts"))) return listPresent(span, call);
  return { whole: await revList(span, call), cut: [], isUnhidden: false };
}

/** Commits beside those of refs and reflogs: `held` by Git's own state, and `more`, of which all must be here. */
export interface Reached {
  held: readonly Oid[];
  more: readonly Oid[];
}

/**
 * Everything that refs and reflogs of all work trees reach, and what is asked for besides. What a shallow file or
 * grafts hide and what is here all the same is seen. Else an absent commit throws `git-failed`, unless only `held`
 * needs it.
 */
export async function listReached({ held, more }: Reached, call: GitCall, place: GitPlace): Promise<Commits[]> {
  const all = ["--all", "--reflog", ...more];
  const isCut = [join("info", "grafts"), "shallow"].some((file) => existsSync(join(place.commonDir, file)));
  if (isCut) return [await listPresent({ include: [...all, ...held], exclude: [] }, call)];
  const whole = await revList({ include: all, exclude: [] }, call);
  const known = new Set(whole);
  const others = { include: held.filter((oid) => !known.has(oid)), exclude: all };
  const reached: Commits = { whole, cut: [], isUnhidden: false };
  if (others.include.length === 0) return [reached];
  try {
    return [reached, { whole: await revList(others, call), cut: [], isUnhidden: false }];
  } catch (error) {
    // Git lets go of what comes before a commit that only such a name holds.
    if (isMvgitError(error, "git-failed")) return [reached, await listPresent(others, call)];
    throw error;
  }
}

async function revList({ include, exclude }: Span, call: GitCall): Promise<Oid[]> {
  const options = (all: readonly string[]): string[] => all.filter((each) => !isOid(each));
  const ids = [...include.filter(isOid), ...exclude.filter(isOid).map((oid) => `^${oid}`)];
  const not = options(exclude);
  const args = ["rev-list", "--stdin", ...options(include), ...(not.length > 0 ? ["--not", ...not] : []), "--"];
  const commits: Oid[] = [];
  // Git takes a span without a beginning for a mistake in how it was called.
  if (include.length === 0) return commits;
  for await (const lines of gitFields(args, { ...call, input: ids.map((id) => `${id}\n`).join("") }, "\n")) {
    for (const line of lines) commits.push(line as Oid);
  }
  return commits;
}

/**
 * The commits of a span by the parents that they themselves name, whatever grafts and shallow files say, as far as they
 * are here at all.
 */
async function listPresent(span: Span, call: GitCall): Promise<Commits> {
  const parents = await parentsOfAll(call);
  const excluded = reach(await tips(span.exclude, call), parents, new Set());
  const reached = [...reach(await tips(span.include, call), parents, excluded)];
  const isCut = (commit: Oid): boolean => (parents.get(commit) as Oid[]).some((parent) => !parents.has(parent));
  return { whole: reached.filter((commit) => !isCut(commit)), cut: reached.filter(isCut), isUnhidden: true };
}

async function parentsOfAll(call: GitCall): Promise<Map<Oid, Oid[]>> {
  const commits: Oid[] = [];
  const format = "--batch-check=%(objecttype) %(objectname)";
  for await (const lines of gitFields(["cat-file", "--batch-all-objects", "--unordered", format], call, "\n")) {
    for (const line of lines) if (line.startsWith("commit ")) commits.push(line.slice("commit ".length) as Oid);
  }
  const parents = new Map<Oid, Oid[]>();
  for await (const group of inGroups(commits, GROUP)) {
    const objects = await readObjects(group, call);
    for (const [index, { bytes }] of objects.entries()) {
      const oid = group[index] as Oid;
      parents.set(oid, parseCommit(oid, bytes).parents);
    }
  }
  return parents;
}

async function tips(revisions: readonly string[], call: GitCall): Promise<Oid[]> {
  if (revisions.length === 0) return [];
  const input = revisions
    .filter(isOid)
    .map((id) => `${id}\n`)
    .join("");
  const options = revisions.filter((each) => !isOid(each));
  const { stdout } = await runGit(["rev-list", "--no-walk", "--stdin", ...options, "--"], { ...call, input });
  return stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "") as Oid[];
}

function reach(from: readonly Oid[], parents: ReadonlyMap<Oid, readonly Oid[]>, without: ReadonlySet<Oid>): Set<Oid> {
  const reached = new Set<Oid>();
  for (const waiting = [...from]; waiting.length > 0;) {
    const commit = waiting.pop() as Oid;
    if (reached.has(commit) || without.has(commit) || !parents.has(commit)) continue;
    reached.add(commit);
    waiting.push(...(parents.get(commit) as Oid[]));
  }
  return reached;
}

/**
 * Every file of a suffix that the commits brought or changed against any parent; all of a cut one, and of the first.
 */
export async function* broughtBy(
  { whole, cut, isUnhidden }: Commits,
  suffix: string,
  call: GitCall,
): AsyncGenerator<Brought> {
  for await (const { commit, files } of filesOfCommits(cut, suffix, call)) {
    for (const { path, oid, mode } of files) if (mode !== "160000") yield { commit, path, oid };
  }
  if (whole.length === 0) return;
  const options = ["--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=d"];
  const args = [...(isUnhidden ? NOTHING_HIDDEN : []), "diff-tree", ...options, "--", `:(top,glob)**/*${suffix}`];
  yield* changes(gitFields(args, { ...call, input: `${whole.join("\n")}\n` }));
}

/** Of `git diff-tree --stdin -z --raw`: a commit's id, then for each change a line with colon and the path. */
async function* changes(output: AsyncIterable<string[]>): AsyncGenerator<Brought> {
  let commit = "" as Oid;
  let header = "";
  for await (const fields of output) {
    for (const field of fields) {
      if (header !== "") {
        const [, mode, , oid] = header.split(" ");
        header = "";
        if (mode !== "160000") yield { commit, path: field, oid: oid as Oid };
      } else if (field.startsWith(":")) header = field;
      else commit = field as Oid;
    }
  }
}
