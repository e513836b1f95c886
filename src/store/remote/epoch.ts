/**
 * Whether anything was removed from a remote since: the names below `epoch/` are others after each gc that removes
 * blobs, from before its first one on.
 */
import { uniqueName } from "../../base/clock.ts";
import type { Bucket } from "../bucket.ts";
import { bytesSource } from "../bytes.ts";

const FOLDER = "epoch/";

/** The epoch of one place. Throws what the bucket throws. */
export class Epoch {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** The same text as long as nothing was removed. */
  async read(): Promise<string> {
    const names: string[] = [];
    for await (const { name } of this.#bucket.list(FOLDER)) names.push(name.slice(FOLDER.length));
    return names.toSorted().join(" ");
  }

  /**
   * To be called before the first blob is removed. The new name is there before an old one goes, so that no text comes
   * back.
   */
  async begin(): Promise<void> {
    const name = `${FOLDER}${uniqueName()}`;
    await this.#bucket.putIfAbsent(name, bytesSource(Buffer.from("mvgit-epoch 1\n")));
    for await (const old of this.#bucket.list(FOLDER))
      if (old.name !== name) await this.#bucket.delete(old.name, old.version);
  }
}
