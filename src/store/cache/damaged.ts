/** The drawer of a cache for what was found damaged: out of reach and not deleted, until gc takes it. */
import { join } from "node:path";
import { uniqueName } from "../../base/clock.ts";
import { makeFolder, moveFile, removeTree } from "../../base/disk.ts";
import { type MvgitError, systemCode } from "../../base/errors.ts";
import type { Hash } from "../../values/hash.ts";
import { type Age, isOld } from "./ageing.ts";
import { damaged } from "./blob-errors.ts";
import { namesIn } from "./shelves.ts";

/** What was set aside, as `damaged/<hash>.<unique>`. */
export class DamagedDrawer {
  readonly #folder: string;
  readonly #cache: string;

  constructor(cacheFolder: string) {
    this.#cache = cacheFolder;
    this.#folder = join(cacheFolder, "damaged");
  }

  /** Takes the blob's file in; the error to throw. */
  take(hash: Hash, file: string): MvgitError {
    const kept = join(this.#folder, `${hash}.${uniqueName()}`);
    try {
      makeFolder(this.#folder, this.#cache);
      moveFile(file, kept);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      if (code !== "ENOENT") return damaged(hash, `it could not be set aside (${code})`);
    }
    return damaged(hash, `it was set aside as '${kept}'`);
  }

  /** Where the blob was set aside last; null where it was not, or is forgotten by now. */
  lastOf(hash: Hash): string | null {
    const found = namesIn(this.#folder).filter((name) => name.startsWith(`${hash}.`));
    const last = found.toSorted().at(-1);
    return last === undefined ? null : join(this.#folder, last);
  }

  /** How many are old; they are removed, unless it is a dry run. */
  removeOld(age: Age, { dryRun }: { dryRun: boolean }): number {
    const old = namesIn(this.#folder)
      .map((name) => join(this.#folder, name))
      .filter((file) => isOld(file, age));
    if (!dryRun) for (const file of old) removeTree(file);
    return old.length;
  }

  empty(): void {
    removeTree(this.#folder);
  }
}
