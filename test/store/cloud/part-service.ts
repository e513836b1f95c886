/** A service of parts in memory, to which a test can do harm. */
import { crc32c } from "@node-rs/crc32";
import { systemClock } from "../../../src/base/clock.ts";
import { CLOUD_RETRY } from "../../../src/base/retry.ts";
import type { PutOutcome } from "../../../src/store/bucket.ts";
import { crcText } from "../../../src/store/cloud/crc32c.ts";
import type { Purpose } from "../../../src/store/cloud/failures.ts";
import type { Part, PartService, Whole } from "../../../src/store/cloud/parts.ts";
import { Tries } from "../../../src/store/cloud/tries.ts";
import type { UploadSessions } from "../../../src/store/cloud/upload-sessions.ts";
import { WaitlessClock } from "../../support/watch.ts";

export class TestService implements PartService<Buffer> {
  readonly purpose: Purpose = {
    action: "write 'thing'",
    address: "test://bucket",
    words: { vendor: "Test", signIn: "sign in", makeBucket: "make" },
  };
  readonly key = "test://bucket thing";
  readonly mostParts: number;
  /** Uploads that are under way, by their word. */
  readonly uploads = new Map<string, Map<number, Buffer>>();
  /** What was asked, in its order. */
  readonly asked: string[] = [];
  object: Buffer | null = null;
  /** Parts on their way at once, at most. */
  busiest = 0;
  /** Bytes of the parts on their way at once, at most. */
  heaviest = 0;
  /** Called before a part is kept, and before the object is made: what it throws is what the service meets. */
  beforePart: (part: Part) => Promise<void> | void = () => undefined;
  beforeCommit: () => void = () => undefined;
  #begun = 0;
  #onTheWay: number[] = [];

  constructor(mostParts = 10_000) {
    this.mostParts = mostParts;
  }

  tries(): Tries {
    return new Tries({
      clock: new WaitlessClock(),
      signal: new AbortController().signal,
      retry: CLOUD_RETRY,
      judge: () => {
        throw new Error("nothing answers");
      },
      renew: async () => undefined,
    });
  }

  async begin(): Promise<string> {
    const word = `upload ${++this.#begun}`;
    this.asked.push(`begin ${word}`);
    this.uploads.set(word, new Map());
    return word;
  }

  async kept(word: string): Promise<ReadonlyMap<number, Buffer> | null> {
    this.asked.push(`kept ${word}`);
    const parts = this.uploads.get(word);
    return parts ? new Map(parts) : null;
  }

  isSame(kept: Buffer, { bytes, sum }: Part): boolean {
    return kept.length === bytes.length && crcText(crc32c(kept)) === sum;
  }

  async send(word: string, part: Part): Promise<Buffer | null> {
    this.asked.push(`part ${part.index}`);
    this.#onTheWay.push(part.bytes.length);
    this.busiest = Math.max(this.busiest, this.#onTheWay.length);
    this.heaviest = Math.max(
      this.heaviest,
      this.#onTheWay.reduce((sum, each) => sum + each, 0),
    );
    try {
      await systemClock.sleep(1);
      await this.beforePart(part);
      const bytes = Buffer.from(part.bytes);
      return this.uploads.get(word)?.set(part.index, bytes) ? bytes : null;
    } finally {
      this.#onTheWay.pop();
    }
  }

  async commit(word: string, parts: readonly Buffer[], { size, sum }: Whole): Promise<PutOutcome | null> {
    this.asked.push("commit");
    this.beforeCommit();
    if (this.object) return { found: { size: this.object.length, version: "1", created: 0 } };
    if (!this.uploads.delete(word)) return null;
    const bytes = Buffer.concat(parts);
    if (bytes.length !== size || crcText(crc32c(bytes)) !== sum) return null;
    this.object = bytes;
    return "written";
  }

  async abandon(word: string): Promise<void> {
    this.asked.push(`abandon ${word}`);
    this.uploads.delete(word);
  }
}

/** What processes remember one after the other. */
export class TestSessions extends Map<string, string> {
  readonly asSessions: UploadSessions = {
    get: async (key) => this.get(key) ?? null,
    set: async (key, word) => void this.set(key, word),
    delete: async (key) => void this.delete(key),
  };
}
