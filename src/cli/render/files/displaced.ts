/** What a command replaced or removed, and where its bytes are. */
import { formatCount } from "../../../base/counts.ts";
import { display, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { Hash } from "../../../values/hash.ts";

/** Files that are named. */
const NAMED = 10;

/** Where the bytes are that no commit names: of the first ten. `verb`: what was done to them. */
export function displacedLines(verb: string, displaced: readonly { path: RepoPath; hash: Hash | null }[]): string[] {
  const files = displaced.filter((each): each is { path: RepoPath; hash: Hash } => each.hash !== null);
  const lines = files.slice(0, NAMED).map(
    ({ path, hash }) => prose`${verb} '${display(path)}'; the cache keeps its old bytes for 14 days:
      'mvgit cat --hash ${hash.slice(0, 16)} > FILE'`,
  );
  const more = files.length - lines.length;
  if (more > 0)
    lines.push(`${verb} ${formatCount(more)} more, whose bytes the cache keeps as well: '--json' lists all`);
  return lines;
}
