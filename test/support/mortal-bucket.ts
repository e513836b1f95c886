/** A bucket whose writer is killed. */
import { MvgitError } from "../../src/base/errors.ts";
import type { BlobSource } from "../../src/store/bytes.ts";
import { MemoryBucket } from "./memory-bucket.ts";

/** Whose process dies just before its write of that number, or just after it. */
export class Mortal extends MemoryBucket {
  writes = 0;
  readonly #at: number;
  readonly #isDone: boolean;

  constructor(under: MemoryBucket, at: number, isDone: boolean) {
    super();
    Object.assign(this, { objects: under.objects, clock: under.clock });
    this.#at = at;
    this.#isDone = isDone;
  }

  override putIfAbsent(name: string, source: BlobSource): ReturnType<MemoryBucket["putIfAbsent"]> {
    return this.#write(() => super.putIfAbsent(name, source));
  }

  override replace(name: string, version: string, source: BlobSource): Promise<void> {
    return this.#write(() => super.replace(name, version, source));
  }

  override delete(name: string, version: string): Promise<void> {
    return this.#write(() => super.delete(name, version));
  }

  override put(name: string, bytes: Uint8Array): void {
    // Versions of one bucket are told apart by this one's too.
    const made = this.clock();
    this.objects.set(name, { bytes, version: `${this.#at} ${made}`, created: made });
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    this.writes++;
    const dead = new MvgitError("interrupted", "killed");
    if (this.writes > this.#at || (this.writes === this.#at && !this.#isDone)) throw dead;
    const answer = await write();
    if (this.writes === this.#at) throw dead;
    return answer;
  }
}
