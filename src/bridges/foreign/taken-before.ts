/**
 * Which blobs foreign names came to, so that an import that was stopped, and one of another branch, need not read what
 * it took before. Derived: a line that is damaged counts for nothing, and losing all of them costs time only.
 */
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { appendToFile, readOwnText } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import type { ForeignName } from "./name.ts";
import type { Hash } from "../../values/hash.ts";
import type { Cache } from "../../store/cache/cache.ts";

export interface KnownBlob {
  hash: Hash;
  /** Bytes. */
  size: number;
}

/** `algorithm:digest hash size check`, the check from what stands before it. */
const LINE = /^((?:md5|sha256):[0-9a-f]{32,64}) ([0-9a-f]{64}) (0|[1-9][0-9]{0,15}) ([0-9a-f]{8})$/;
/** Lines kept in memory before they are appended. */
const TOGETHER = 500;

/**
 * What this cache took under another program's hash, so that it is not read and hashed again. A line that is cut or
 * spoilt counts for nothing.
 */
export class TakenBefore {
  readonly #file: string;
  readonly #cache: Cache;
  readonly #known: Map<string, KnownBlob>;
  #waiting: string[] = [];

  constructor(cache: Cache) {
    this.#cache = cache;
    this.#file = join(cache.folder, "imported");
    this.#known = read(this.#file);
  }

  /** The blob that a name came to, when the cache still has it. */
  find(name: ForeignName): KnownBlob | null {
    const known = this.#known.get(keyOf(name));
    if (known === undefined || (name.size !== null && name.size !== known.size)) return null;
    return this.#cache.freshen(known.hash, known.size) ? known : null;
  }

  /** Remembers a blob that is durable in the cache and whose bytes have exactly this digest. */
  add(name: ForeignName, blob: KnownBlob): void {
    const key = keyOf(name);
    const known = this.#known.get(key);
    if (known?.hash === blob.hash) return;
    this.#known.set(key, blob);
    const line = `${key} ${blob.hash} ${blob.size}`;
    this.#waiting.push(`${line} ${checkOf(line)}\n`);
    if (this.#waiting.length >= TOGETHER) this.save();
  }

  /** Writes what was added since. */
  save(): void {
    if (this.#waiting.length === 0) return;
    try {
      appendToFile(this.#file, this.#waiting.join(""));
    } catch (error) {
      // Another user of a shared cache began the list: what is not remembered is read again.
      if (systemCode(error) === "EACCES") return void (this.#waiting = []);
      throw fromSystem(error, `write '${this.#file}'`, this.#file);
    }
    this.#waiting = [];
  }
}

function keyOf({ algorithm, digest }: ForeignName): string {
  return `${algorithm}:${digest}`;
}

function checkOf(line: string): string {
  return crc32(line).toString(16).padStart(8, "0");
}

function read(file: string): Map<string, KnownBlob> {
  const known = new Map<string, KnownBlob>();
  for (const line of (readOwnText(file, "latin1") ?? "").split("\n")) {
    const [, key, hash, size, check] = LINE.exec(line) ?? [];
    if (key !== undefined && check === checkOf(line.slice(0, -9)))
      known.set(key, { hash: hash as Hash, size: Number(size) });
  }
  return known;
}
