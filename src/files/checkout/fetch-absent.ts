/** What a checkout needs and the cache lacks, from the remote; without one, the error that names it. */
import { plural } from "../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { firstOf } from "../../base/paths.ts";
import { bring } from "../../repo/bring.ts";
import type { Repo } from "../../repo/repo.ts";
import { type CopyReport, type Need } from "../../transfer/copy.ts";
import { NO_REMOTE, type Unhad, unhadError } from "../../transfer/unhad.ts";

/** From where, and how. */
export interface FetchingFrom {
  remote?: string;
  /** Uses the cache alone. */
  offline?: boolean;
  jobs?: number | undefined;
}

/** Throws `blob-missing` where there is to be none. */
export function openRemote(repo: Repo, request: FetchingFrom): ReturnType<Repo["remotes"]> {
  if (!request.offline) return repo.remotes(request.remote);
  throw new MvgitError("blob-missing", "the cache lacks a folder's manifest, and '--offline' was given", {
    hint: "run the command without '--offline'",
  });
}

interface Fetching {
  request: FetchingFrom;
  /** How its failure begins. */
  intro: string;
  whose(failed: CopyReport["failed"]): Promise<Unhad[]>;
}

/** Throws `blob-missing` or `blob-damaged`, naming the files of it. */
export async function fetchAbsent(
  repo: Repo,
  needs: readonly Need[],
  { request, intro, whose }: Fetching,
): Promise<{ blobs: number; bytes: number }> {
  if (needs.length === 0) return { blobs: 0, bytes: 0 };
  if (request.offline) {
    const lacking = await whose(needs.map(({ hash }) => ({ hash, why: "missing", where: repo.cache.name })));
    const names = firstOf(lacking.map(({ path, file }) => repo.typed(file ?? path)));
    throw new MvgitError(
      "blob-missing",
      `${intro} ${names}: the cache lacks ${plural(needs.length, "blob")}, and '--offline' was given`,
      { subject: (needs[0] as Need).hash, hint: "run the command without '--offline'" },
    );
  }
  const remote = await repo.remotes(request.remote).catch(async (error: unknown) => {
    // Where no remote can help, what is wrong with the cache is what there is to tell.
    const spoilt = isMvgitError(error, "remote-unknown")
      ? (await whose(needs.map(({ hash }) => ({ hash, why: "missing", where: "" })))).filter(
          ({ aside }) => aside !== null,
        )
      : [];
    throw spoilt.length > 0 ? unhadError(intro, spoilt, NO_REMOTE) : error;
  });
  const copied = await bring(repo, needs, {
    remote,
    jobs: request.jobs,
    isLasting: false,
    failure: async (failed) => unhadError(intro, await whose(failed), remote.name),
  });
  return { blobs: copied?.copied ?? 0, bytes: copied?.bytes ?? 0 };
}
