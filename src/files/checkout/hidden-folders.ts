/**
 * Folders that are not in the work tree yet, made beside it with all their files, and shown by one rename each: a file
 * costs what it costs to write it, and nobody sees a folder half made. What somebody else put there meanwhile stays.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { discardTree, makeOneFolder, moveFile } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { baseOf, parentOf, type RepoPath } from "../../base/paths.ts";
import type { BringOut, WantedFile } from "../../worktree/bring-out.ts";
import { MOST_OPEN, type OpenFolders } from "../../worktree/open-folders.ts";
import { look } from "../../worktree/stamp.ts";

/** For fewer files a hidden folder costs more than it saves. */
const LEAST = 16;
/** What is made in a folder with this bit has its group. */
const SET_GROUP = 0o2000;

/** A file, and where it is to be made. */
interface HiddenFile<P> {
  pair: P;
  file: WantedFile;
}

/** A folder that is to be shown when its files, and those in folders below it, are there. */
export interface HiddenFolder<P> {
  /** In the work tree. */
  path: RepoPath;
  /** Where it is until then. */
  place: string;
  files: HiddenFile<P>[];
}

/** `close` it in every case: what was not shown by then is removed. Throws as `OpenFolders` does. */
export class HiddenFolders<P> {
  readonly #bringOut: BringOut;
  readonly #folders: OpenFolders;
  readonly #hidden = new Map<string, HiddenFolder<P>>();

  /** `folders` are the caller's to close. */
  constructor({ bringOut, folders }: { bringOut: BringOut; folders: OpenFolders }) {
    this.#bringOut = bringOut;
    this.#folders = folders;
  }

  /** Folders for those of the files that lie where nothing is yet; the others are left to be made one by one. */
  open(files: readonly { pair: P; wanted: Omit<WantedFile, "at"> }[]): HiddenFolder<P>[] {
    const groups = new Map<string, (typeof files)[number][]>();
    for (const each of files) {
      const folder = parentOf(each.wanted.shown);
      const group = groups.get(folder);
      if (group) group.push(each);
      else groups.set(folder, [each]);
    }
    for (const [path, group] of [...groups].toSorted(([a], [b]) => a.length - b.length)) {
      const hidden = this.#above(path) ?? (group.length < LEAST ? null : this.#hide(path as RepoPath));
      if (hidden === null) continue;
      const place = makeInside(hidden, path);
      for (const { pair, wanted } of group)
        hidden.files.push({ pair, file: { ...wanted, at: `${place}/${baseOf(wanted.shown)}`, isHidden: true } });
    }
    return [...this.#hidden.values()];
  }

  /** The hidden folder that it is in. */
  #above(path: string): HiddenFolder<P> | null {
    for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
      const hidden = this.#hidden.get(folder);
      if (hidden) return hidden;
    }
    return null;
  }

  /** Null where something is there, or the folder would not get there by a rename with what it is to inherit. */
  #hide(path: RepoPath): HiddenFolder<P> | null {
    const at = this.#reach(path);
    if (look(at) !== null || (fs.statSync(dirname(at)).mode & SET_GROUP) !== 0) return null;
    const place = this.#bringOut.newFolderFor({ at, shown: path });
    if (place === null) return null;
    makeOneFolder(place);
    const hidden = { path, place, files: [] };
    this.#hidden.set(path, hidden);
    return hidden;
  }

  /** Gives it its name, complete as it is; false where it cannot have it, and then it is gone. */
  show(hidden: HiddenFolder<P>): boolean {
    const at = this.#reach(hidden.path);
    const isShown = look(at) === null && isMoved(hidden.place, at);
    if (isShown) this.#hidden.delete(hidden.path);
    else this.giveUp(hidden);
    return isShown;
  }

  /** Of one that is not complete. */
  giveUp({ path, place }: HiddenFolder<P>): void {
    discardTree(place);
    this.#hidden.delete(path);
  }

  #reach(path: RepoPath): string {
    if (this.#folders.count > MOST_OPEN) this.#folders.renew();
    return this.#folders.reach(path, { make: true });
  }

  close(): void {
    for (const { place } of this.#hidden.values()) discardTree(place);
    this.#hidden.clear();
  }
}

/** The place of a folder that is the hidden one, or in it: what is between them is made. */
function makeInside({ path: top, place }: Pick<HiddenFolder<unknown>, "path" | "place">, path: string): string {
  if (path === top) return place;
  const folder = `${makeInside({ path: top, place }, parentOf(path))}/${baseOf(path)}`;
  makeOneFolder(folder);
  return folder;
}

/** What the system says against it, who makes the files one by one is told. */
function isMoved(place: string, at: string): boolean {
  try {
    moveFile(place, at);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
