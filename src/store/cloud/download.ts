/** Downloads that go on after a cut, of one version of the object, and end with exactly the bytes asked for. */
import { crc32c } from "../../base/crc32c.ts";
import { formatCount, plural } from "../../base/counts.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { ObjectRange } from "../bucket.ts";
import type { ByteRange } from "../bytes.ts";
import { crcText } from "./crc32c.ts";
import { type Purpose, unusable, wrongBytes } from "./failures.ts";
import type { Tries } from "./tries.ts";

/** What one request asks for. */
export interface Wanted {
  /** The first byte. */
  start: number;
  /** Behind the last one; null for the whole object, asked for without a range. */
  end: number | null;
  /** The only one that will do; null where any is as good. */
  version: string | null;
}

/** A range as an answer names it, and how long the whole object is. */
export interface AnsweredRange extends ByteRange {
  total: number;
}

/** What came for a request, as the service describes it; nothing of it is checked yet. */
export interface Answered {
  /** Null where the answer names none, and so is no object. */
  version: string | null;
  /** Of a request with a range; null where the answer names none. */
  range: AnsweredRange | null;
  /** Bytes of the whole object, of a request without a range; not a number where the answer does not say. */
  total: number;
  /** CRC32C of the whole object as `crcText` writes it, where the service tells. */
  sum: string | null;
  /** Read to its end, or left: both free the connection. A cut throws `remote-unavailable`. */
  bytes: AsyncGenerator<Uint8Array>;
}

/** The object ends before the range begins. */
export interface EndsBefore {
  total: number;
  bytes: null;
}

/** What a driver gives, so that an object of its service can be downloaded. */
export interface ObjectReader {
  /** As in "cannot read 'NAME'". */
  readonly purpose: Purpose;
  /** For one reading. */
  tries(): Tries;
  /**
   * One request. Null after an answer that another try may mend, when the wait is over. Throws `object-missing` where
   * absence is certain, and what a request throws.
   */
  ask(wanted: Wanted, tries: Tries): Promise<Answered | EndsBefore | null>;
}

export interface Download {
  /** Not empty; the whole object when absent. */
  range?: ObjectRange | undefined;
  /** Shared by the parts of one reading. */
  identity?: Identity;
}

/** Which object it is that is read: fixed by the first answer, so that two objects are never put together. */
export interface Identity {
  version: string | null;
  /** Bytes of the whole object. */
  total: number;
  /** CRC32C of the whole object, where the other side tells. */
  sum: string | null;
}

/** Answers in a row that end well, and short of what they promised, after which the object is taken to be short. */
const SHORT_ENDS = 2;
/** Cuts in a row at one byte, after which the same is said. */
const SAME_CUTS = 5;

export const unknownIdentity = (): Identity => ({ version: null, total: 0, sum: null });

/**
 * Throws `object-missing`, or `remote-unavailable` for bytes that are not the object's, before the last chunk is given.
 */
export function download(reader: ObjectReader, wanted: Download = {}): AsyncGenerator<Uint8Array> {
  return new Downloading(reader, wanted).run();
}

class Downloading {
  readonly #reader: ObjectReader;
  readonly #tries: Tries;
  #position: number;
  #end: number | null;
  readonly #start: number;
  readonly #identity: Identity;
  #crc = 0;
  /** True once bytes came that are not the object's: reading on cannot mend what was given away. */
  #spoilt = false;
  /** What the whole object must have; null when whoever asks does not know. */
  readonly #size: number | null;
  #shortEnds = 0;
  /** Cuts in a row at this byte, each of an answer that promised more. */
  #cuts = 0;
  #cutAt = -1;
  #answered = false;

  constructor(reader: ObjectReader, { range, identity = unknownIdentity() }: Download) {
    this.#reader = reader;
    this.#tries = reader.tries();
    this.#identity = identity;
    this.#start = range?.start ?? 0;
    this.#position = this.#start;
    this.#end = range?.end ?? null;
    this.#size = range?.of ?? null;
  }

