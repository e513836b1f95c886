/**
 * Where files of a work tree are written before they get their names. A name is given by a rename, which stays on one
 * file system: where another one begins inside of the work tree (a disk, a volume, a bind mount, a subvolume), a file
 * is written in the very folder that it goes to, under a name that nothing takes for the user's.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { platform } from "node:process";
import { readUpTo, removeFile } from "../base/disk.ts";
import { systemCode } from "../base/errors.ts";
import { parentOf } from "../base/paths.ts";
import { nameOfOwner, stateOfOwner } from "../base/processes.ts";
import { TemporaryFolder } from "../store/temporary.ts";

const PREFIX = ".mvgit-tmp.";
const MOUNTS_CAP = 16 * 1024 * 1024;

/** True for a file that is being written, or that a killed process left so. */
export function isUnfinishedName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Plain values, so that a worker thread can be given them. */
export interface PlacesSetup {
  /** The work tree's top; null where all is known to be on one file system. */
  top: string | null;
  /** The folder for all that is on the file system of the top. */
  main: string;
}

/** A file that is to be made: by which path it is reached, and its path in the work tree. */
export interface Place {
  at: string;
  shown: string;
}

/** Where each file of one work tree is written first. What it learns of the file system it remembers. */
export class Places {
  readonly setup: PlacesSetup;
  readonly #main: TemporaryFolder;
  /** For folders of the work tree: whether files are written in the folder itself. */
  readonly #known = new Map<string, boolean>([["", false]]);
  #outside: { device: number; mounts: readonly string[] } | null = null;

  constructor(setup: PlacesSetup) {
    this.setup = setup;
    this.#main = new TemporaryFolder(setup.main);
  }

  /** A new name for the bytes of a file whose folder is there. */
  newName(place: Place): string {
    return this.isElsewhere(place) ? join(dirname(place.at), PREFIX + nameOfOwner()) : this.#main.newName();
  }

  /** Whether the file's folder is on another file system than the top. */
  isElsewhere({ at, shown }: Place): boolean {
    const folder = parentOf(shown);
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const isOther = this.setup.top !== null && this.#isOther(this.setup.top, dirname(at), folder);
    if (isOther) clean(dirname(at));
    this.#known.set(folder, isOther);
    return isOther;
  }

  /**
   * To be told when a rename to the place failed for crossing file systems, which nothing showed before; false where
   * that was known.
   */
  crossed(place: Place): boolean {
    if (this.isElsewhere(place)) return false;
    clean(dirname(place.at));
    this.#known.set(parentOf(place.shown), true);
    return true;
  }

  #isOther(top: string, at: string, folder: string): boolean {
    this.#outside ??= { device: fs.statSync(top).dev, mounts: mountPoints() };
    const { device, mounts } = this.#outside;
    const name = join(top, folder);
    return (
      fs.statSync(at).dev !== device ||
      mounts.some((each) => each.startsWith(`${top}/`) && (name === each || name.startsWith(`${each}/`)))
    );
  }
}

/** Runs what ends in a rename to the place; once more where that turned out to cross file systems. */
export async function crossing<R>(places: Places, place: Place, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) !== "EXDEV" || !places.crossed(place)) throw error;
    return work();
  }
}

/** Folders where something is mounted: a bind mount has the device of what is around it. Linux alone tells. */
function mountPoints(): string[] {
  const text = platform === "linux" ? (readUpTo("/proc/self/mountinfo", MOUNTS_CAP)?.toString("utf8") ?? "") : "";
  return text
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    );
}

/** Removes what killed processes left in a folder. */
function clean(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    if (isUnfinishedName(name) && stateOfOwner(name) === "ended") removeFile(join(folder, name));
  }
}
