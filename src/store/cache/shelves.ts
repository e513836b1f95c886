/** Where the blobs of a cache lie: `blobs/ab/cdef…`, each a whole file. */
import * as fs from "node:fs";
import { join, sep } from "node:path";
import { removeEmptyFolder, removeFile } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { BLOBS, hashOfName } from "../blob-layout.ts";

/** The names in a folder; none where it is absent, or is none. */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw fromSystem(error, `list '${folder}'`, folder);
  }
}

/** The files of a cache by hash. It looks at names and sizes, and reads no bytes. */
export class Shelves {
  /** The folder of all blobs. */
  readonly top: string;

  constructor(cacheFolder: string) {
    this.top = join(cacheFolder, BLOBS);
  }

  /** Where the blob is, if it is there. */
  fileOf(hash: Hash): string {
    return this.top + sep + hash.slice(0, 2) + sep + hash.slice(2);
  }

  /** Bytes of what is in the blob's place, null when that is empty, -1 for what is no file. */
  sizeOf(hash: Hash): number | null {
    try {
      const found = fs.lstatSync(this.fileOf(hash), { throwIfNoEntry: false });
      if (found === undefined) return null;
      return found.isFile() ? found.size : -1;
    } catch (error) {
      if (systemCode(error) === "ENOTDIR") return null;
      throw fromSystem(error, `look for blob ${shortHash(hash)} in the cache`, this.fileOf(hash));
    }
  }

  /** Answers by name alone whether blobs are there: reads each folder once. */
  presence(): (blob: { hash: Hash }) => boolean {
    const shelves = new Map<string, Set<string>>();
    return ({ hash }) => {
      const shelf = hash.slice(0, 2);
      let names = shelves.get(shelf);
      if (names === undefined) shelves.set(shelf, (names = new Set(namesIn(join(this.top, shelf)))));
      return names.has(hash.slice(2));
    };
  }

  /** The blobs whose hash begins so; at least two characters. */
  startingWith(prefix: string): Hash[] {
    const shelf = prefix.slice(0, 2);
    return namesIn(join(this.top, shelf))
      .filter((name) => name.startsWith(prefix.slice(2)))
      .map((name) => hashOfName(`${BLOBS}/${shelf}/${name}`))
      .filter((hash) => hash !== null);
  }

  /** Every blob by its hash, in their order. */
  *list(): Generator<{ hash: Hash; size: number }> {
    for (const shelf of namesIn(this.top).toSorted()) {
      for (const name of namesIn(join(this.top, shelf)).toSorted()) {
        const hash = hashOfName(`${BLOBS}/${shelf}/${name}`);
        const size = hash && this.sizeOf(hash);
        if (hash && size !== null) yield { hash, size };
      }
    }
  }

  /** Removes every file that is not wanted and has no other name; what is no file stays. */
  keepOnly(wanted: ReadonlySet<Hash>): void {
    for (const shelf of namesIn(this.top)) {
      for (const name of namesIn(join(this.top, shelf))) {
        const file = join(this.top, shelf, name);
        if (!wanted.has((shelf + name) as Hash) && hasOneName(file)) removeFile(file);
      }
      removeEmptyFolder(join(this.top, shelf));
    }
  }
}

function hasOneName(file: string): boolean {
  const found = fs.lstatSync(file);
  return !found.isDirectory() && found.nlink === 1;
}