  async *run(): AsyncGenerator<Uint8Array> {
    for (let over = false; !over;) {
      try {
        const answer = await this.#ask();
        if (answer === null) continue;
        yield* this.#pass(answer);
        over = true;
      } catch (error) {
        if (this.#spoilt) throw error;
        if (isMvgitError(error, "remote-unavailable")) this.#countCut();
        await this.#tries.failed(error);
      }
    }
  }

  /** A transfer is cut anywhere; one that ends at the same byte of the object each time has no more of it to give. */
  #countCut(): void {
    const isSame = this.#position === this.#cutAt && this.#position > this.#start;
    this.#cuts = isSame ? this.#cuts + 1 : 1;
    this.#cutAt = this.#position;
    if (this.#answered && this.#cuts >= SAME_CUTS)
      throw this.#spoil(`ends at byte ${this.#position} of ${this.#end ?? "it"}, each time`);
    this.#answered = false;
  }

  /** One request for what is still lacking: null after an answer that another try may mend. */
  async #ask(): Promise<Answered | null> {
    const wanted = { start: this.#position, end: this.#end, version: this.#identity.version };
    const answer = await this.#reader.ask(wanted, this.#tries);
    if (answer === null) return null;
    if (answer.bytes === null) throw this.#spoil(`has only ${plural(answer.total, "byte")} of it`);
    try {
      this.#accept(answer, wanted);
    } catch (error) {
      await leave(answer);
      throw error;
    }
    this.#answered = true;
    return answer;
  }

  /** Checks that an answer is the object, and the part of it that was asked for. */
  #accept(answer: Answered, { end }: Wanted): void {
    const { version, sum } = answer;
    if (version === null) throw this.#unusable("answered with something else than the object");
    const known = this.#identity.version;
    if (known !== null && version !== known) throw this.#spoil("replaced the object meanwhile");
    const total = end === null ? answer.total : this.#totalOf(answer.range);
    if (!Number.isSafeInteger(total)) throw this.#unusable("does not say how long the object is");
    if (this.#size !== null && total !== this.#size)
      throw this.#spoil(`has ${plural(total, "byte")} of it instead of ${formatCount(this.#size)}`);
    this.#end ??= total;
    if (known === null) Object.assign(this.#identity, { version, total, sum });
  }

  #totalOf(range: AnsweredRange | null): number {
    if (range !== null && this.#size !== null && range.total !== this.#size) return range.total;
    if (range?.start === this.#position && range.end === this.#end) return range.total;
    if (range?.start === this.#position && this.#end !== null && range.total < this.#end)
      throw this.#spoil(`has only ${plural(range.total, "byte")} of it`);
    throw this.#unusable("answered with another range than was asked for");
  }

  async *#pass({ bytes }: Answered): AsyncGenerator<Uint8Array> {
    const end = this.#end as number;
    // Of a part there is no sum to compare with; whoever puts parts together sums them.
    const isSummed = this.#identity.sum !== null && this.#start === 0 && end === this.#identity.total;
    for await (const chunk of bytes) {
      this.#position += chunk.length;
      if (this.#position > end) throw this.#spoil("sent more bytes than the object has");
      if (isSummed) this.#crc = crc32c(chunk, this.#crc);
      if (this.#position === end) this.#checkSum();
      this.#tries.progressed();
      this.#shortEnds = 0;
      yield chunk;
    }
    if (this.#position < end && ++this.#shortEnds >= SHORT_ENDS)
      throw this.#spoil(`has only ${formatCount(this.#position)} of ${plural(end, "byte")}`);
    if (this.#position < end) throw this.#unusable(`ended at byte ${this.#position} of ${end}`);
    if (end === 0) this.#checkSum();
  }

  #checkSum(): void {
    const read = { start: this.#start, end: this.#end as number };
    if (!sumFits(this.#identity, read, this.#crc)) throw this.#spoil("sent bytes that do not fit their CRC32C");
  }

  #spoil(how: string): Error {
    this.#spoilt = true;
    return wrongBytes(how, this.#reader.purpose);
  }

  #unusable(how: string): Error {
    return unusable(how, this.#reader.purpose);
  }
}

/** Frees the connection of an answer that is not used; how that ends does not matter. */
async function leave({ bytes }: Answered): Promise<void> {
  try {
    for await (const _ of bytes) break;
  } catch (error) {
    if (!isMvgitError(error)) throw error;
  }
}

/** False when all of an object was read, and its bytes are not those that were stored. */
export function sumFits({ total, sum }: Identity, { start, end }: ByteRange, crc: number): boolean {
  return sum === null || start !== 0 || end !== total || sum === crcText(crc);
}
