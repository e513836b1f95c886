/** Blobs on their way into the cache while the work goes on: landed many at a time, waited for once. */
import { hashBytes } from "../../hashing/hasher.ts";
import type { Hash } from "../../values/hash.ts";
import type { Cache } from "./cache.ts";

/** Takes blobs into a cache. `settle` throws what landing one of them threw first. */
export class Intake {
  readonly #cache: Cache;
  /** Under way; for a million files, what has landed must not be kept. */
  readonly #landings = new Set<Promise<unknown>>();
  #failure: { error: unknown } | null = null;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Starts to land a complete temporary file of the cache. */
  land(temporary: string, hash: Hash): void {
    const landing = this.#cache.land(temporary, hash).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#landings.add(landing);
    void landing.finally(() => this.#landings.delete(landing));
  }

  /** Starts to store bytes that mvgit made itself. */
  store(bytes: Uint8Array): Hash {
    const hash = hashBytes(bytes);
    if (!this.#cache.freshen(hash, bytes.length)) this.land(this.#cache.writeTemporary(bytes), hash);
    return hash;
  }

  /** Returns when everything so far is durable; throws the first failure. */
  async settle(): Promise<void> {
    await Promise.all(this.#landings);
    if (this.#failure) throw this.#failure.error;
    await this.#cache.settle();
  }
}
