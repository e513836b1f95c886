/** Files that went from one name to another: the same bytes, removed here and added there. */
import { baseOf, type RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import type { FileDifference } from "./changes.ts";

/** A difference with its name before, where that was another. */
export type Difference = FileDifference & { from?: RepoPath };

/**
 * The same differences with each such pair as one, at the new name. Empty files are too common to mean anything.
 * `identify` is asked for the hash of an added file that nobody has read, where its size is that of a removed one.
 */
export async function joinRenames(
  differences: readonly FileDifference[],
  identify: (path: RepoPath) => Promise<Hash>,
): Promise<Difference[]> {
  const removed = differences.filter((each) => each.after === null && (each.before?.size ?? 0) > 0);
  const sizes = new Set(removed.map((each) => each.before?.size));
  const byHash = new Map<Hash | null | undefined, FileDifference[]>();
  for (const each of removed) byHash.set(each.before?.hash, [...(byHash.get(each.before?.hash) ?? []), each]);
  const gone = new Set<FileDifference>();
  const joined: Difference[] = [];
  for (const each of differences) {
    const source =
      each.before === null && each.after !== null && sizes.has(each.after.size) ? await sourceOf(each) : null;
    if (source) gone.add(source);
    joined.push(source ? { ...each, before: source.before, from: source.path } : each);
  }
  return joined.filter((each) => !gone.has(each));

  async function sourceOf(added: FileDifference): Promise<FileDifference | null> {
    const after = added.after as NonNullable<FileDifference["after"]>;
    after.hash ??= await identify(added.path);
    const candidates = (byHash.get(after.hash) ?? []).filter((each) => !gone.has(each));
    return candidates.find((each) => baseOf(each.path) === baseOf(added.path)) ?? candidates[0] ?? null;
  }
}
