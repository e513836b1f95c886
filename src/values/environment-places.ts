/** Environments of Python that a command names by where they are. */
import { pattern } from "../base/pattern.ts";
import { pathProblem, type RepoPath } from "../base/paths.ts";

/** Programs and scripts by which an environment is used; the folder before it is the environment. */
const NAMED = pattern("g")`
  (?<![A-Za-z0-9_./@+~-])([A-Za-z0-9_./@+~-]+)\/(?:bin\/(?:python[0-9.]*|activate)|
  Scripts\/(?:python\.exe|activate))(?![A-Za-z0-9_.-])`;

/** Those inside the work tree, of a command that starts in `folder`, whether they are there or not. */
export function environmentsNamedIn(words: readonly string[], folder: string): RepoPath[] {
  const named = words.flatMap((word) => [...word.matchAll(NAMED)].map(([, path = ""]) => path));
  return [...new Set(named.flatMap((path) => inTree(path, folder) ?? []))];
}

function inTree(path: string, folder: string): RepoPath | null {
  if (path.startsWith("/") || path.startsWith("~")) return null;
  const names: string[] = folder === "" ? [] : folder.split("/");
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.pop() === undefined) return null;
  }
  const found = names.join("/");
  return pathProblem(found) === null ? (found as RepoPath) : null;
}

/** Whether a word is the name of a Python, with or without a folder before it. */
export function isPython(word: string): boolean {
  return /(?:^|[/\\])(?:python|pypy)[0-9.]*(?:\.exe)?$/i.test(word);
}
