/**
 * Folders of the work tree, held open while files in them are changed: what is done in a folder is done in that one,
 * whatever takes its name meanwhile.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeOneFolder } from "../base/disk.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { baseOf, display, parentOf, type RepoPath } from "../base/paths.ts";
import { Guard } from "./guard.ts";

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
/** Linux's flag for a handle that only names: enough where the folder may be entered and not listed. */
const O_PATH = 0o10000000;

/** Where the system shows a process its open files as paths, a folder can be worked in by its handle. */
const HANDLES = "/proc/self/fd";
const hasHandles = fs.existsSync(HANDLES);

/** Handles held at once; a process may have at least 256 files open. */
export const MOST_OPEN = 100;

/** `close` it in every case. One serves one work tree, or any folder below which everything must stay. */
export class OpenFolders {
  readonly #top: string;
  readonly #blobs: string;
  readonly #open = new Map<string, number>();
  /** Where there are no handles: what was looked at since the last renewal. */
  readonly #looked = new Set<string>();
  readonly #hasHandles: boolean;

  /** `top` is trusted; `blobs`: the cache's folder of blobs. */
  constructor(top: string, blobs: string, { handles = hasHandles } = {}) {
    this.#top = top;
    this.#blobs = blobs;
    this.#hasHandles = handles;
  }

  /** How many folders are held now. */
  get count(): number {
    return this.#open.size;
  }

  /**
   * A name for the file that holds until `renew`: its folder was found to be a real one, reached through real ones.
   * Absent ones are made for `make`; without it the name is the plain one, and nothing is there. Throws as `Guard`
   * does.
   */
  reach(path: RepoPath, { make = false } = {}): string {
    if (!this.#hasHandles) return this.#reachByName(path, make);
    const folder = this.#hold(parentOf(path), path, make);
    return folder === null ? join(this.#top, path) : `${folder}/${baseOf(path)}`;
  }

  #reachByName(path: RepoPath, make: boolean): string {
    const guard = new Guard(this.#top, this.#blobs);
    const file = make ? guard.resolveForWriting(path) : guard.resolve(path);
    this.#looked.add(path);
    return file;
  }

  /** The folder as a path through its handle; null when it is absent. */
  #hold(folder: string, path: RepoPath, make: boolean): string | null {
    if (folder === "") return this.#top;
    const known = this.#open.get(folder);
    if (known !== undefined) return `${HANDLES}/${known}`;
    const parent = this.#hold(parentOf(folder), path, make);
    if (parent === null) return null;
    const place = `${parent}/${baseOf(folder)}`;
    const fd = this.#openFolder(place, folder, { path, make });
    if (fd === null) return null;
    this.#open.set(folder, fd);
    if (fs.existsSync(`${HANDLES}/${fd}/.git`)) throw foreign(folder, path);
    return `${HANDLES}/${fd}`;
  }

  #openFolder(place: string, folder: string, { path, make }: { path: RepoPath; make: boolean }): number | null {
    try {
      return openReal(place);
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT" && !make) return null;
      if (code === "ELOOP" || code === "ENOTDIR") throw this.#refusal(folder, path);
      if (code !== "ENOENT") throw fromSystem(error, `open the folder '${display(folder)}'`, display(folder));
    }
    try {
      makeOneFolder(place);
      return openReal(place);
    } catch (error) {
      if (systemCode(error) === "ELOOP" || systemCode(error) === "ENOTDIR") throw this.#refusal(folder, path);
      throw fromSystem(error, `make the folder '${display(folder)}'`, display(folder));
    }
  }

  /** In the guard's words: a link, or a file, stands in the folder's place. */
  #refusal(folder: string, path: RepoPath): unknown {
    try {
      new Guard(this.#top, this.#blobs).resolve(path);
    } catch (error) {
      return error;
    }
    return moved(folder);
  }

  /** Lets a folder go that is about to be removed. */
  forget(folder: string): void {
    const fd = this.#open.get(folder);
    if (fd !== undefined) fs.closeSync(fd);
    this.#open.delete(folder);
    for (const path of this.#looked) if (parentOf(path) === folder) this.#looked.delete(path);
  }

  /** Lets all folders go, after each was found to be where it was: `local-changes` for one that is not. */
  renew(): void {
    try {
      for (const [folder, fd] of this.#open) if (!isStill(join(this.#top, folder), fd)) throw moved(folder);
      const guard = new Guard(this.#top, this.#blobs);
      for (const path of this.#looked) guard.resolve(path as RepoPath);
    } finally {
      this.close();
    }
  }

  /** Lets all folders go. */
  close(): void {
    for (const fd of this.#open.values()) fs.closeSync(fd);
    this.#open.clear();
    this.#looked.clear();
  }
}

function openReal(place: string): number {
  return fs.openSync(place, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

/**
 * Every folder above it is held too, so its name leads through real ones. One that was removed was empty then, and
 * nobody moved it.
 */
function isStill(place: string, fd: number): boolean {
  const held = fs.fstatSync(fd, { bigint: true });
  if (held.nlink === 0n) return true;
  const now = fs.lstatSync(place, { bigint: true, throwIfNoEntry: false });
  return now !== undefined && now.ino === held.ino && now.dev === held.dev;
}

function moved(folder: string): MvgitError {
  return new MvgitError(
    "local-changes",
    `'${display(folder)}' was moved, or replaced by something else, while files in it were changed`,
    {
      subject: display(folder),
      hint: "what was written lies in the folder that stood there before; run the command again when nobody moves it",
    },
  );
}

function foreign(folder: string, path: RepoPath): MvgitError {
  return new MvgitError(
    "cannot-add",
    `cannot use '${display(path)}': '${display(folder)}' is a repository of its own`,
    { subject: display(folder), hint: `run mvgit inside '${display(folder)}'` },
  );
}
