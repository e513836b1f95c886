/** `mvgit push --verify` and `--repair`: what the remote has is read, and what is damaged there is replaced. */
import { plural } from "../../base/counts.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Chunks } from "../../store/bytes.ts";
import { isLack } from "../../store/lack.ts";
import type { Found, Remote } from "../../store/remote/remote.ts";
import { verifiedSource } from "../../store/verified-source.ts";
import type { Need } from "../../transfer/copy.ts";
import { examine } from "../../transfer/examine.ts";
import type { Hash } from "../../values/hash.ts";
import { lackingOf, type PushReport } from "./report.ts";

/** What says which blobs the packs hold, where it is damaged: without it nothing else can be told. */
export async function mendRemoteTables(repo: Repo, remote: Remote): Promise<void> {
  for (const { name, blobs } of await remote.mendTables())
    repo.watch.note(
      blobs === null
        ? `'${name}' in ${remote.name} was damaged, and was removed: there is no such pack`
        : `'${name}' in ${remote.name} was damaged, and was made anew from its pack: ${plural(blobs, "blob")}`,
    );
}

interface Verifying {
  users: Map<Hash, PointerUse>;
  repair: boolean;
  report: PushReport;
}

/**
 * Reads what the remote has. What is damaged there is deleted only once the cache's own copy was found right, and
 * written anew at once: killed in between, the next push finds it absent and brings it.
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
  for await (const { wanted, source } of remote.sources(needs)) {
    repo.watch.signal.throwIfAborted();
    if (await isRight(verifiedSource(wanted.hash, source).open(0))) context.report.verified++;
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
    if (!report.dryRun) await replaceDamaged(repo, remote, { need, found });
    report.repaired++;
  } else {
    report.lacking.push(
      lackingOf({ hash, why: "damaged" }, users.get(hash) as PointerUse, { cache: repo.cache, at: "remote" }),
    );
  }
}

/** Only what was found is deleted: somebody else may have repaired it since it was read. */
async function replaceDamaged(
  repo: Repo,
  remote: Remote,
  { need: { hash, size }, found }: { need: Need; found: Found },
): Promise<void> {
  await found.remove();
  await remote.write(hash, repo.cache.source(hash, size));
}

async function isRight(chunks: Chunks): Promise<boolean> {
  try {
    for await (const chunk of chunks) void chunk;
    return true;
  } catch (error) {
    if (isLack(error)) return false;
    throw error;
  }
}
