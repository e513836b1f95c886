/** Blobs of the cache as files of the work tree, verified on the way. */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import {
  cloneFile,
  createFile,
  discard,
  linkNew,
  makeLink,
  openToChange,
  setMode,
  stampNew,
  writeAll,
  writeAt,
} from "../base/disk.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { display } from "../base/paths.ts";
import { newHasher } from "../hashing/hasher.ts";
import { type Hash, shortHash } from "../values/hash.ts";
import type { LinkType } from "../values/settings.ts";
import type { Cache } from "../store/cache/cache.ts";
import { isLack } from "../store/lack.ts";
import { SMALL_BLOB as SMALL } from "../store/write-many.ts";
import { readFileRange } from "../store/file-source.ts";
import { TemporaryFolder } from "../store/temporary.ts";
import { putInPlace, type Spot } from "./act.ts";
import { crossing, type Place, Places, type PlacesSetup } from "./places.ts";
import { settledStamp } from "./read-file.ts";
import { lookAt, lookThrough, NO_STAMP, sameContent, type Stamp } from "./stamp.ts";

/** One file to be made. */
export interface WantedFile extends Spot {
  hash: Hash;
  size: number;
  exec: boolean;
  /** In a folder that has no name of the user's yet: it is written where it stays. */
  isHidden?: boolean;
}

/** Makes files of the work tree. One for a command: what it learns of the file system it remembers. */
export class BringOut {
  readonly #cache: Cache;
  readonly #temporary: TemporaryFolder;
  readonly #places: Places;
  #links: LinkType[];

  /** `places`: where files are written, or one folder on the file system of all of them. */
  constructor(cache: Cache, places: Places | string, links: readonly LinkType[]) {
    this.#cache = cache;
    this.#places = typeof places === "string" ? new Places({ top: null, main: places }) : places;
    this.#temporary = new TemporaryFolder(this.#places.setup.main);
    this.#links = [...links];
  }

  /** The way that worked last: what `doctor` shows. */
  get linkType(): LinkType {
    return this.#links[0] ?? "copy";
  }

  get places(): PlacesSetup {
    return this.#places.setup;
  }

