/** Pointers that Git's attributes would have it change on their way into the work tree. */
import type { RepoPath } from "../base/paths.ts";
import { isPointerPath } from "../values/pointer.ts";
import type { Repo } from "./repo.ts";

/** What a pointer must have, and what it must not: `unspecified` is as good as `unset`. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  text: ["set"],
  eol: ["lf"],
  filter: ["unspecified", "unset"],
  ident: ["unspecified", "unset"],
  "working-tree-encoding": ["unspecified", "unset"],
};
/** A pointer of the top that nobody has: it stands for those to come. */
const ANY = "any.mvgit" as RepoPath;

/**
 * The paths, that of a pointer to come among them; the attributes of the work tree, and of the clone's own
 * `info/attributes`, decide.
 */
export async function spoiledPointers(repo: Repo): Promise<RepoPath[]> {
  const tracked = (await repo.git.index(["*.mvgit"])).map(({ path }) => path).filter(isPointerPath) as RepoPath[];
  const values = await repo.git.attributes(Object.keys(WANTED), [...new Set([ANY, ...tracked])]);
  return [
    ...new Set(values.filter(({ name, value }) => !WANTED[name]?.includes(value)).map(({ path }) => path as RepoPath)),
  ];
}
