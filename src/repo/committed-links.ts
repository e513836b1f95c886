/**
 * Links that the repository brought: they lead where a stranger wants them to, while the user's own lead where the user
 * does.
 */
import { isAbsolute, join, relative, sep } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { look } from "../worktree/stamp.ts";
import type { Repo } from "./repo.ts";

/**
 * The first link that Git has on the way to each of these absolute paths, relative to the top; null where there is
 * none.
 */
export async function committedLinks(repo: Repo, paths: readonly string[]): Promise<(string | null)[]> {
  const links = paths.map((path) => linksOn(repo.top, path));
  const all = [...new Set(links.flat())];
  const ofGit = new Set<string>();
  if (all.length > 0)
    for (const { path, mode } of await repo.git.index(all.map((link) => `:(top,literal)${link}`)))
      if (mode === "120000") ofGit.add(path);
  const head = all.length > 0 ? await repo.git.resolveCommit("HEAD") : null;
  if (head !== null)
    for (const link of all) if ((await repo.git.fileAt(head, link))?.mode === "120000") ofGit.add(link);
  return links.map((each) => each.find((link) => ofGit.has(link)) ?? null);
}

/** Throws `link-refused` where one of these paths, to be read or written, leads through such a link. */
export async function refuseCommittedLinks(
  repo: Repo,
  paths: readonly string[],
  act: "read" | "write to" = "read",
): Promise<void> {
  const link = (await committedLinks(repo, paths)).find((each) => each !== null);
  if (link === undefined || link === null) return;
  throw new MvgitError(
    "link-refused",
    `cannot ${act} '${display(link)}': it is a symbolic link that the repository brought`,
    { subject: display(link), hint: "look where it leads; if that is yours, name it itself" },
  );
}

function linksOn(top: string, path: string): string[] {
  const inside = relative(top, path);
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) return [];
  const names = inside.split(sep);
  return names
    .map((_, at) => names.slice(0, at + 1))
    .filter((each) => look(join(top, ...each))?.kind === "link")
    .map((each) => each.join("/"));
}
