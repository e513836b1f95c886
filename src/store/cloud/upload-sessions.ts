/**
 * Uploads that were cut, remembered across processes in a folder of the cache: one file each, for its owner's eyes
 * only.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { getuid } from "node:process";
import { createFile, discard, moveFile, readUpTo, removeFile, writeAll } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { timeIn } from "../../base/file-time.ts";
import { UPLOAD_LIFE } from "../../base/times.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { TemporaryFolder, type TemporaryRules } from "../temporary.ts";

/** Remembers unfinished uploads across processes; a key names the remote, the object and its size. */
export interface UploadSessions {
  get(key: string): Promise<string | null>;
  set(key: string, uri: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Nothing in the file tells whether its upload still goes on elsewhere. */
const RULES: TemporaryRules = { abandonedAfter: UPLOAD_LIFE, quietAfter: null };
const CAP = 16 * 1024;

/**
 * A session's address is a credential: whoever has it can write in the place of whoever began it, and whoever plants
 * one gets the bytes. So a file counts only if it is this user's and nobody else may read it. One process at a time
 * goes on with a session. Where the folder cannot be written, nothing is remembered, and nothing fails.
 */
export class FileSessions implements UploadSessions {
  readonly #folder: TemporaryFolder;
  /** By key: the file of this process's own. */
  readonly #files = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = new TemporaryFolder(folder, { ...RULES, like: dirname(folder) });
  }

  async get(key: string): Promise<string | null> {
    return this.#tolerant("read", () => {
      cleanSessions(this.#folder.folder);
      const file = this.#files.get(key) ?? this.#folder.adoptPart(hashBytes(Buffer.from(key)));
      if (file === null) return null;
      this.#files.set(key, file);
      return isOwn(file) && this.#isFresh(file) ? (readUpTo(file, CAP)?.toString("utf8") ?? null) : null;
    });
  }

  /** In one step: a process that is killed meanwhile leaves the old session, or the new one. */
  async set(key: string, uri: string): Promise<void> {
    this.#tolerant("write", () => {
      const file = this.#files.get(key) ?? this.#folder.newName(hashBytes(Buffer.from(key)));
      const temporary = this.#folder.newName();
      try {
        const fd = createFile(temporary, 0o600);
        try {
          writeAll(fd, Buffer.from(uri), temporary);
        } finally {
          fs.closeSync(fd);
        }
        moveFile(temporary, file);
      } catch (error) {
        discard(temporary);
        throw error;
      }
      this.#files.set(key, file);
    });
  }

  async delete(key: string): Promise<void> {
    this.#tolerant("remove", () => this.#forget(key));
  }

  #forget(key: string): void {
    const file = this.#files.get(key);
    if (file !== undefined) removeFile(file);
    this.#files.delete(key);
  }

  #isFresh(file: string): boolean {
    return timeIn(this.#folder.folder) - fs.lstatSync(file).mtimeMs < UPLOAD_LIFE;
  }

  #tolerant<R>(action: string, work: () => R): R | null {
    try {
      return work();
    } catch (error) {
      if (["EACCES", "EPERM", "EROFS"].includes(systemCode(error) ?? "")) return null;
      throw fromSystem(error, `${action} the state of an upload in '${this.#folder.folder}'`, this.#folder.folder);
    }
  }
}

/** Removes what nobody can go on with any more. */
export function cleanSessions(folder: string): void {
  new TemporaryFolder(folder, RULES).clean();
}

function isOwn(file: string): boolean {
  const found = fs.lstatSync(file);
  return (
    found.isFile() &&
    found.nlink === 1 &&
    (getuid === undefined || (found.uid === getuid() && (found.mode & 0o077) === 0))
  );
}
