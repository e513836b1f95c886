/** `mvgit push --verify` and `--repair`: what the remote has is read, and what is damaged there is replaced. */
import { plural } from "../../base/counts.ts";
import { firstOf, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { MendedTable, Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";
import { examine, readTogether } from "../../transfer/examine.ts";
import type { Hash } from "../../values/hash.ts";
import { lackingOf, type PushReport } from "./report.ts";

/**
 * What says which blobs the packs hold, where it is damaged, or where the pack is gone: without it nothing else can be
 * told.
 */
export async function mendRemoteTables(
  repo: Repo,
  remote: Remote,
  { users, report }: { users: ReadonlyMap<Hash, PointerUse>; report: PushReport },
): Promise<void> {
  for (const { name, how, blobs, kept } of await remote.mendTables()) {
    const paths = [...new Set((blobs ?? []).flatMap((hash) => users.get(hash)?.path ?? []))];
    report.tables.push({ name, how, blobs: blobs?.length ?? null, kept, paths });
    repo.watch.note(`'${name}' in ${remote.name} ${mendedWords({ how, blobs, kept, paths })}`);
  }
}

type Told = Pick<MendedTable, "how" | "blobs" | "kept"> & { paths: readonly RepoPath[] };

function mendedWords({ how, blobs, kept, paths }: Told): string {
  const count = blobs === null ? "" : plural(blobs.length, "blob");
  if (how === "from pack") return `was damaged, and was made anew from its pack: ${count}`;
  if (how === "from here")
    return `was damaged, as the end of its pack is, and was made anew from what this machine kept: ${count}`;
  const held = `${count && `, with ${count}`}${paths.length > 0 ? ` of ${firstOf(paths)}` : ""}`;
  const lost = prose`is damaged, and so is the end of its pack: nobody can tell any more which blobs that made visible.
    It was taken out`;
  const why = how === "given up" ? lost : `was taken out: its pack is not there${held}`;
  const after = prose`what is needed here and the remote lacks is pushed now or told below; 'mvgit push --all', in each
    clone, brings the rest`;
  return `${why}${kept === null ? "" : ` (and is kept as '${kept}' for 14 days)`}; ${after}`;
}

interface Verifying {
  users: Map<Hash, PointerUse>;
  repair: boolean;
  report: PushReport;
}

/**
 * Reads what the remote has. What is damaged there is replaced by the cache's own copy once that was found right: it is
 * there until that is, since others may be read from what of it is right.
 */
export async function verifyRemote(
  repo: Repo,
  remote: Remote,
  { needs, ...context }: Verifying & { needs: readonly Need[] },
): Promise<void> {
  const task = repo.watch.progress.task(`verifying ${remote.name}`, {
    files: needs.length,
    bytes: needs.reduce((sum, need) => sum + need.size, 0),
  });
  for await (const { wanted, isRight } of readTogether(remote, needs, remote.place.bucket.concurrency.large)) {
    repo.watch.signal.throwIfAborted();
    if (isRight) context.report.verified++;
    else await lookCloser(repo, remote, { need: wanted, ...context });
    task.advance(wanted.size, 1);
  }
  task.done();
}

/** Of one that did not come right at once: what is wrong with it, and what is done about that. */
async function lookCloser(
  repo: Repo,
  remote: Remote,
  { need, users, repair, report }: Verifying & { need: Need },
): Promise<void> {
  const { hash } = need;
  const found = await remote.found(hash);
  const problem = found === null ? "missing" : await examine(remote, hash, { isRemote: true });
  if (problem === null) report.verified++;
  if (found === null || problem !== "damaged") return;
  if (repair && repo.cache.has(need) && (await repo.cache.verify(hash))) {
    // Only what was found: somebody else may have repaired it since it was read.
    if (!report.dryRun) await found.mend(repo.cache.source(hash, need.size));
    report.repaired++;
  } else {
    report.lacking.push(
      lackingOf({ hash, why: "damaged" }, users.get(hash) as PointerUse, { cache: repo.cache, at: "remote" }),
    );
  }
}
