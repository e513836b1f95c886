/** Bytes held against another program's name for them. */
import { createHash, type Hash as Digester } from "node:crypto";
import { type Checked, FOLD_PORTION, foldLines, type ForeignName, isTextToDvc2, TEXT_BLOCK } from "./name.ts";

/** Bytes held against a foreign name as they pass. `end` once. */
export class Check {
  readonly #name: ForeignName;
  readonly #digester: Digester;
  /** DVC 2's digest of a text; null where there is no such thing, or the bytes are none. */
  #folded: Digester | null = null;
  #portion: Buffer[] = [];
  #portionSize = 0;
  #size = 0;

  constructor(name: ForeignName) {
    this.#name = name;
    this.#digester = createHash(name.algorithm);
  }

  update(chunk: Uint8Array): void {
    this.#digester.update(chunk);
    if (this.#size === 0 && this.#name.foldsLines && isTextToDvc2(chunk.subarray(0, TEXT_BLOCK)))
      this.#folded = createHash(this.#name.algorithm);
    this.#size += chunk.length;
    if (this.#folded) this.#fold(Buffer.from(chunk));
  }

  #fold(chunk: Buffer): void {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + FOLD_PORTION - this.#portionSize);
      this.#portion.push(part);
      this.#portionSize += part.length;
      from += part.length;
      if (this.#portionSize === FOLD_PORTION) this.#endPortion();
    }
  }

  #endPortion(): void {
    this.#folded?.update(foldLines(Buffer.concat(this.#portion)));
    this.#portion = [];
    this.#portionSize = 0;
  }

  /**
   * How the bytes were found right, null when they are not. Size alone counts only for a text of DVC 2 of several
   * portions.
   */
  end(): Checked | null {
    if (this.#digester.digest("hex") === this.#name.digest) return "digest";
    if (this.#folded === null) return null;
    this.#endPortion();
    if (this.#folded.digest("hex") === this.#name.digest) return "folded";
    return this.#size > FOLD_PORTION && this.#size === this.#name.size ? "size" : null;
  }
}
