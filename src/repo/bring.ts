/** What the cache lacks, from a remote. */
import type { MvgitError } from "../base/errors.ts";
import { quickCache } from "../store/cache/write-in-threads.ts";
import type { CopyReport, Need } from "../transfer/copy.ts";
import type { Remotes } from "../transfer/remotes.ts";
import type { Repo } from "./repo.ts";

export interface Bringing {
  /** Those to ask, or the name of the only one; the default one and the others when absent. */
  remote?: Remotes | string;
  jobs?: number | undefined;
  /** Whether a pointer or a version may name the blobs next: they are flushed then. A checkout can be done again. */
  isLasting: boolean;
  /** The error for blobs that the remote does not give. */
  failure(failed: CopyReport["failed"], remote: Remotes): MvgitError | Promise<MvgitError>;
}

/** Brings those of the blobs that the cache does not have. As `bring`. */
export function bringAbsent(repo: Repo, needs: readonly Need[], how: Bringing): Promise<CopyReport | null> {
  return bring(
    repo,
    needs.filter((need) => !repo.cache.has(need)),
    how,
  );
}

/**
 * Brings blobs that are known to be absent; null for none, for which no remote is opened. Throws the `failure`, and
 * what opening a remote throws.
 */
export async function bring(
  repo: Repo,
  absent: readonly Need[],
  { remote: from, jobs, isLasting, failure }: Bringing,
): Promise<CopyReport | null> {
  if (absent.length === 0) return null;
  const remote = typeof from === "object" ? from : await repo.remotes(from);
  const copied = await remote.copyTo(isLasting ? repo.cache : quickCache(repo.cache), absent, { jobs });
  if (copied.failed.length > 0) throw await failure(copied.failed, remote);
  return copied;
}
