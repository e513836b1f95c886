/**
 * What isomorphic-git may do with files: read the packs of one repository. For each object it asks anew for the folder
 * of packs and for a loose file; here the answers are at hand.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import type { FsClient } from "isomorphic-git";
import { bug } from "../../base/errors.ts";
import { readFolder } from "./files.ts";

const { lstat, readFile, readlink, stat } = fs.promises;

const refused = async (): Promise<never> => {
  throw bug("isomorphic-git was about to write");
};

/** One for all: to make an error costs more than to look. */
const ABSENT = Object.assign(new Error("no such file"), { code: "ENOENT" });
const LOOSE = /[\\/]objects[\\/][0-9a-f]{2}[\\/][0-9a-f]+$/;

/** The packs of one repository, listed when first asked for, and again by `hasOthers`. */
export class PackFiles {
  readonly #folder: string;
  #names: string[] | null = null;
  /** Of isomorphic-git: pack indexes and the packs themselves. */
  #cache: object = {};
  /** What isomorphic-git reads through. Loose objects are not there: they are read without it. */
  readonly client: FsClient;

  /** `gitdir`: the folder that holds `objects`. */
  constructor(gitdir: string) {
    this.#folder = join(gitdir, "objects", "pack");
    // Asked for with every object: whether the folder is one.
    let itself: Promise<fs.Stats> | null = null;
    this.client = {
      promises: {
        ...{ lstat, readlink },
        stat: (path: string) => (path === gitdir ? (itself ??= stat(path)) : stat(path)),
        readdir: async () => (this.#names ??= this.#list()),
        // Called without a path, it is only to be seen whether a promise comes.
        readFile: (path: string | undefined, options: object) =>
          path === undefined || LOOSE.test(path) ? Promise.reject(ABSENT) : readFile(path, options),
        ...{ mkdir: refused, rmdir: refused, symlink: refused, unlink: refused, writeFile: refused },
      },
    };
  }

  get cache(): object {
    return this.#cache;
  }

  /**
   * Whether there are others than when `cache` was that of isomorphic-git; those read before are then forgotten, since
   * Git removes what it packs anew.
   */
  hasOthers(cache: object): boolean {
    if (cache !== this.#cache) return true;
    const now = this.#list();
    if (this.#names !== null && now.join("/") === this.#names.join("/")) return false;
    this.#names = now;
    this.#cache = {};
    return true;
  }

  #list(): string[] {
    return readFolder(this.#folder)
      .map(({ name }) => name)
      .sort();
  }
}
