/**
 * mvgit's own files, each named once: those beside Git's, of the clone and of one work tree, and those of a cache. No
 * other module joins a name to one of these folders.
 */
import { join } from "node:path";

/** In Git's folder, and the cache where no setting names another one. */
const FOLDER = "mvgit";

/** What belongs to the clone: in the folder of Git's that all its work trees share. */
export const CLONE_FILES = {
  claims: "what this clone claimed in remotes, when, and by which objects",
  receipts: "commits that it saw confirmed in a remote, by the remote's identity",
  stores: "identities of remotes, by their addresses",
  destinations: "what the committed settings named as addresses, and was consented to",
  frozen: "commands of frozen files that were consented to",
  lost: "blobs that no store has, and that were given up",
  hooks: "which of Git's hooks mvgit installed here",
  "follow-tags": "that `push.followTags` is mvgit's doing",
  "seen.json": "what stages meant, and was said of versions, when they were last looked at",
  verified: "what was found true of versions, by the ids of their tags",
  "first-screen": "the document that the page of `mvgit ui` began with, and of which state of refs it is",
  "mlflow-secret": "what the address of `mvgit mlflow serve --port` ends with, for its user alone",
  "unfinished-move": "a move of a stage, or a remark, that is not known to have arrived",
  leases: "blobs that runs in progress need, and no pointer names yet",
  runs: "runs in progress, and those of which no version was made",
  scratch: "which temporary work trees are to be removed",
  tmp: "files that get their names when they are complete",
  "gc-remote": "by which this clone knows its own mark in a remote",
  "gc-remote.lock": "lock: a gc of a remote",
  "version.lock": "lock: numbers of versions",
  "stage-lock": "lock: moves of stages",
  "runs.lock": "lock: the list of runs",
  "work-trees.lock": "lock: Git's list of linked work trees",
} as const;
export type CloneFile = keyof typeof CLONE_FILES;

/** What belongs to one work tree: in its own folder of Git's. */
export const WORK_TREE_FILES = {
  stat: "stamps of files whose hashes are known, what each was made from, and the lock of that",
  undo: "what stood there before a run",
  pending: "versions that are being recorded",
  runs: "what a run's program logs",
  "conflict-files": "which files `.mvgit/conflict` was given",
  environment: "the shadow of an environment, of a scratch work tree",
  index: "copies of Git's index, `index-` and whose they are",
  tmp: "files of the work tree that get their names when they are complete, and those that were moved aside",
  lock: "lock: pointers, ignore lines and Git's index",
  "prepare.lock": "lock: what a run or a save takes in",
} as const;
export type WorkTreeFile = keyof typeof WORK_TREE_FILES;

/** What belongs to a cache, whoever uses it. */
export const CACHE_FILES = {
  blobs: "the blobs, by their hashes",
  damaged: "what lay under a blob's name and was something else",
  displaced: "what `--force` replaced or removed",
  "displaced.lock": "lock: that list",
  clones: "repositories that use a shared cache",
  uploads: "uploads that were cut",
  tables: "what the packs of remotes hold, by remote",
  tmp: "blobs that are being written",
} as const;
export type CacheFile = keyof typeof CACHE_FILES;

/**
 * In which order locks are taken, by their files' names: whoever holds one takes only those behind it. Two that took
 * two of them in other orders would wait for each other.
 */
export const LOCK_ORDER = [
  "gc-remote.lock",
  "prepare.lock",
  "version.lock",
  "stage-lock",
  "runs.lock",
  "lock",
  "work-trees.lock",
  "bases.lock",
  "displaced.lock",
] as const;

interface Place {
  /** What all work trees of a clone share. */
  commonDir: string;
  /** A work tree's own. */
  gitDir: string;
}

export function cloneFolder({ commonDir }: Pick<Place, "commonDir">): string {
  return join(commonDir, FOLDER);
}

export function cloneFile(place: Pick<Place, "commonDir">, name: CloneFile): string {
  return join(cloneFolder(place), name);
}

export function workTreeFolder({ gitDir }: Pick<Place, "gitDir">): string {
  return join(gitDir, FOLDER);
}

export function workTreeFile(place: Pick<Place, "gitDir">, name: WorkTreeFile): string {
  return join(workTreeFolder(place), name);
}

/** Every folder beside Git's in which a process that ended may have left something; there may be a file of its name. */
export function ownFolders(place: Place): string[] {
  const ofClone = Object.keys(CLONE_FILES).map((name) => cloneFile(place, name as CloneFile));
  const ofWorkTree = Object.keys(WORK_TREE_FILES).map((name) => workTreeFile(place, name as WorkTreeFile));
  return [cloneFolder(place), workTreeFolder(place), ...ofClone, ...ofWorkTree];
}

/** `folder`: the cache's. */
export function cacheFile(folder: string, name: CacheFile): string {
  return join(folder, name);
}
