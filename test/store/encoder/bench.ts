/** A machine that pushes large blobs to a remote in memory, and what each took there. */
import { expect } from "vitest";
import { silent } from "../../../src/base/progress.ts";
import type { BlobSource } from "../../../src/store/bytes.ts";
import type { NearBlob, Stored, WriteItem } from "../../../src/store/blob-store.ts";
import { readAll } from "../../../src/store/bytes.ts";
import { Remote } from "../../../src/store/remote/remote.ts";
import type { Hash } from "../../../src/values/hash.ts";
import { MemoryBucket } from "../../support/memory-bucket.ts";
import { MemoryStore } from "../../support/memory-store.ts";

export const MIB = 1024 * 1024;

/** What was pushed: the blob, and what it took. */
export interface Pushed {
  hash: Hash;
  size: number;
  stored: Stored;
}

/** One clone's cache, and the bucket that all share. */
export class Machine {
  readonly cache = new MemoryStore("the cache");
  readonly bucket: MemoryBucket;

  constructor(bucket = new MemoryBucket()) {
    this.bucket = bucket;
  }

  remote(): Remote {
    return new Remote("store", this.bucket, { local: this.cache });
  }

  /** As a push does, of blobs that are all like those in `near`, and like those before. */
  async push(blobs: readonly Uint8Array[], near: readonly NearBlob[] = []): Promise<Pushed[]> {
    const items: WriteItem[] = [];
    for (const bytes of blobs)
      items.push(
        this.item(bytes, [...items.map(({ hash, source }) => ({ hash, size: source.size })).toReversed(), ...near]),
      );
    const pushed: Pushed[] = [];
    for await (const answer of this.remote().writeMany(items)) {
      if ("error" in answer) throw answer.error;
      const { size } = answer.item.source;
      const whole = { bytes: size, known: 0, shorter: 0 };
      pushed.push({ hash: answer.item.hash, size, stored: answer.stored ?? whole });
    }
    return pushed;
  }

  item(bytes: Uint8Array, near: readonly NearBlob[] = []): WriteItem {
    const hash = this.cache.keep(bytes);
    const source: BlobSource = this.cache.source(hash, bytes.length);
    const look = {
      read: (range: { start: number; end: number }) => this.cache.read(hash, range),
      passed: () => undefined,
      looking: () => silent.task(""),
    };
    return { hash, source, near, look };
  }

  /** One blob after the other, as somebody pushes who pushes each version: all bytes that objects took. */
  async versions(...blobs: readonly Uint8Array[]): Promise<number[]> {
    const took: number[] = [];
    const near: Pushed[] = [];
    for (const bytes of blobs) {
      const before = this.bytes;
      near.unshift(
        ...(await this.push(
          [bytes],
          near.map((each) => ({ ...each, isVersion: true })),
        )),
      );
      took.push(this.bytes - before);
      await this.readsBack(bytes, (near[0] as Pushed).hash);
    }
    return took;
  }

  /** Of all objects. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.bucket.objects.values()) sum += bytes.length;
    return sum;
  }

  /** Somebody who has nothing reads exactly these bytes. */
  async readsBack(bytes: Uint8Array, hash: Hash): Promise<void> {
    const read = await readAll(new Remote("store", this.bucket).read(hash), bytes.length);
    expect(read !== null && Buffer.compare(read, bytes) === 0).toBe(true);
  }
}
