/** `mvgit textconv`: a pointer as text that shows what changed in a folder, for `git diff` and `git log -p`. */
import { plural } from "../base/counts.ts";
import { isMvgitError } from "../base/errors.ts";
import { readUpTo } from "../base/disk.ts";
import { display } from "../base/paths.ts";
import { readManifest } from "../values/manifest-io.ts";
import { asCommitted, POINTER_CAP, readPointer } from "../values/pointer.ts";
import type { Repo } from "../repo/repo.ts";

/** Lines of text, a folder's files one a line in path order. Uses the cache alone: a diff makes no request. */
export async function* textOf(repo: Repo, file: string): AsyncGenerator<string> {
  const bytes = readUpTo(file, POINTER_CAP);
  const reading = bytes && readPointer(asCommitted(bytes) ?? bytes);
  if (reading?.kind !== "pointer") return yield bytes?.toString("utf8") ?? "";
  const { pointer } = reading;
  if (pointer.files === undefined) return yield `file of ${plural(pointer.size, "byte")}, blake3 ${pointer.hash}\n`;
  yield `folder of ${plural(pointer.files, "file")}, ${plural(pointer.size, "byte")}\n`;
  try {
    for await (const entries of readManifest(pointer.hash, repo.loadManifest)) {
      yield entries
        .map(
          (entry) =>
            `${entry.hash.slice(0, 16)} ${entry.mode === "exec" ? "x" : "-"} ${entry.size} ${display(entry.path)}\n`,
        )
        .join("");
    }
  } catch (error) {
    if (!isMvgitError(error, "blob-missing")) throw error;
    yield `(its list of files is not in the cache; 'mvgit fetch' gets it; blake3 ${pointer.hash})\n`;
  }
}
