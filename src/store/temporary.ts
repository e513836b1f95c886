/** The folder of files that are being written: whose each one is, and which may be cleaned. */
import * as fs from "node:fs";
import { basename, join } from "node:path";
import { getuid } from "node:process";
import { discardTree, giveSign, makeFolder, moveFile, removeFile, removeTree } from "../base/disk.ts";
import { systemCode } from "../base/errors.ts";
import { timeIn } from "../base/file-time.ts";
import { isOwnName, nameOfOwner, stateOfOwner } from "../base/processes.ts";
import { ABANDONED, ASIDE_LEFT, PART_BEAT, PART_SILENCE } from "../base/times.ts";

export interface TemporaryRules {
  /** Milliseconds after which a file of an unknown process, or a beginning, is of no use to anybody. */
  abandonedAfter: number;
  /**
   * Milliseconds without a write after which nobody goes on with the beginning that an unknown process made; null:
   * somebody may all the same.
   */
  quietAfter: number | null;
  /** As of `makeFolder`. */
  like?: string;
}

export const RULES: TemporaryRules = { abandonedAfter: ABANDONED, quietAfter: PART_SILENCE };

const ASIDE = "aside.";
const FOLDER = "folder.";

/** A name that says whose it is; `part`: of what it is the beginning. */
export function newTemporaryName(part?: string): string {
  return `${part ? `part.${part}.` : ""}${nameOfOwner()}`;
}

/** Whether nobody needs the file of this name any more, which was last written `age` milliseconds ago. */
export function isLeftover(name: string, age: number, { abandonedAfter } = RULES): boolean {
  if (name.startsWith(ASIDE)) return false;
  const owner = stateOfOwner(name);
  const isOld = age > abandonedAfter;
  if (owner === "runs" || (owner === "unknown" && !isOld)) return false;
  return isOld || !name.startsWith("part.");
}

/**
 * A folder of files under way, named `[part.<key>.|aside.|folder.]<name of the owner>`: a `part` is the beginning of
 * what has that key (a blob's hash), `aside` a file of the user's, and `folder` a folder of files that can be had
 * again, which gets its name as a whole.
 */
export class TemporaryFolder {
  readonly folder: string;
  readonly #rules: TemporaryRules;
  #isMade = false;

  constructor(folder: string, rules = RULES) {
    this.folder = folder;
    this.#rules = rules;
  }

  /** A name in the folder, which is made if it is not there. */
  newName(part?: string): string {
    if (!this.#isMade && !fs.existsSync(this.folder)) makeFolder(this.folder, this.#rules.like);
    this.#isMade = true;
    return join(this.folder, newTemporaryName(part));
  }

  /** A name for a file of the user's that is moved out of the way for a moment; `clean` never removes it. */
  newAside(): string {
    const name = this.newName();
    return join(this.folder, ASIDE + basename(name));
  }

  /** A name for a folder of files that can all be had again. */
  newFolderName(): string {
    return join(this.folder, FOLDER + basename(this.newName()));
  }

  /** What dead processes moved out of the way and did not remove. */
  leftAside(): string[] {
    return this.#names()
      .filter((name) => name.startsWith(ASIDE) && this.#isForgotten(name))
      .map((name) => join(this.folder, name));
  }

  /** What is moved out of the way is so for a moment, and the move is its last change. */
  #isForgotten(name: string): boolean {
    const state = stateOfOwner(name);
    const found = fs.lstatSync(join(this.folder, name), { throwIfNoEntry: false });
    return (
      found !== undefined &&
      (state === "ended" || (state === "unknown" && timeIn(this.folder) - found.ctimeMs > ASIDE_LEFT))
    );
  }

  /** The beginning that a dead process left of what has this key, now ours; null when there is none. */
  adoptPart(part: string): string | null {
    for (const name of this.#names()) {
      if (!name.startsWith(`part.${part}.`) || !this.#isLeft(name) || !isOwnFile(join(this.folder, name))) continue;
      const ours = this.newName(part);
      try {
        moveFile(join(this.folder, name), ours);
        return ours;
      } catch (error) {
        // Another process adopted it first.
        if (systemCode(error) !== "ENOENT") throw error;
      }
    }
    return null;
  }

  #isLeft(name: string): boolean {
    const state = stateOfOwner(name);
    if (state !== "unknown" || this.#rules.quietAfter === null) return state === "ended";
    const found = fs.lstatSync(join(this.folder, name), { throwIfNoEntry: false });
    return found !== undefined && timeIn(this.folder) - found.mtimeMs > this.#rules.quietAfter;
  }

  /**
   * Says again and again that the beginning of a blob is being written, or read before that, until it is told to stop:
   * a source may be silent for minutes and go on. `now`: by the folder's file system.
   */
  showLife(file: string, now: () => number): () => void {
    const sign = (): void => {
      try {
        giveSign(file, now());
      } catch {
        // One that is missed counts for nothing until many were.
      }
    };
    sign();
    const beat = setInterval(sign, PART_BEAT).unref();
    return () => clearInterval(beat);
  }

  /**
   * Removes what processes that ended left; beginnings of blobs, and what nobody here can tell of, only when they are
   * old.
   */
  clean(): void {
    const names = this.#names();
    if (names.every((name) => name.startsWith(ASIDE))) return;
    const now = timeIn(this.folder);
    for (const name of names) {
      const file = join(this.folder, name);
      const found = fs.lstatSync(file, { throwIfNoEntry: false });
      if (found === undefined) continue;
      if (!isLeftover(name, now - found.mtimeMs, this.#rules)) continue;
      tolerant(() => void (name.startsWith(FOLDER) && found.isDirectory() ? removeTree(file) : removeFile(file)));
    }
  }

  /**
   * True when somebody's work ended, or is under way, between giving a file its name and flushing that: the file has
   * two names.
   */
  hasNamed(): boolean {
    return this.#names().some((name) => {
      const found = fs.lstatSync(join(this.folder, name), { throwIfNoEntry: false });
      return found !== undefined && found.isFile() && found.nlink > 1;
    });
  }

  /** Removes what this process made, after its work failed and nothing of it is under way; beginnings of blobs stay. */
  discardOwn(): void {
    for (const name of this.#names()) {
      if (!name.startsWith("part.") && !name.startsWith(ASIDE) && isOwnName(name)) discardTree(join(this.folder, name));
    }
  }

  #names(): string[] {
    try {
      return fs.readdirSync(this.folder);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw error;
    }
  }
}

/** What another user wrote cannot be gone on with; nor can what is no file. */
function isOwnFile(file: string): boolean {
  const found = fs.lstatSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.isFile() && (getuid === undefined || found.uid === getuid());
}

/** What another user left, or what is a folder, is left to somebody who may remove it. */
function tolerant(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!["EPERM", "EACCES", "EISDIR", "EBUSY", "EROFS"].includes(systemCode(error) ?? "")) throw error;
  }
}
