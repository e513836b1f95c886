/** Small objects that were read, the latest used of them: a list of versions asks for the same ones again. */
import type { GitObject } from "../objects.ts";
import type { Oid } from "../reader.ts";

/** Bytes of one object that is kept, and of all of them. */
const ONE = 64 * 1024;
const ALL = 32 * 1024 * 1024;
/** What an object takes besides its bytes. */
const BESIDES = 300;

/** Objects by their ids. What is given must be what its id says. */
export class RecentObjects {
  readonly #objects = new Map<Oid, GitObject>();
  #bytes = 0;

  get(oid: Oid): GitObject | undefined {
    const found = this.#objects.get(oid);
    if (found === undefined) return undefined;
    this.#objects.delete(oid);
    this.#objects.set(oid, found);
    return found;
  }

  keep(oid: Oid, object: GitObject): void {
    if (object.bytes.length > ONE || this.#objects.has(oid)) return;
    // A copy: what was inflated may be a small part of a large buffer, which it would hold.
    this.#objects.set(oid, { type: object.type, bytes: Buffer.from(object.bytes) });
    this.#bytes += object.bytes.length + BESIDES;
    for (const [oldest, { bytes }] of this.#objects) {
      if (this.#bytes <= ALL) return;
      this.#objects.delete(oldest);
      this.#bytes -= bytes.length + BESIDES;
    }
  }
}
