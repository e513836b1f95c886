/** What a converter is given, and what it answers. */
import type { RepoPath } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";

/** One tracked path with all its files: one without a path inside for a single file. */
export interface Leaving {
  path: RepoPath;
  pointer: Pointer;
  /** Null for a single file. */
  files: ManifestEntry[] | null;
}

/** What a converter changed in the copy. */
export interface Converted {
  /** Files of the copy's work tree that were written, changed or removed, to be staged. */
  changed: RepoPath[];
  notes: string[];
}

/** A conversion under way: from `repo`, at `head`, into the clone `copy`. */
export interface Conversion {
  repo: Repo;
  copy: Repo;
  head: Oid;
  leaving: readonly Leaving[];
}
