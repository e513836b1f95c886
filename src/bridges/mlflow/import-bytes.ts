/** Artifacts of MLflow into the store, as one folder. */
import { discard } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { comparePaths, type RepoPath } from "../../base/paths.ts";
import { mapOrdered } from "../../base/tasks.ts";
import type { MlflowSource, SourceFile } from "./source.ts";
import { type FolderSummary, ManifestWriter } from "../../values/manifest-io.ts";
import type { Repo } from "../../repo/repo.ts";
import { Intake } from "../../store/cache/intake.ts";
import { copyIntoCache } from "../../worktree/read-file.ts";
import type { Imported } from "../report.ts";
import { TemporaryFolder } from "../../store/temporary.ts";
import { cloneFile } from "../../values/own-files.ts";

/** Files under way. */
const AT_ONCE = 8;

/** Counts into `entry`. Null where a file was missing, or there was none. All blobs are durable when it answers. */
export async function takeFiles(
  repo: Repo,
  source: MlflowSource,
  { files, entry }: { files: readonly SourceFile[]; entry: Imported },
): Promise<FolderSummary | null> {
  const intake = new Intake(repo.cache);
  const manifest = new ManifestWriter(async (bytes) => intake.store(bytes));
  const task = repo.watch.progress.task(`importing ${entry.path}`);
  try {
    const copies = mapOrdered(
      files.toSorted((a, b) => comparePaths(a.path, b.path)),
      AT_ONCE,
      async (file) => ({ file, copied: await takeFile(repo, source, file) }),
    );
    for await (const { file, copied } of copies) {
      repo.watch.signal.throwIfAborted();
      if (copied === null) {
        miss(entry, file.path, file.at);
        continue;
      }
      const { hash, size, exec, temporary } = copied;
      if (temporary !== null) intake.land(temporary, hash);
      for (const amount of temporary === null ? [entry.taken, entry.shared] : [entry.taken]) {
        amount.files++;
        amount.bytes += size;
      }
      task.advance(size, 1);
      await manifest.addAll([{ path: file.path as RepoPath, hash, size, mode: exec ? "exec" : "file" }]);
    }
    const summary = await manifest.end();
    await intake.settle();
    return entry.missingFiles > 0 ? null : summary;
  } finally {
    task.done();
    await intake.settle().catch(() => undefined);
  }
}

/** A file that could not be had, counted. */
export function miss(entry: Imported, path: string, expected: string): void {
  entry.what = "missing";
  entry.missingFiles++;
  if (entry.missing.length < 20) entry.missing.push({ path, digest: "", expected: [expected], wrong: [] });
}

async function takeFile(
  repo: Repo,
  source: MlflowSource,
  file: SourceFile,
): Promise<Awaited<ReturnType<typeof copyIntoCache>> | null> {
  const temporary = new TemporaryFolder(cloneFile(repo.git.place, "tmp")).newName();
  try {
    return await copyIntoCache(repo.cache, await source.fetch(file, temporary), () => undefined);
  } catch (error) {
    if (isMvgitError(error, "blob-missing") || isMvgitError(error, "file-unreadable")) return null;
    throw error;
  } finally {
    discard(temporary);
  }
}
