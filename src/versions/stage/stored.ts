/** Whether the remote has every blob of a version. */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import { shortHash } from "../../values/hash.ts";
import { manifestLoader, needsOf } from "../../repo/needs.ts";
import { commitPointers } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { loadOf } from "../../transfer/unhad.ts";
import { nameOf, type Version } from "../../registry/versions.ts";
import type { Lack } from "../../store/lack.ts";

export interface Stored {
  /** As messages call it: `remote 'store'`. */
  remote: string;
  /** How many blobs were asked for. */
  blobs: number;
}

/**
 * Asks the default remote for all that the version's commit needs; null when no remote is configured. Throws
 * `blob-missing`, `blob-damaged`.
 */
export async function requireStored(repo: Repo, version: Version): Promise<Stored | null> {
  if (repo.settings.remotes.size === 0 && repo.settings.untrusted.length === 0) return null;
  const remote = await repo.remote();
  const { uses } = await commitPointers(repo, version.commit);
  const load = manifestLoader(repo.cache, async () => remote);
  const users = new Map<Hash, { path: string; size: number }>();
  for (const { path, pointer } of uses) {
    const { blobs, manifests } = await needsOf(pointer, loadOf(path, load)).catch((error: unknown) => {
      throw isMvgitError(error, "blob-missing")
        ? lacking(version, { path, hash: pointer.hash, remote: remote.name, why: "missing" })
        : error;
    });
    for (const { hash, size } of [...blobs, ...manifests]) users.set(hash, { path, size });
  }
  for await (const { hash, stat } of remote.checked().statMany([...users.keys()])) {
    const { path, size } = users.get(hash) as { path: string; size: number };
    if (stat?.size !== size)
      throw lacking(version, { path, hash, remote: remote.name, why: stat === null ? "missing" : "damaged" });
  }
  return { remote: remote.name, blobs: users.size };
}

function lacking(
  version: Version,
  { path, hash, remote, why }: { path: string; hash: Hash; remote: string; why: Lack },
): MvgitError {
  const how =
    why === "missing"
      ? `lacks blob ${shortHash(hash)}`
      : `has blob ${shortHash(hash)} damaged there, with another size`;
  return new MvgitError(`blob-${why}`, `${nameOf(version)} is not all in ${remote}: '${display(path)}' ${how}`, {
    subject: display(path),
    hint: "run 'mvgit push' (or 'mvgit push --all') where the version was made, then promote it again",
  });
}
