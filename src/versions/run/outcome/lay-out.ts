/**
 * An experiment tracker's files in their tracked folder, beside what others wrote there: only what mvgit itself laid
 * out before makes room.
 */
import * as fs from "node:fs";
import { dirname, extname, join } from "node:path";
import {
  copyFile,
  linkNew,
  makeFolder,
  moveFile,
  removeEmptyFolder,
  removeFile,
  removeTree,
} from "../../../base/disk.ts";
import { isMvgitError, systemCode } from "../../../base/errors.ts";
import { fromSystem } from "../../../base/system-errors.ts";
import { display, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { pointerPathOf } from "../../../values/pointer.ts";
import { readManifest } from "../../../values/manifest-io.ts";
import type { Repo } from "../../../repo/repo.ts";
import { pointerOf, select } from "../../../repo/tracked.ts";
import { identifyFile } from "../../../worktree/read-file.ts";
import { look } from "../../../worktree/stamp.ts";

/** Folders of the tracked one in which mvgit puts files; all else there is somebody's. */
const OWN = /^(?:artifacts|models|runs)\//;

/**
 * What stood in the folder before a command: whether anything did, and stamps of the files that mvgit itself laid out.
 */
export interface LaidOut {
  stood: boolean;
  own: ReadonlyMap<string, string>;
}

/**
 * Looks before the command starts, and before anything is taken in: what differs from the pointer then is the user's.
 */
export async function laidOutBefore(repo: Repo, path: RepoPath): Promise<LaidOut> {
  const root = placeOf(repo, path);
  const own = new Map<string, string>();
  // A file or a link on the way stands in the way only of what an experiment tracker records.
  if (root === null) return { stood: true, own };
  const stood = look(root) !== null;
  const [tracked] =
    stood && look(repo.guard.resolve(pointerPathOf(path))) !== null
      ? await select(repo, [join(repo.top, pointerPathOf(path))])
      : [];
  if (
    tracked?.reading.kind !== "pointer" ||
    pointerOf(tracked).files === undefined ||
    repo.cache.sizeOf(pointerOf(tracked).hash) === null
  )
    return { stood, own };
  const stamps = new Map(
    [...(repo.stats.filesOf(path, pointerOf(tracked).hash) ?? [])].flatMap((files) =>
      files.map((file) => [file.path as string, file.hash] as const),
    ),
  );
  for await (const entries of readManifest(pointerOf(tracked).hash, repo.loadManifest)) {
    for (const entry of entries) {
      const file = join(root, entry.path);
      const found = OWN.test(entry.path) ? look(file) : null;
      // A file whose bytes the cache lacks may be the last that has them.
      if (found?.kind !== "file" || found.size !== entry.size || repo.cache.sizeOf(entry.hash) === null) continue;
      if (stamps.get(entry.path) === entry.hash || (await identifyFile(file, () => {})).hash === entry.hash)
        own.set(entry.path, found.stamp);
    }
  }
  return { stood, own };
}

function placeOf(repo: Repo, path: RepoPath): string | null {
  try {
    return repo.guard.resolve(path);
  } catch (error) {
    if (isMvgitError(error)) return null;
    throw error;
  }
}

/** What a layout did, so that it can be taken back. */
export class Layout {
  readonly #root: string;
  readonly #aside: string;
  readonly #laid: { from: string; to: string }[] = [];
  readonly #movedAside: string[] = [];
  readonly notes: string[] = [];

  /** `root`: absolute, the tracked folder; `aside`: a folder for what makes room. */
  constructor(root: string, aside: string) {
    this.#root = root;
    this.#aside = aside;
  }

  /** Lets the files of before make room, each that is still as it was, then gives every file of `ready` a free name. */
  apply(ready: string, own: LaidOut["own"]): void {
    for (const [path, stamp] of own) {
      const file = join(this.#root, path);
      if (look(file)?.stamp !== stamp) continue;
      move(file, join(this.#aside, path));
      this.#movedAside.push(path);
    }
    for (const path of filesBelow(ready)) this.#lay(join(ready, path), path);
    for (const folder of new Set([...own.keys()].map((path) => dirname(path)))) this.#removeEmpty(folder);
  }

  #lay(from: string, path: string): void {
    const free = freeName(this.#root, path);
    makeFolder(dirname(join(this.#root, free)));
    if (!give(from, join(this.#root, free))) return this.#lay(from, path);
    this.#laid.push({ from, to: join(this.#root, free) });
    if (free !== path)
      this.notes.push(
        prose`MLflow's '${display(path)}' is '${display(free)}' in this version: the command itself, or
          somebody else, wrote what stands in its place`,
      );
  }

  /** With the tracked folder itself where nothing is left in it. */
  #removeEmpty(folder: string): void {
    for (let each = folder; removeEmptyFolder(join(this.#root, each)) && each !== "."; each = dirname(each));
  }

  /** Everything where it was. */
  takeBack(): void {
    for (const { from, to } of this.#laid) move(to, from);
    for (const { to } of this.#laid) this.#removeEmpty(dirname(to).slice(this.#root.length + 1) || ".");
    for (const path of this.#movedAside)
      if (look(join(this.#root, path)) === null) move(join(this.#aside, path), join(this.#root, path));
  }

  /** What made room is in the cache, and goes. */
  conclude(): void {
    removeTree(this.#aside);
  }
}

function filesBelow(folder: string): string[] {
  const all = fs.readdirSync(folder, { withFileTypes: true, recursive: true }).filter((each) => each.isFile());
  return all
    .map((each) =>
      join(each.parentPath, each.name)
        .slice(folder.length + 1)
        .split("\\")
        .join("/"),
    )
    .sort();
}

/**
 * The path, each part of which is given a number where something else than a folder, or anything at its end, has the
 * name.
 */
function freeName(root: string, path: string): string {
  const parts: string[] = [];
  const names = path.split("/");
  for (const [at, name] of names.entries()) {
    const isTaken = (each: string): boolean => {
      const found = look(join(root, ...parts, each));
      return found !== null && (at === names.length - 1 || found.kind !== "folder");
    };
    const end = at === names.length - 1 ? extname(name) : "";
    let free = name;
    for (let count = 2; isTaken(free); count++) free = `${name.slice(0, name.length - end.length)}-${count}${end}`;
    parts.push(free);
  }
  return parts.join("/");
}

/** Moves a file to a name that nothing has; false where somebody was faster. */
function give(from: string, to: string): boolean {
  try {
    if (!linkNew(from, to)) return false;
  } catch {
    // Another file system, or one without hard links.
    if (!copyNew(from, to)) return false;
  }
  removeFile(from);
  return true;
}

function copyNew(from: string, to: string): boolean {
  try {
    copyFile(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw fromSystem(error, `write '${display(to)}'`, display(to));
  }
}

function move(from: string, to: string): void {
  makeFolder(dirname(to));
  try {
    moveFile(from, to);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw fromSystem(error, `move '${display(from)}'`, display(from));
    copyFile(from, to);
    removeFile(from);
  }
}
