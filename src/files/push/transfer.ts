/** A push's blobs copied to the remote, or only asked for. */
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { copyBlobs, type CopyReport, type Need } from "../../transfer/copy.ts";
import type { Hash } from "../../values/hash.ts";
import { lackingOf, type PushReport } from "./report.ts";

export async function transfer(
  repo: Repo,
  remote: Remote,
  context: {
    part: readonly Need[];
    users: Map<Hash, PointerUse>;
    report: PushReport;
    jobs: number | undefined;
    onAbsent: (hash: Hash) => void;
  },
): Promise<void> {
  const { part, users, report, jobs, onAbsent } = context;
  if (report.dryRun) return plan(repo, remote, context);
  const copied: CopyReport = await copyBlobs(
    part,
    { from: repo.cache, to: remote },
    { watch: repo.watch, label: `pushing to ${remote.name}`, jobs, onAbsent },
  );
  report.copied += copied.copied;
  report.bytes += copied.bytes;
  report.present += copied.present;
  report.repaired += copied.replaced;
  for (const { hash, why } of copied.failed) {
    const isThere = copied.differing.has(hash);
    report.lacking.push(
      lackingOf({ hash, why: isThere ? "damaged" : why }, users.get(hash) as PointerUse, {
        cache: repo.cache,
        at: isThere ? "remote" : "cache",
      }),
    );
  }
}

async function plan(
  repo: Repo,
  remote: Remote,
  { part, report, onAbsent }: { part: readonly Need[]; report: PushReport; onAbsent: (hash: Hash) => void },
): Promise<void> {
  const sizes = new Map(part.map((need) => [need.hash, need.size]));
  for await (const { hash, stat } of remote.statMany([...sizes.keys()])) {
    const size = sizes.get(hash) as number;
    if (stat?.size === size) report.present++;
    else {
      onAbsent(hash);
      report.copied++;
      report.bytes += size;
      if (stat !== null) report.damaged++;
      if (!repo.cache.has({ hash, size })) {
        report.lost.blobs++;
        report.lost.bytes += size;
      }
    }
  }
}
