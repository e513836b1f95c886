/** Tables of packs that this machine keeps, to ask for each only once: a file each, in a folder for a place. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { discard, makeFolder, readRegularUpTo, replaceFile, shareWritten, tryTo } from "../../../base/disk.ts";
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
  /** Where several users share it, all of them write here. */
  readonly #cache: string;
  #bytes = 0;

  /** `folder`: of all places, in a cache; `identity`: of this one. */
  constructor(folder: string, identity: string) {
    this.#cache = dirname(folder);
    this.#folder = join(folder, hashBytes(Buffer.from(identity)).slice(0, 32));
  }

  read(key: Key): Buffer | null {
    return this.#bytesIn(this.#fileOf(key));
  }

  #bytesIn(file: string): Buffer | null {
    try {
      const bytes = readRegularUpTo(file, MOST_TABLE);
      return Buffer.isBuffer(bytes) && bytes.length <= MOST_TABLE ? bytes : null;
    } catch (error) {
      if (isMvgitError(error)) return null;
      throw error;
    }
  }

  /** Every one of the pack, of whichever version. */
  of(pack: Hash): Buffer[] {
    return this.#names().flatMap((name) => {
      const bytes = name.startsWith(pack) ? this.#bytesIn(join(this.#folder, name)) : null;
      return bytes === null ? [] : [bytes];
    });
  }

  write(key: Key, bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > MOST_KEPT) return;
    this.#bytes += bytes.length;
    try {
      makeFolder(this.#folder, this.#cache);
      replaceFile(this.#fileOf(key), bytes, false);
      shareWritten(this.#fileOf(key), this.#cache);
    } catch (error) {
      // A cache that is read-only, or a full disk: the next command asks the place again.
      if (!isMvgitError(error) || error.kind === "bug" || error.kind === "interrupted") throw error;
    }
  }

  /** Forgets all but these, and what it has of packs whose tables cannot be read where they are. */
  keepOnly(keys: Iterable<Key>, unreadable: ReadonlySet<Hash>): void {
    const wanted = new Set([...keys].map((key) => this.#fileOf(key)));
    this.#bytes = 0;
    for (const name of this.#names()) {
      const file = join(this.#folder, name);
      const pack = parseHash(name.slice(0, 64));
      if (!wanted.has(file) && pack !== null && !unreadable.has(pack)) tryTo(() => discard(file));
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
