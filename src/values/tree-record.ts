/** What stood in a work tree besides what Git keeps of it: the section `tree` of a package's environment. */
import { pathProblem, type RepoPath } from "../base/paths.ts";
import type { Mapping, Value } from "./document.ts";
import { type Hash, parseHash } from "./hash.ts";

/** `ignored`: one that Git does not look at, which a command may use all the same. */
export type RepositoryKind = "submodule" | "nested" | "ignored";

/** A repository inside the work tree. */
export interface RecordedRepository {
  path: RepoPath;
  kind: RepositoryKind;
  /** Git's id of the commit that its HEAD was at; null for one without. */
  commit: string | null;
  /** What its files had beyond that commit, as `git apply` reads it; null for nothing, or for what is not known. */
  patch: string | null;
  /** Of the patch's bytes; null where there was no difference. With no patch: the difference was not kept. */
  patchHash: Hash | null;
}

export interface TreeRecord {
  /** Folders without a file that Git keeps, those within each other by the innermost alone. */
  folders: RepoPath[];
  /** Files and folders that Git ignores, the outermost alone, and not those that tools make again. */
  ignored: RepoPath[];
  /** Folders of environments of programs (`.venv`). */
  environments: RepoPath[];
  /** Those above others first. */
  repositories: RecordedRepository[];
}

/** Entries of a list that are read. */
export const MOST_LISTED = 1000;

/** As it stands in a package; null where there is nothing to say. */
export function formatTreeRecord({ folders, ignored, environments, repositories }: TreeRecord): Mapping | null {
  const lists = Object.entries({ folders, ignored, environments, repositories: repositories.map(toMapping) });
  const kept = lists.filter(([, list]) => list.length > 0);
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

/** The keys `id` and `blake3` are those of hashes, which no masking of secrets touches. */
function toMapping({ path, kind, commit, patch, patchHash }: RecordedRepository): Mapping {
  return {
    path,
    kind,
    id: commit,
    ...(patchHash === null ? {} : { blake3: patchHash }),
    ...(patch === null ? {} : { patch }),
  };
}

/** What a package says, as far as it can be used; null for one made before this was recorded. */
export function readTreeRecord(environment: Mapping): TreeRecord | null {
  const section = Object.hasOwn(environment, "tree") ? environment["tree"] : null;
  if (section === null || typeof section !== "object" || Array.isArray(section)) return null;
  const list = (name: string): Value[] => {
    const value = Object.hasOwn(section, name) ? section[name] : null;
    return Array.isArray(value) ? value.slice(0, MOST_LISTED) : [];
  };
  const paths = (name: string): RepoPath[] => list(name).filter(isPath);
  return {
    folders: paths("folders"),
    ignored: paths("ignored"),
    environments: paths("environments"),
    repositories: list("repositories").flatMap((each) => readRepository(each) ?? []),
  };
}

function isPath(value: Value): value is RepoPath {
  return typeof value === "string" && pathProblem(value) === null;
}

function readRepository(value: Value): RecordedRepository | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const { path = null, kind, id = null, patch = null, blake3 } = value;
  if (!isPath(path) || (kind !== "submodule" && kind !== "nested" && kind !== "ignored")) return null;
  if (id !== null && !(typeof id === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id))) return null;
  return {
    path,
    kind,
    commit: id,
    patch: typeof patch === "string" ? patch : null,
    patchHash: typeof blake3 === "string" ? parseHash(blake3) : null,
  };
}
