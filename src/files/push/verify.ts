/** `mvgit push --verify` and `--repair`: what the remote has is read, and what is damaged there is replaced. */
import { isMvgitError } from "../../base/errors.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";
import { examine } from "../../transfer/examine.ts";
import type { Hash } from "../../values/hash.ts";
import { lackingOf, type PushReport } from "./report.ts";

/**
 * Reads what the remote has. What is damaged there is deleted only once the cache's own copy was found right, and
 * written anew at once: killed in between, the next push finds it absent and brings it.
 */
export async function verifyRemote(
  repo: Repo,
  remote: Remote,
  context: { needs: readonly Need[]; users: Map<Hash, PointerUse>; repair: boolean; report: PushReport },
): Promise<void> {
  const { needs, users, repair, report } = context;
  const task = repo.watch.progress.task(`verifying ${remote.name}`, {
    files: needs.length,
    bytes: needs.reduce((sum, need) => sum + need.size, 0),
  });
  for (const { hash, size } of needs) {
    repo.watch.signal.throwIfAborted();
    const version = (await remote.whole.stat(hash))?.version ?? null;
    const problem = version === null ? "missing" : await examine(remote, hash, { isRemote: true });
    task.advance(size, 1);
    if (problem === null) report.verified++;
    if (version === null || problem !== "damaged") continue;
    if (repair && repo.cache.has({ hash, size }) && (await repo.cache.verify(hash))) {
      if (!report.dryRun) await replaceDamaged(repo, remote, { hash, size, version });
      report.repaired++;
    } else {
      report.lacking.push(
        lackingOf({ hash, why: "damaged" }, users.get(hash) as PointerUse, { cache: repo.cache, at: "remote" }),
      );
    }
  }
  task.done();
}

/** Only that very object is deleted: somebody else may have repaired it since it was read. */
async function replaceDamaged(
  repo: Repo,
  remote: Remote,
  { hash, size, version }: Need & { version: string },
): Promise<void> {
  try {
    await remote.whole.delete(hash, version);
  } catch (error) {
    if (!isMvgitError(error, "object-exists")) throw error;
  }
  await remote.write(hash, repo.cache.source(hash, size));
}
