/** What the cache lacks, from a remote. */
import type { MvgitError } from "../base/errors.ts";
import type { Remote } from "../store/remote/remote.ts";
import { copyBlobs, type CopyReport, type Need } from "../transfer/copy.ts";
import type { Repo } from "./repo.ts";

export interface Bringing {
  /** One that was opened, or its name; the default one when absent. */
  remote?: Remote | string;
  jobs?: number | undefined;
  /** Whether a pointer or a version may name the blobs next: they are flushed then. A checkout can be done again. */
  isLasting: boolean;
  /** The error for blobs that the remote does not give. */
  failure(failed: CopyReport["failed"], remote: Remote): MvgitError | Promise<MvgitError>;
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
  const remote = typeof from === "object" ? from : await repo.remote(from);
  await remote.place.recognise();
  const copied = await copyBlobs(
    absent,
    { from: remote, to: isLasting ? repo.cache : repo.cache.undurable() },
    { watch: repo.watch, label: `fetching from ${remote.name}`, jobs },
  );
  if (copied.failed.length > 0) throw await failure(copied.failed, remote);
  return copied;
}
