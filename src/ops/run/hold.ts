/** The one place where a run says which blobs it needs until its version stands. */
import type { PackageFile } from "../../model/package.ts";
import type { Repo } from "../../repo/repo.ts";

/**
 * Does `work` while gc keeps the blobs of these files. Taking them in has just set their time of use, so they are safe
 * for gc's grace period; a lease for longer runs belongs here.
 */
export function whileHeld<R>(_repo: Repo, _files: readonly PackageFile[], work: () => Promise<R>): Promise<R> {
  return work();
}
