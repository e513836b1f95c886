/** Operands that are revisions first, then paths, told apart as Git does. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, isWithin } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked } from "../../repo/tracked.ts";
import { look } from "../../worktree/stamp.ts";

/** A commit, by the name that the user gave it. */
export interface Revision {
  name: string;
  commit: Oid;
}

export interface Operands {
  revisions: Revision[];
  /** As typed. */
  paths: string[];
}

/**
 * Without `--`, words are revisions up to the first that names none; it and those after it must be paths that are there
 * or tracked. A word that is both is refused. `separator`: how many words came before `--`. Throws `usage`,
 * `not-tracked`.
 */
export async function splitOperands(repo: Repo, words: readonly string[], separator: number | null): Promise<Operands> {
  const revisions: Revision[] = [];
  for (const [at, word] of words.entries()) {
    if (at === separator) return { revisions, paths: words.slice(at) };
    const found = await revisionsOf(repo, word);
    if (found === null && separator !== null) throw noCommit(word);
    if (found === null) {
      for (const path of words.slice(at)) await checkIsPath(repo, path);
      return { revisions, paths: words.slice(at) };
    }
    if (separator === null && isThere(repo, word)) throw ambiguous(word);
    revisions.push(...found);
  }
  return { revisions, paths: [] };
}

/** One revision, or the two of `A..B` and `A...B`; null when it names no commit. */
async function revisionsOf(repo: Repo, word: string): Promise<Revision[] | null> {
  const range = /^(.*?)(\.{2,3})(?!\.)(.*)$/.exec(word);
  if (range) {
    const [, left = "", dots = "", right = ""] = range;
    const ends = [await oneRevision(repo, left || "HEAD"), await oneRevision(repo, right || "HEAD")] as const;
    if (ends[0] && ends[1]) return [dots === "..." ? await mergeBase(repo, ends[0], ends[1]) : ends[0], ends[1]];
  }
  const one = await oneRevision(repo, word);
  return one && [one];
}

async function oneRevision(repo: Repo, name: string): Promise<Revision | null> {
  const commit = name === "" ? null : await repo.git.resolveCommit(name);
  return commit && { name, commit };
}

async function mergeBase(repo: Repo, a: Revision, b: Revision): Promise<Revision> {
  const { stdout, status } = await repo.git.run(["merge-base", a.commit, b.commit], { answers: [0, 1] });
  if (status !== 0)
    throw new MvgitError("usage", `'${display(a.name)}' and '${display(b.name)}' have no commit in common`, {
      hint: "compare them with two dots, or as two words",
    });
  const commit = stdout.toString("latin1").trim() as Oid;
  return { name: commit.slice(0, 10), commit };
}

/** True for what stands in the work tree under that name, or has a pointer there. */
function isThere(repo: Repo, word: string): boolean {
  const file = join(repo.cwd, word);
  return look(file) !== null || look(`${file}.mvgit`) !== null;
}

async function checkIsPath(repo: Repo, word: string): Promise<void> {
  if (isThere(repo, word)) return;
  const path = repo.pathOf(word);
  const tracked = await listTracked(repo);
  if (tracked.some((each) => isWithin(each.path, path) || isWithin(path, each.path))) return;
  if (word === "HEAD")
    throw new MvgitError("usage", "there is no commit yet that 'HEAD' could mean", {
      subject: "HEAD",
      hint: "'mvgit diff --cached' shows what the first commit will bring",
    });
  throw new MvgitError("not-tracked", `'${display(word)}' is neither a revision nor a path that is here or tracked`, {
    subject: display(word),
    hint: `write '--' before it, as in 'REV -- ${display(word)}', for a path that only an older commit has`,
  });
}

function noCommit(word: string): MvgitError {
  return new MvgitError("usage", `'${display(word)}' names no commit`, {
    subject: display(word),
    hint: "name a branch, a tag or a commit; paths come after '--'",
  });
}

function ambiguous(word: string): MvgitError {
  return new MvgitError("usage", `'${display(word)}' is both a revision and a path`, {
    subject: display(word),
    hint: `write '${display(word)} --' for the revision, '-- ${display(word)}' for the path`,
  });
}
