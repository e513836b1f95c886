/** Bytes of blobs that are on this machine: what is compared with them costs no request. */
import { isMvgitError } from "../../../base/errors.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Hash } from "../../../values/hash.ts";
import type { RandomAccess } from "../../../values/tensors/access.ts";
import type { BlobStore } from "../../blob-store.ts";
import { type ByteRange, readAll } from "../../bytes.ts";
import type { Layout, StoredPiece } from "./layout.ts";
import type { Span } from "./spans.ts";
import { readAhead } from "./window.ts";

/** A store of this machine. */
export type LocalStore = Pick<BlobStore, "stat" | "read"> & {
  /** Where it keeps the bytes, for a thread that reads them itself. */
  fileOf?(hash: Hash): string;
};

/** Bytes of one blob at any place, unverified. Bytes beyond its end: fewer than were asked for. */
export function accessTo(size: number, read: (range: ByteRange) => AsyncIterable<Uint8Array>): RandomAccess {
  return {
    size,
    read: async (offset, length) =>
      (await readAll(read({ start: offset, end: offset + length }), length)) ?? Buffer.alloc(0),
  };
}

/** The plain bytes of layouts, as far as this machine has them. */
export class LocalBytes {
  readonly #store: LocalStore | null;
  readonly #known = new Map<Hash, Promise<RandomAccess | null>>();

  constructor(store: LocalStore | null) {
    this.#store = store;
  }

  /** The bytes at any place, unverified; null where the blob is not here. */
  access({ hash, size }: Pick<Layout, "hash" | "size">): Promise<RandomAccess | null> {
    let known = this.#known.get(hash);
    known ??= this.#open(hash, size);
    this.#known.set(hash, known);
    return known;
  }

  async #open(hash: Hash, size: number): Promise<RandomAccess | null> {
    const store = this.#store;
    if (store === null || (await store.stat(hash))?.size !== size) return null;
    return readAhead(accessTo(size, (range) => store.read(hash, { ...range, of: size })));
  }

  /** The bytes of one piece, to be read; null where the blob is not here. */
  async span(layout: Layout, piece: Pick<StoredPiece, "start" | "length" | "hash">): Promise<Span | null> {
    if ((await this.access(layout)) === null) return null;
    const { start, length, hash } = piece;
    const file = this.#store?.fileOf?.(layout.hash);
    return {
      length,
      hash,
      file: file === undefined ? null : { file, start, length, hash },
      read: () => this.piece(layout, piece),
    };
  }

  /** The bytes of one piece, verified; null where they are not here, or not right. */
  async piece(
    layout: Layout,
    { start, length, hash }: Pick<StoredPiece, "start" | "length" | "hash">,
  ): Promise<Buffer | null> {
    const access = await this.access(layout);
    if (access === null) return null;
    try {
      const bytes = await access.read(start, length);
      if (bytes.length === length && hashBytes(bytes) === hash)
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") && !isMvgitError(error, "blob-missing")) throw error;
    }
    // What is wrong with the copy on this machine is found, and told, by who needs it.
    this.#known.set(layout.hash, Promise.resolve(null));
    return null;
  }
}