  /**
   * Makes the file and answers its stamp: of no use where somebody wrote to it since; null, and nothing is changed,
   * when not that stands there which was seen. Throws `blob-missing`, `blob-damaged` (set aside then); the target is
   * untouched.
   */
  async make(wanted: WantedFile, onBytes: (count: number) => void): Promise<Stamp | null> {
    try {
      return await crossing(this.#places, wanted, async () => {
        const temporary = this.#places.newName(wanted);
        try {
          return this.#place(temporary, wanted, await this.#fill(temporary, wanted, onBytes));
        } catch (error) {
          discard(temporary);
          throw error;
        }
      });
    } catch (error) {
      throw fromSystem(error, `write '${display(wanted.shown)}'`, display(wanted.shown));
    }
  }

  /** Finds out in which way files can be made, by one of them, which is not kept. What it lacks is not told. */
  async learnLinks(wanted: WantedFile): Promise<void> {
    if (this.linkType === "copy") return;
    const temporary = this.#temporary.newName();
    try {
      await this.#fill(temporary, wanted, () => undefined);
    } catch (error) {
      if (!isLack(error)) throw fromSystem(error, `write '${display(wanted.shown)}'`, display(wanted.shown));
    } finally {
      discard(temporary);
    }
  }

  /** A name for a folder of hidden files; null where a rename does not lead from there to the place. */
  newFolderFor(place: Place): string | null {
    return this.#places.isElsewhere(place) ? null : this.#temporary.newFolderName();
  }

  /** As `make`, for a small file and by copying, without waiting for anything. A hidden one leaves nothing or all. */
  makeSmall(wanted: WantedFile): Stamp | null {
    if (wanted.isHidden) return this.#copySmall(wanted.at, wanted);
    const temporary = this.#places.newName(wanted);
    try {
      return this.#place(temporary, wanted, this.#copySmall(temporary, wanted));
    } catch (error) {
      discard(temporary);
      throw fromSystem(error, `write '${display(wanted.shown)}'`, display(wanted.shown));
    }
  }

  /** `made`: the file's stamp when its bytes were known. */
  #place(temporary: string, wanted: WantedFile, made: Stamp): Stamp | null {
    if (!putInPlace(temporary, wanted, { blobs: this.#cache.blobs, temporary: this.#temporary })) return null;
    // Where both are names of one file, the system moves nothing.
    if (this.linkType === "hardlink") discard(temporary);
    const now = lookThrough(wanted.at, this.#cache.blobs)?.stamp;
    return now !== undefined && sameContent(now, made) ? now : NO_STAMP;
  }

  async #fill(temporary: string, wanted: WantedFile, onBytes: (count: number) => void): Promise<Stamp> {
    const size = this.#cache.sizeOf(wanted.hash);
    if (size !== null && size !== wanted.size) throw this.#cache.setAside(wanted.hash);
    for (const link of this.#links) {
      if (link === "copy") break;
      // A blob is nobody's to make executable.
      if (wanted.exec && link !== "reflink") continue;
      const made =
        link === "reflink" ? await this.#clone(temporary, wanted) : await this.#share(link, temporary, wanted);
      if (made !== null) {
        onBytes(wanted.size);
        return made;
      }
      // What this file system cannot do, it cannot do for the next file either.
      this.#links = this.#links.filter((each) => each !== link);
    }
    return this.#copy(temporary, wanted, onBytes);
  }

  /** Null when the file system has no such links. */
  async #clone(temporary: string, wanted: WantedFile): Promise<Stamp | null> {
    const made = this.#tryLink(temporary, wanted, (blob) => cloneFile(blob, temporary));
    return made ? this.#finishClone(temporary, wanted) : null;
  }

  /** As `#clone`, for the blob's own bytes under another name. */
  async #share(link: "hardlink" | "symlink", temporary: string, wanted: WantedFile): Promise<Stamp | null> {
    const known = await this.#verified(wanted.hash);
    const made = this.#tryLink(temporary, wanted, (blob) => {
      if ((fs.statSync(blob).mode & 0o333) !== 0) setMode(blob, 0o444);
      if (link === "hardlink") linkNew(blob, temporary);
      else makeLink(temporary, resolve(blob));
    });
    return made ? known : null;
  }

  /** The stamp of a blob that was read and is right: no stamp where its times may not tell of later writes. */
  async #verified(hash: Hash): Promise<Stamp> {
    const stamp = this.#cache.sizeOf(hash) === null ? null : await settledStamp(this.#cache.fileOf(hash));
    if (!(await this.#cache.verify(hash))) throw damagedBlob(hash);
    return stamp ?? NO_STAMP;
  }

  /** False when the file system has no such links. */
  #tryLink(temporary: string, wanted: WantedFile, make: (blob: string) => void): boolean {
    try {
      make(this.#cache.fileOf(wanted.hash));
      return true;
    } catch (error) {
      discard(temporary);
      if (systemCode(error) === "ENOENT" && this.#cache.sizeOf(wanted.hash) === null)
        this.#cache.readSmall(wanted.hash);
      if (systemCode(error) === undefined || systemCode(error) === "ENOSPC") throw error;
      return false;
    }
  }

  async #finishClone(temporary: string, wanted: WantedFile): Promise<Stamp> {
    const hasher = newHasher();
    for await (const chunk of readFileRange(temporary, { start: 0, end: fs.statSync(temporary).size }))
      hasher.update(chunk);
    if (hasher.digest() !== wanted.hash) throw this.#cache.setAside(wanted.hash);
    setMode(temporary, modeOf(wanted));
    const fd = openToChange(temporary);
    try {
      return stampUniquely(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  async #copy(temporary: string, wanted: WantedFile, onBytes: (count: number) => void): Promise<Stamp> {
    if (wanted.size <= SMALL) {
      const made = this.#copySmall(temporary, wanted);
      onBytes(wanted.size);
      return made;
    }
    const fd = createFile(temporary, modeOf(wanted));
    try {
      await this.#copyHashing(fd, temporary, { wanted, onBytes });
      return stampUniquely(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Hashes each chunk while it is being written; what turns out to be damaged is set aside and thrown. */
  async #copyHashing(
    fd: number,
    temporary: string,
    { wanted, onBytes }: { wanted: WantedFile; onBytes: (count: number) => void },
  ): Promise<void> {
    const hasher = newHasher();
    const size = this.#cache.sizeOf(wanted.hash) ?? 0;
    let position = 0;
    for await (const chunk of readFileRange(this.#cache.fileOf(wanted.hash), { start: 0, end: size })) {
      const writing = writeAt(fd, chunk, { position, file: temporary });
      hasher.update(chunk);
      await writing;
      position += chunk.length;
      onBytes(chunk.length);
    }
    if (size !== wanted.size || hasher.digest() !== wanted.hash) throw this.#cache.setAside(wanted.hash);
  }

  #copySmall(temporary: string, wanted: WantedFile): Stamp {
    const bytes = this.#cache.readSmall(wanted.hash);
    const fd = createFile(temporary, modeOf(wanted));
    try {
      writeAll(fd, bytes, temporary);
      return stampUniquely(fd);
    } catch (error) {
      discard(temporary);
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  }
}

function damagedBlob(hash: Hash): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} is damaged in the cache, and was set aside`, {
    subject: hash,
  });
}

/** The mode asked for; the system takes the user's umask from it. */
function modeOf(wanted: WantedFile): number {
  return wanted.exec ? 0o777 : 0o666;
}

/**
 * Sets the modification time to now with digits below the kernel's tick, so that whatever is written to the file later,
 * even within the same tick, leaves another time. Answers the stamp that it has then.
 */
function stampUniquely(fd: number): Stamp {
  stampNew(fd, (systemClock.now() + systemClock.random()) / 1000);
  return lookAt(fd).stamp;
}
