/**
 * Files of many commits' trees: a tree that several commits share is read once, and each level of folders with few
 * gits.
 */
import { inGroups } from "../../base/tasks.ts";
import { readObjects } from "./cat-file.ts";
import { parseCommit, parseTree, type TreeEntry, wrongType } from "../objects.ts";
import type { Oid, TreeFile } from "../reader.ts";
import type { Environment } from "../run.ts";

interface Place {
  cwd: string;
  env: Environment;
}

const FOLDER = "040000";
/** Objects held in memory at once. */
const GROUP = 500;

/** For each commit, in order, its files whose name ends in `suffix`. Absent objects throw `git-failed`. */
export async function* filesOfCommits(
  commits: readonly Oid[],
  suffix: string,
  place: Place,
): AsyncGenerator<{ commit: Oid; files: TreeFile[] }> {
  const roots: Oid[] = [];
  for await (const { oid, type, bytes } of objects(commits, place)) {
    if (type !== "commit") throw wrongType(oid, "commit", type);
    roots.push(parseCommit(oid, bytes).tree);
  }
  const trees = new Map<Oid, TreeEntry[]>();
  for (let level = new Set(roots); level.size > 0;) {
    const next = new Set<Oid>();
    for await (const { oid, type, bytes } of objects([...level], place)) {
      if (type !== "tree") throw wrongType(oid, "tree", type);
      const entries = parseTree(oid, bytes).filter(({ mode, name }) => mode === FOLDER || name.endsWith(suffix));
      trees.set(oid, entries);
      for (const entry of entries) if (entry.mode === FOLDER && !trees.has(entry.oid)) next.add(entry.oid);
    }
    level = new Set([...next].filter((oid) => !trees.has(oid)));
  }
  for (const [index, root] of roots.entries())
    yield { commit: commits[index] as Oid, files: [...filesBelow(trees, root, "")] };
}

function* filesBelow(trees: ReadonlyMap<Oid, readonly TreeEntry[]>, tree: Oid, folder: string): Generator<TreeFile> {
  for (const { mode, name, oid } of trees.get(tree) ?? []) {
    if (mode === FOLDER) yield* filesBelow(trees, oid, `${folder}${name}/`);
    else yield { path: `${folder}${name}`, oid, mode };
  }
}

async function* objects(
  oids: readonly Oid[],
  place: Place,
): AsyncGenerator<{ oid: Oid } & Awaited<ReturnType<typeof readObjects>>[number]> {
  for await (const group of inGroups(oids, GROUP)) {
    const found = await readObjects(group, place);
    for (const [index, object] of found.entries()) yield { oid: group[index] as Oid, ...object };
  }
}
