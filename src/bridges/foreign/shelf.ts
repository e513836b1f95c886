/** Blobs written under another program's names into that program's own store. */
import { createHash } from "node:crypto";
import { makeFolder, setMode, writeNewFile } from "../../base/disk.ts";
import { bug } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { Landing } from "../../base/landing.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import type { ForeignName } from "./name.ts";
import type { Hash } from "../../values/hash.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { readFileRange } from "../../store/file-source.ts";
import { TemporaryFolder } from "../../store/temporary.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { BringOut } from "../../worktree/bring-out.ts";

/** Objects written at once; those that wait share one flush. */
const TOGETHER = 512;

export interface ShelfLayout {
  algorithm: ForeignName["algorithm"];
  /** Of the store, absolute. */
  folder: string;
  /** Absolute, below the folder, and safe to write: whatever links the repository brings. */
  fileOf(name: string): string;
}

/** One store of another program. */
export class Shelf {
  readonly #cache: Cache;
  readonly #layout: ShelfLayout;
  readonly #landing: Landing;
  readonly #temporary: TemporaryFolder;
  readonly #bringOut: BringOut;
  readonly #digests = new Map<Hash, string>();

  /** `temporary`: a folder on the store's file system. */
  constructor(cache: Cache, layout: ShelfLayout, temporary: string) {
    this.#cache = cache;
    this.#layout = layout;
    makeFolder(layout.folder);
    this.#landing = new Landing(layout.folder, { durable: true, exclusive: false });
    this.#temporary = new TemporaryFolder(temporary);
    this.#bringOut = new BringOut(cache, temporary, ["reflink", "copy"]);
  }

  /** Writes blobs of the cache, verified, each once. Throws `blob-missing`, `blob-damaged`. */
  async putAll(blobs: Iterable<{ hash: Hash; size: number }>, onBytes: (count: number) => void): Promise<void> {
    const wanted = new Map([...blobs].filter(({ hash }) => !this.#digests.has(hash)).map((blob) => [blob.hash, blob]));
    await forEachConcurrent(wanted.values(), TOGETHER, async ({ hash, size }) => {
      this.#digests.set(
        hash,
        size <= SMALL_BLOB ? await this.putBytes(this.#cache.readSmall(hash)) : await this.#putLarge(hash, size),
      );
      onBytes(size);
    });
  }

  /** The digest of a blob that was put. */
  digestOf(hash: Hash): string {
    return this.#digests.get(hash) as string;
  }

  /** Writes bytes under their digest and what `suffix` adds to it; answers the digest without that. */
  async putBytes(bytes: Uint8Array, suffix = ""): Promise<string> {
    const digest = createHash(this.#layout.algorithm).update(bytes).digest("hex");
    const file = this.#temporary.newName();
    try {
      writeNewFile(file, bytes, 0o444);
      await this.#land(file, digest + suffix);
    } catch (error) {
      throw fromSystem(error, `write to '${this.#layout.folder}'`, this.#layout.folder);
    }
    return digest;
  }

  async #putLarge(hash: Hash, size: number): Promise<string> {
    const file = this.#temporary.newName();
    if ((await this.#bringOut.make({ at: file, shown: file, seen: null, hash, size, exec: false }, () => {})) === null)
      throw bug(`'${file}' was made by somebody else`);
    const digester = createHash(this.#layout.algorithm);
    for await (const chunk of readFileRange(file, { start: 0, end: size })) digester.update(chunk);
    setMode(file, 0o444);
    const digest = digester.digest("hex");
    await this.#land(file, digest);
    return digest;
  }

  async #land(file: string, name: string): Promise<void> {
    await this.#landing.land(file, this.#layout.fileOf(name));
  }
}
