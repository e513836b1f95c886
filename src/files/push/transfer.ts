/** A push's blobs copied to the remote, or only asked for. */
import { formatCount, plural } from "../../base/counts.ts";
import { prose } from "../../base/prose.ts";
import type { Announced } from "../../repo/claim.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { packName } from "../../store/remote/layout.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { absentIn, addStored, copyAbsent, type Need, nothingCopied } from "../../transfer/copy.ts";
import type { Hash } from "../../values/hash.ts";
import { Before, withNear } from "./near.ts";
import { lackingOf, type PushReport } from "./report.ts";

interface Transfer {
  /** In the order in which they are to be there: nothing of a part before all of the one before it. */
  parts: readonly (readonly Need[])[];
  users: Map<Hash, PointerUse>;
  report: PushReport;
  jobs: number | undefined;
  onAbsent: (hash: Hash) => void;
  announced: Announced | null;
}

/** All parts are looked for at once. */
export async function transfer(repo: Repo, remote: Remote, context: Transfer): Promise<void> {
  const { parts, users, report, jobs, onAbsent, announced } = context;
  if (report.dryRun) return plan(lookingAt(repo, remote), { ...context, cache: repo.cache });
  const copied = nothingCopied();
  const left = await absentIn(lookingAt(repo, remote), parts.flat(), copied);
  for (const hash of left.keys()) onAbsent(hash);
  const usesOf = (needs: Iterable<Need>): PointerUse[] => [...needs].flatMap(({ hash }) => users.get(hash) ?? []);
  const before = new Before(repo, () => usesOf(left.values()));
  for (const part of parts) {
    const absent = new Map(part.filter(({ hash }) => left.has(hash)).map((need) => [need.hash, need]));
    await copyAbsent(
      await withNear(repo, remote, { absent, usesOf, before, announced }),
      { from: repo.cache, to: remote },
      { watch: repo.watch, label: `pushing to ${remote.name}`, jobs, report: copied },
    );
  }
  addStored(report.stored, copied.stored);
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

/** What a table says is there is only relied on where its pack is, and is whole. */
function lookingAt(repo: Repo, remote: Remote): ReturnType<Remote["checked"]> {
  return remote.checked(({ pack, size, blobs }) => {
    const name = `'${packName(pack)}'`;
    const what =
      size === null
        ? `missing pack: ${name} is not in ${remote.name}, though its table is`
        : prose`damaged pack: ${name} has ${plural(Math.max(0, size.found), "byte")} in ${remote.name} instead of
            ${formatCount(size.told)}`;
    repo.watch.note(
      prose`
        ${what}: ${plural(blobs.length, "blob")} of what is needed here counted as there for it;
        'mvgit push --repair --all', in each clone, pushes what it held and mends the rest
      `,
    );
  });
}

async function plan(
  remote: ReturnType<Remote["checked"]>,
  { parts, report, onAbsent, cache }: Transfer & { cache: Cache },
): Promise<void> {
  const sizes = new Map(parts.flat().map((need) => [need.hash, need.size]));
  for await (const { hash, stat } of remote.statMany([...sizes.keys()])) {
    const size = sizes.get(hash) as number;
    if (stat?.size === size) report.present++;
    else {
      onAbsent(hash);
      report.copied++;
      report.bytes += size;
      if (stat !== null) report.damaged++;
      if (!cache.has({ hash, size })) {
        report.lost.blobs++;
        report.lost.bytes += size;
      }
    }
  }
}
