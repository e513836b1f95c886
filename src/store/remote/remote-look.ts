/** What a remote has, in whichever form: looked up with as few requests as its forms allow. */
import type { Hash } from "../../values/hash.ts";
import type { PackedBlobs } from "./packs/packed-blobs.ts";
import type { WholeBlobs } from "./whole-blobs.ts";

/** Throws what the place throws, and `blob-damaged` where what is not found may be there all the same. */
export class RemoteLook {
  readonly #whole: WholeBlobs;
  readonly #packed: PackedBlobs;

  constructor(whole: WholeBlobs, packed: PackedBlobs) {
    this.#whole = whole;
    this.#packed = packed;
  }

  /** Knows from now on what packs hold. */
  refresh(): Promise<void> {
    return this.#packed.index.refresh();
  }

  async size(hash: Hash): Promise<number | null> {
    const known = await this.#packed.knownSize(hash);
    if (known !== null) return known;
    const whole = await this.#whole.stat(hash);
    if (whole !== null) return whole.size;
    await this.refresh();
    return this.#certain(this.#packed.sizes(hash)[0] ?? null);
  }

  /**
   * In the order asked: one listing of tables, and whole blobs asked for where no table has one; the other way round
   * where there were no packs.
   */
  async *sizes(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; size: number | null }> {
    if (hashes.length === 0) return;
    if (await this.#packed.mayHaveSome()) yield* this.#packedFirst(hashes);
    else yield* this.#wholeFirst(hashes);
  }

  async *#wholeFirst(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; size: number | null }> {
    const sizes: (number | null)[] = [];
    for await (const { size } of this.#whole.sizes(hashes)) sizes.push(size);
    if (sizes.includes(null)) await this.refresh();
    for (const [at, hash] of hashes.entries())
      yield { hash, size: this.#certain(sizes[at] ?? this.#packed.sizes(hash)[0] ?? null) };
  }

  async *#packedFirst(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; size: number | null }> {
    await this.refresh();
    const packed = hashes.map((hash) => this.#packed.sizes(hash)[0] ?? null);
    const whole = this.#whole.sizes(hashes.filter((_, at) => packed[at] === null));
    for (const [at, hash] of hashes.entries()) {
      const size = packed[at] ?? ((await whole.next()).value as { size: number | null }).size;
      yield { hash, size: this.#certain(size) };
    }
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    await this.refresh();
    const packed = this.#packed.index.entries();
    for (const { entry } of packed.blobs()) yield { hash: entry.hash, size: entry.size };
    for await (const { hash, size } of this.#whole.list()) if (packed.find(hash).length === 0) yield { hash, size };
    this.#certain(null);
  }

  /** Throws for an absence that is none for sure. */
  #certain(size: number | null): number | null {
    const { doubt } = this.#packed.index;
    if (size === null && doubt !== null) throw doubt;
    return size;
  }
}
