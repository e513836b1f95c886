/**
 * An upload in parts: several on their way at once, in bounded memory, gone on with in this process or the next one.
 */
import { crc32c } from "../../base/crc32c.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { BlobSource } from "../bytes.ts";
import type { PutOutcome } from "../bucket.ts";
import { crcText } from "./crc32c.ts";
import { unconfirmed } from "./failures.ts";
import type { Memory } from "./memory.ts";
import type { Part, PartService, Whole } from "./parts.ts";
import { exactly } from "./source.ts";
import type { UploadSessions } from "./upload-sessions.ts";

const MIB = 1024 * 1024;
/** Of a part, where the object has not too many of them. */
const PART = 8 * MIB;
/** For the parts of all uploads of a bucket: beside two downloads it fits into what mvgit allows itself. */
export const PARTS_MEMORY = 8 * PART;

export interface PartUpload<Kept> {
  service: PartService<Kept>;
  /** Of the object, prefix included. */
  name: string;
  /** Not empty. */
  source: BlobSource;
  sessions: UploadSessions | undefined;
  memory: Memory;
}

/**
 * As `putIfAbsent`. An upload that fails halfway is remembered, and gone on with by the next call that has the same
 * key; one of no use to anybody is abandoned.
 */
export function uploadParts<Kept>(upload: PartUpload<Kept>): Promise<PutOutcome> {
  return new Uploading(upload).run();
}

/** Bytes of each part but the last. */
export function partSizeOf(size: number, mostParts: number): number {
  return Math.max(PART, Math.ceil(size / mostParts / MIB) * MIB);
}

/** One beginning: the service's word for it, and what it had then. */
interface Begun<Kept> {
  word: string;
  kept: ReadonlyMap<number, Kept>;
}

class Uploading<Kept> {
  readonly #service: PartService<Kept>;
  readonly #name: string;
  readonly #source: BlobSource;
  readonly #sessions: UploadSessions | undefined;
  readonly #memory: Memory;
  readonly #key: string;

  constructor({ service, name, source, sessions, memory }: PartUpload<Kept>) {
    this.#service = service;
    this.#name = name;
    this.#source = source;
    this.#sessions = sessions;
    this.#memory = memory;
    this.#key = `${service.key} ${source.size}`;
  }

  async run(): Promise<PutOutcome> {
    const tries = this.#service.tries();
    for (let begun = await this.#remembered(); ; begun = null) {
      const { word, kept } = begun ?? (await this.#begin());
      const outcome = await this.#attempt(word, kept);
      await this.#sessions?.delete(this.#key);
      if (outcome !== "written") await this.#abandon(word);
      if (outcome !== null) return outcome;
      await tries.failed(unconfirmed(this.#service.purpose));
    }
  }

  /** What an earlier process, or call, began. */
  async #remembered(): Promise<Begun<Kept> | null> {
    const word = (await this.#sessions?.get(this.#key)) ?? null;
    const kept = word === null ? null : await this.#service.kept(word);
    if (word !== null && kept !== null) return { word, kept };
    await this.#sessions?.delete(this.#key);
    return null;
  }

  async #begin(): Promise<Begun<Kept>> {
    const word = await this.#service.begin();
    await this.#sessions?.set(this.#key, word);
    return { word, kept: new Map() };
  }

  /** Null where nothing came of it. */
  async #attempt(word: string, kept: ReadonlyMap<number, Kept>): Promise<PutOutcome | null> {
    try {
      const sent = await new Sending({
        service: this.#service,
        memory: this.#memory,
        name: this.#name,
        source: this.#source,
        word,
        kept,
      }).run();
      return sent && (await this.#service.commit(word, sent.parts, sent.whole));
    } catch (error) {
      await this.#keepOrAbandon(word, error);
      throw error;
    }
  }

  /** What was only cut is of use to the next call, if that hears of it. */
  async #keepOrAbandon(word: string, error: unknown): Promise<void> {
    const wasCut = ["interrupted", "remote-unavailable", "remote-stalled", "access-denied"] as const;
    if (this.#sessions !== undefined && wasCut.some((code) => isMvgitError(error, code))) return;
    await this.#sessions?.delete(this.#key);
    await this.#abandon(word);
  }

  async #abandon(word: string): Promise<void> {
    try {
      await this.#service.abandon(word);
    } catch (error) {
      if (!isMvgitError(error)) throw error;
    }
  }
}

interface Sendings<Kept> extends Begun<Kept> {
  service: PartService<Kept>;
  memory: Memory;
  name: string;
  source: BlobSource;
}

/** All parts of the source, read once from its beginning, sent but for those that are kept already. */
class Sending<Kept> {
  readonly #it: Sendings<Kept>;
  readonly #parts: Kept[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;
  #isGone = false;

  constructor(it: Sendings<Kept>) {
    this.#it = it;
  }

  /** Null where the service does not know the upload any more. Throws the first failure, once nothing is under way. */
  async run(): Promise<{ parts: Kept[]; whole: Whole } | null> {
    const { name, source } = this.#it;
    let sum = "";
    try {
      sum = await this.#readAll();
    } catch (error) {
      this.#failure ??= { error };
    }
    await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure.error;
    return this.#isGone ? null : { parts: this.#parts, whole: { name, size: source.size, sum } };
  }

  /** The sum of all; of no meaning once a part failed. */
  async #readAll(): Promise<string> {
    const { name, source, service, memory } = this.#it;
    const partSize = partSizeOf(source.size, service.mostParts);
    let buffer: Buffer | null = null;
    let filled = 0;
    let crc = 0;
    let index = 0;
    try {
      for await (const chunk of exactly(name, source)) {
        crc = crc32c(chunk, crc);
        for (let at = 0; at < chunk.length;) {
          buffer ??= await memory.take(Math.min(partSize, source.size - index * partSize));
          if (this.#failure !== null || this.#isGone) return "";
          const taken = Math.min(buffer.length - filled, chunk.length - at);
          buffer.set(chunk.subarray(at, at + taken), filled);
          filled += taken;
          at += taken;
          if (filled < buffer.length) continue;
          this.#start(index++, buffer);
          [buffer, filled] = [null, 0];
        }
      }
    } finally {
      if (buffer !== null) memory.give(buffer);
    }
    return crcText(crc);
  }

  #start(index: number, buffer: Buffer): void {
    const task = this.#send(partOf(index, buffer))
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => {
        this.#it.memory.give(buffer);
        this.#underWay.delete(task);
      });
    this.#underWay.add(task);
  }

  async #send(part: Part): Promise<void> {
    const { service, word, kept } = this.#it;
    const had = kept.get(part.index);
    const stored = had !== undefined && (await service.isSame(had, part)) ? had : await service.send(word, part);
    if (stored === null) this.#isGone = true;
    else this.#parts[part.index] = stored;
  }
}

function partOf(index: number, bytes: Uint8Array): Part {
  let sum: string | undefined;
  return {
    index,
    bytes,
    get sum() {
      return (sum ??= crcText(crc32c(bytes)));
    },
  };
}
