/** Files and folders of the work tree removed: each only while it is what was looked at. */
import * as fs from "node:fs";
import { removeEmptyFolder } from "../../base/disk.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { display, isWithin, parentOf, type RepoPath } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameAside, takeAway } from "../../worktree/act.ts";
import { MOST_OPEN, type OpenFolders } from "../../worktree/open-folders.ts";
import { isEmptyScan } from "../../worktree/scan.ts";
import { look } from "../../worktree/stamp.ts";
import type { Done } from "./done.ts";
import type { Doomed, Removal } from "./plan.ts";

/**
 * Removes what a plan found that may go; what changed since is kept, and told to `done`. Throws what the disk throws,
 * and `local-changes` for a folder that was moved meanwhile.
 */
export class Remover {
  readonly #repo: Repo;
  readonly #folders: OpenFolders;
  readonly #done: Done;

  /** `folders` are the caller's to close. */
  constructor(repo: Repo, { folders, done }: { folders: OpenFolders; done: Done }) {
    this.#repo = repo;
    this.#folders = folders;
    this.#done = done;
  }

  /** Removes a target as it was when it was looked at; what came to it meanwhile stays, and its folder with it. */
  remove({ path, files }: Removal): void {
    const { stats, guard } = this.#repo;
    for (const file of files) this.removeFile(file);
    this.#removeEmptyInside(path);
    this.#folders.renew();
    const left = look(guard.resolve(path));
    // What another commit tracked inside it went along.
    if (left === null)
      for (const each of [...stats.targets()]) if (isWithin(each.path, path)) stats.dropTarget(each.path as RepoPath);
    if (left === null || (left.kind === "folder" && isEmptyScan(guard, path))) stats.dropTarget(path);
    else if (left.kind === "folder" && !this.#done.kept.some((each) => each.startsWith(`${path}/`)))
      this.#done.keep(path);
  }

  /** Removes the file if it is still the one that was looked at, and the folders that it leaves empty. */
  removeFile(file: Doomed): boolean {
    const isGone = this.#takeAway(file);
    if (isGone) {
      this.#done.removed(file.path);
      this.#removeFolders(parentOf(file.path));
    }
    if (this.#folders.count > MOST_OPEN) this.#folders.renew();
    return isGone;
  }

  #takeAway({ path, stamp }: Doomed): boolean {
    const { guard, temporary } = this.#repo;
    const at = this.#folders.reach(path);
    try {
      if (takeAway({ at, shown: path, seen: stamp }, { blobs: guard.blobs, temporary })) return true;
      if (look(at) !== null) this.#done.keep(path);
      return false;
    } catch (error) {
      throw fromSystem(error, `remove '${display(path)}'`, display(path));
    }
  }

  /** The folder and those above it, as far as they hold nothing. */
  #removeFolders(path: string): void {
    for (let folder = path; folder !== ""; folder = parentOf(folder)) {
      this.#folders.forget(folder);
      if (!removeEmptyFolder(this.#folders.reach(folder as RepoPath))) return;
    }
  }

  /** Folders that hold nothing, or only such folders. */
  #removeEmptyInside(path: RepoPath): void {
    const place = this.#folders.reach(path);
    if (look(place)?.kind !== "folder") return;
    for (const entry of fs.readdirSync(place, { withFileTypes: true }))
      if (entry.isDirectory()) this.#removeEmptyInside(`${path}/${entry.name}` as RepoPath);
    this.#removeFolders(path);
  }

  /** Moves a link out of the way, to a free name beside it; it holds no bytes of its own. Null where none is there. */
  moveLinkAway(path: RepoPath): RepoPath | null {
    const at = this.#folders.reach(path);
    try {
      const kept = look(at)?.kind === "link" ? (`${path}${nameAside(at)}` as RepoPath) : null;
      this.#folders.renew();
      return kept;
    } catch (error) {
      throw fromSystem(error, `move '${display(path)}' away`, display(path));
    }
  }
}
