/** The bytes of a new blob, read again: each part is held against what the first reading found. */
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Hash } from "../../../values/hash.ts";
import type { RandomAccess } from "../../../values/tensors/access.ts";
import type { NewPiece } from "./parts.ts";
import type { FreshSpan } from "./spans.ts";
import { damaged } from "./survey.ts";
import { readAhead } from "./window.ts";

/** Gives verified pieces of one blob. Throws `blob-damaged` where they are not what they were. */
export class FreshBytes {
  readonly #hash: Hash;
  readonly #access: RandomAccess;
  #last: { piece: NewPiece; bytes: Buffer } | null = null;

  readonly #file: string | undefined;

  /** `file`: where the same bytes lie, for a thread that reads them itself. */
  constructor(hash: Hash, access: RandomAccess, file: string | undefined) {
    this.#hash = hash;
    this.#access = readAhead(access);
    this.#file = file;
  }

  /** The bytes of a piece, to be read once they are needed. */
  span(piece: NewPiece): FreshSpan {
    const { start, length, hash } = piece;
    let bytes: Promise<Buffer> | null = null;
    return {
      length,
      hash,
      file: this.#file === undefined ? null : { file: this.#file, start, length, hash },
      read: () => (bytes ??= this.piece(piece)),
    };
  }

  async piece(piece: NewPiece): Promise<Buffer> {
    if (this.#last?.piece !== piece) this.#last = { piece, bytes: await this.#read(piece) };
    return this.#last.bytes;
  }

  async #read({ start, length, hash }: NewPiece): Promise<Buffer> {
    const bytes = await this.#access.read(start, length);
    if (bytes.length !== length || hashBytes(bytes) !== hash)
      throw damaged(this.#hash, "its bytes changed while they were read");
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
