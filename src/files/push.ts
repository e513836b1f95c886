/** `mvgit push`: what commits and the index need, from the cache to a remote. */
import { formatCount } from "../base/counts.ts";
import { isMvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import type { PointerUse } from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { isOverNetwork } from "../store/drivers.ts";
import type { Remote } from "../store/remote/remote.ts";
import { Confirmed } from "./push/confirmed.ts";
import { lookedAt, usesOf } from "./push/look.ts";
import { Pushing } from "./push/pushing.ts";
import { emptyReport, type PushReport, type PushRequest } from "./push/report.ts";

export { Alike, type Standing } from "./push/alike.ts";
export { Before, withNear } from "./push/near.ts";
export type { PushedCommits, PushReport, PushRequest } from "./push/report.ts";

/** Throws `remote-unknown`, `read-only`, and what the remote throws. What single blobs lack is in the report. */
export async function push(repo: Repo, request: PushRequest): Promise<PushReport> {
  const remote = await repo.remote(request.remote);
  if (!request.isLook) remote.place.writable();
  const confirmed = new Confirmed(repo, remote);
  const found = await lookedAt(repo, request, confirmed);
  const report = emptyReport({
    remote: remote.name,
    address: remote.address,
    looked: found.words,
    dryRun: request.dryRun ?? false,
  });
  const uses = usesOf(repo, request, found);
  try {
    // Nothing is asked over a network for commits that bring nothing.
    const isNothing = uses.length === 0 && found.confirmed.length === 0;
    const isQuiet = isNothing && (confirmed.commits.length === 0 || isOverNetwork(remote.address));
    if (!isQuiet) return await new Pushing(repo, remote, { request, report, confirmed }).run(found);
    if (confirmed.commits.length > 0)
      await confirmed.record(found.tips, { claimed: repo.watch.clock.now(), needs: [] });
    return report;
  } catch (error) {
    if (!request.isLook && !request.commits && isOfPlace(error) && uses.length > 0)
      repo.watch.note(`not known to be in ${remote.name}: ${pathsOf(uses)}`);
    throw error;
  }
}

/** Commits of which this clone saw the remote confirm that it has all that they, and those before them, need. */
export function confirmedCommits(repo: Repo, remote: Remote): readonly Oid[] {
  return new Confirmed(repo, remote).commits;
}

/** The remote could not be reached, or not be written. */
function isOfPlace(error: unknown): boolean {
  return (
    isMvgitError(error) &&
    ["remote-unavailable", "remote-stalled", "remote-missing", "access-denied", "lock-held"].includes(error.code)
  );
}

/** The paths of pointers, in words. */
export function pathsOf(uses: readonly PointerUse[]): string {
  const paths = [...new Set(uses.map((use) => `'${display(use.path)}'`))];
  return paths.length > 5
    ? `${paths.slice(0, 5).join(", ")} and ${formatCount(paths.length - 5)} more`
    : paths.join(", ");
}
