/** Blobs that are needed, a million of them in some hundred megabytes. */
import type { Hash } from "../values/hash.ts";
import type { Need } from "./copy.ts";

/** Each blob once, in the order in which they came; one that is settled needs nothing more. */
export class NeedTable {
  /** Bytes by hash; of a settled one -1 and less. */
  readonly #sizes = new Map<string, number>();

  get size(): number {
    return this.#sizes.size;
  }

  add({ hash, size }: Need): void {
    const key = packed(hash);
    if (!this.#sizes.has(key)) this.#sizes.set(key, size);
  }

  has(hash: Hash): boolean {
    return this.#sizes.has(packed(hash));
  }

  /** The bytes of a blob that is not settled; null for any other. */
  open(hash: Hash): number | null {
    const size = this.#sizes.get(packed(hash)) ?? -1;
    return size < 0 ? null : size;
  }

  settle(hash: Hash): void {
    const size = this.open(hash);
    if (size !== null) this.#sizes.set(packed(hash), -1 - size);
  }

  /** Nothing is settled any more. */
  reopen(): void {
    for (const [key, size] of this.#sizes) if (size < 0) this.#sizes.set(key, -1 - size);
  }

  /** Those that are not settled when their turn comes. */
  *[Symbol.iterator](): Generator<Need> {
    for (const [key, size] of this.#sizes)
      if (size >= 0) yield { hash: Buffer.from(key, "latin1").toString("hex") as Hash, size };
  }
}

/** 32 characters of a byte each: half of what the hash takes, and no part of a longer text that it was read from. */
function packed(hash: Hash): string {
  return Buffer.from(hash, "hex").toString("latin1");
}
