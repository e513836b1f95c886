/** From a commit to the versions that it is the commit of, or that come from it. */
import { isMvgitError } from "../../base/errors.ts";
import { inGroups } from "../../base/tasks.ts";
import { tagsContaining } from "../../git/history.ts";
import { GitProgram } from "../../git/program.ts";
import type { GitReader, Oid } from "../../git/reader.ts";
import type { Look } from "../look.ts";
import { nameOf, type VersionRef, versionRefs } from "../versions.ts";
import type { Match } from "../../values/found.ts";

/** The versions whose commit it is, else the first of each model that have it in their history. */
export async function commitMatches(look: Look, commit: Oid): Promise<Match[]> {
  const all = versionRefs(look.refs);
  const exact = all
    .filter((each) => each.commit === commit)
    .map(({ model, version }): Match => ({ model, version, as: "commit" }));
  if (exact.length > 0 || (await look.git.resolveCommit(commit)) === null) return exact;
  const first = new Map<string, Match>();
  for (const { model, version } of await comingFrom(look, all, commit))
    if (!first.has(model)) first.set(model, { model, version, as: "history" });
  return [...first.values()];
}

/** The commit of that name; where the git program does not read, also the beginning of a version's. */
export async function commitNamed({ git, refs }: Look, text: string): Promise<Oid | null> {
  const named = await git.resolveCommit(text);
  if (named !== null || git instanceof GitProgram || !/^[0-9a-f]{7,64}$/.test(text)) return named;
  const begun = new Set(versionRefs(refs).flatMap(({ commit }) => (commit.startsWith(text) ? [commit] : [])));
  return begun.size === 1 ? ([...begun][0] as Oid) : null;
}

/** Those of the versions that have the commit in their history, in order. */
async function comingFrom({ git, means }: Look, all: readonly VersionRef[], commit: Oid): Promise<VersionRef[]> {
  if (git instanceof GitProgram) {
    const having = new Set(await tagsContaining(git, commit));
    return all.filter((each) => having.has(`refs/tags/${nameOf(each)}`));
  }
  if ("fetch" in git) {
    means.warn("the history of versions was not searched for the commit: that takes a clone");
    return [];
  }
  const children = await childrenIn(git, new Set(all.map((each) => each.commit)));
  const after = new Set<Oid>([commit]);
  for (const each of after) for (const child of children.get(each) ?? []) after.add(child);
  return all.filter((each) => after.has(each.commit));
}

/** Commits that are read together. */
const TOGETHER = 500;

/** By commit, those that name it as a parent, of all that can be reached. Where history is cut it ends. */
async function childrenIn(git: GitReader, tips: ReadonlySet<Oid>): Promise<Map<Oid, Oid[]>> {
  const children = new Map<Oid, Oid[]>();
  const known = new Set<Oid>(tips);
  for (let level = [...tips]; level.length > 0;) {
    const next: Oid[] = [];
    for await (const group of inGroups(level, TOGETHER)) {
      for (const { oid, parents } of await parentsOf(git, group)) {
        for (const parent of parents) {
          children.set(parent, [...(children.get(parent) ?? []), oid]);
          if (known.has(parent)) continue;
          known.add(parent);
          next.push(parent);
        }
      }
    }
    level = next;
  }
  return children;
}

async function parentsOf(git: GitReader, oids: readonly Oid[]): Promise<{ oid: Oid; parents: Oid[] }[]> {
  const found: { oid: Oid; parents: Oid[] }[] = [];
  try {
    for await (const { oid, commit } of git.commits(oids)) found.push({ oid, parents: commit.parents });
    return found;
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    const [only, ...others] = oids;
    if (only === undefined || others.length === 0) return [];
    const half = Math.ceil(oids.length / 2);
    return [...(await parentsOf(git, oids.slice(0, half))), ...(await parentsOf(git, oids.slice(half)))];
  }
}
