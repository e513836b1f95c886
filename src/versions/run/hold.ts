/** The one place where a run says which blobs it needs until its version stands. */
import type { PackageFile } from "../../values/package.ts";
import { holdBlobs } from "../../repo/leases.ts";
import type { Repo } from "../../repo/repo.ts";

/** Does `work` while gc keeps the blobs of these files, however long it takes. */
export async function whileHeld<R>(repo: Repo, files: readonly PackageFile[], work: () => Promise<R>): Promise<R> {
  const lease = holdBlobs(
    repo,
    files.map((each) => each.hash),
  );
  try {
    return await work();
  } finally {
    lease.release();
  }
}
