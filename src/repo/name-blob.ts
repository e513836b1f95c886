/** For whoever met a blob by its hash alone: whose bytes it is. */
import { MvgitError } from "../base/errors.ts";
import { display, firstOf, type RepoPath } from "../base/paths.ts";
import { type Hash, parseHash } from "../values/hash.ts";
import { readManifest } from "../values/manifest-io.ts";
import type { Repo } from "./repo.ts";
import { listTracked } from "./tracked.ts";
import { isListLack, listLackOf } from "../store/lack.ts";

/** Those of a file that may be a blob. */
const OF_FILES = new Set(["file-unreadable", "disk-failed"]);

/** The blob that an error is about: its subject, or the file of a store that it names; null where it is about none. */
export function blobOf(error: MvgitError): Hash | null {
  if (listLackOf(error) !== null) return parseHash(error.subject ?? "");
  const [, first, rest] =
    (OF_FILES.has(error.code) && /\bblobs[\\/]([0-9a-f]{2})[\\/]([0-9a-f]{62})'/.exec(error.message)) || [];
  return parseHash(`${first}${rest}`);
}

/** The same error, with the tracked files that need the blob which is its subject; as it is where none is known to. */
export async function namingFiles(repo: Repo, error: MvgitError): Promise<MvgitError> {
  const hash = blobOf(error);
  if (hash === null) return error;
  const paths = await neededBy(repo, hash);
  if (paths.length === 0) return error;
  return new MvgitError(error.code, `${firstOf(paths)}: ${error.message}`, {
    subject: display(paths[0] as string),
    cause: error.cause ?? error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

async function neededBy(repo: Repo, hash: Hash): Promise<RepoPath[]> {
  const paths: RepoPath[] = [];
  for (const { path, reading } of await listTracked(repo)) {
    if (reading.kind !== "pointer") continue;
    if (reading.pointer.hash === hash) paths.push(path);
    else if (reading.pointer.files !== undefined)
      paths.push(...(await inFolder(repo, { path, root: reading.pointer.hash }, hash)));
  }
  return paths;
}

async function inFolder(repo: Repo, { path, root }: { path: RepoPath; root: Hash }, hash: Hash): Promise<RepoPath[]> {
  const found: RepoPath[] = [];
  try {
    for await (const entries of readManifest(root, repo.loadManifest)) {
      for (const entry of entries) if (entry.hash === hash) found.push(`${path}/${entry.path}` as RepoPath);
    }
  } catch (error) {
    if (!isListLack(error)) throw error;
    // A part of the list itself is what is lacking.
    if (parseHash(error.subject ?? "") === hash) return [path];
  }
  return found;
}
