/** Tables of packs that this machine keeps, to ask for each only once: a file each, in a folder for a place. */
import * as fs from "node:fs";
import { join } from "node:path";
import { discard, makeFolder, readRegularUpTo, replaceFile, tryTo } from "../../../base/disk.ts";
import { isMvgitError } from "../../../base/errors.ts";
import { ownNames } from "../../../base/own-folder.ts";
import { MOST_TABLE } from "../../../encoding/index-table.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import { type Hash, parseHash } from "../../../values/hash.ts";

/** Bytes of tables beyond which no more are kept for one place. */
const MOST_KEPT = 512 * 1024 * 1024;

/** A pack, and the version of its table's object. */
interface Key {
  pack: Hash;
  version: string;
}

/**
 * What was kept is a memory and no more: what cannot be read, or written, is had from the place. Who asks for bytes
 * checks them.
 */
export class KeptTables {
  readonly #folder: string;
  #bytes = 0;

  /** `folder`: of all places; `identity`: of this one. */
  constructor(folder: string, identity: string) {
    this.#folder = join(folder, hashBytes(Buffer.from(identity)).slice(0, 32));
  }

  read(key: Key): Buffer | null {
    try {
      const bytes = readRegularUpTo(this.#fileOf(key), MOST_TABLE);
      return Buffer.isBuffer(bytes) && bytes.length <= MOST_TABLE ? bytes : null;
    } catch (error) {
      if (isMvgitError(error)) return null;
      throw error;
    }
  }

  write(key: Key, bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > MOST_KEPT) return;
    this.#bytes += bytes.length;
    try {
      makeFolder(this.#folder);
      replaceFile(this.#fileOf(key), bytes, false);
    } catch (error) {
      // A cache that is read-only, or a full disk: the next command asks the place again.
      if (!isMvgitError(error) || error.kind === "bug" || error.kind === "interrupted") throw error;
    }
  }

  /** Forgets all but these. */
  keepOnly(keys: Iterable<Key>): void {
    const wanted = new Set([...keys].map((key) => this.#fileOf(key)));
    this.#bytes = 0;
    for (const name of this.#names()) {
      const file = join(this.#folder, name);
      if (!wanted.has(file) && parseHash(name.slice(0, 64)) !== null) tryTo(() => discard(file));
      else this.#bytes += fs.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
    }
  }

  #names(): string[] {
    try {
      return ownNames(this.#folder);
    } catch (error) {
      if (isMvgitError(error)) return [];
      throw error;
    }
  }

  /** Versions are any text. */
  #fileOf({ pack, version }: Key): string {
    return join(this.#folder, `${pack}.${hashBytes(Buffer.from(version)).slice(0, 16)}`);
  }
}
