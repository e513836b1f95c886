/** Downloads that go on after a cut, of one generation of the object, and end with exactly the bytes asked for. */
import { formatCount, plural } from "../../../base/counts.ts";
import { crc32c } from "@node-rs/crc32";
import { isMvgitError } from "../../../base/errors.ts";
import type { ByteRange } from "../../bytes.ts";
import type { ObjectRange } from "../../bucket.ts";
import { type Attempts, type GcsApi, objectMissing } from "./api.ts";
import { type HttpAnswer, readBody } from "../../../base/http.ts";
import { crcText } from "./source.ts";
import { unusable, wrongBytes } from "./verdict.ts";

export interface Download {
  /** In the bucket, prefix included. */
  name: string;
  /** Not empty; the whole object when absent. */
  range?: ObjectRange | undefined;
  /** Shared by the parts of one reading. */
  identity?: Identity;
}

/** Which object it is that is read: fixed by the first answer, so that two objects are never put together. */
export interface Identity {
  generation: string | null;
  /** Bytes of the whole object. */
  total: number;
  /** CRC32C of the whole object, where the other side tells. */
  sum: string | null;
}

/** Answers in a row that end well, and short of what they promised, after which the object is taken to be short. */
const SHORT_ENDS = 2;
/** Cuts in a row at one byte, after which the same is said. */
const SAME_CUTS = 5;

export const unknownIdentity = (): Identity => ({ generation: null, total: 0, sum: null });

/**
 * Throws `object-missing`, or `remote-unavailable` for bytes that are not the object's, before the last chunk is given.
 */
export function download(api: GcsApi, wanted: Download): AsyncGenerator<Uint8Array> {
  return new Downloading(api, wanted).run();
}

class Downloading {
  readonly #api: GcsApi;
  readonly #name: string;
  readonly #action: string;
  readonly #attempts: Attempts;
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

  constructor(api: GcsApi, { name, range, identity = unknownIdentity() }: Download) {
    this.#api = api;
    this.#name = name;
    this.#action = `read '${name}'`;
    this.#attempts = api.attempts(this.#action);
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
        await this.#attempts.failed(error);
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
  async #ask(): Promise<HttpAnswer | null> {
    const { generation } = this.#identity;
    const query = { alt: "media", ...(generation !== null && { generation }) };
    const url = this.#api.url(`/o/${encodeURIComponent(this.#name)}`, query);
    const ranged = this.#end !== null;
    const range = ranged ? { range: `bytes=${this.#position}-${(this.#end as number) - 1}` } : {};
    const answer = await this.#api.send({ method: "GET", url, headers: { "accept-encoding": "identity", ...range } });
    if (answer.status === (ranged ? 206 : 200)) {
      this.#accept(answer);
      this.#answered = true;
      return answer;
    }
    const text = (await readBody(answer, 1024 * 1024)).toString("utf8");
    if (answer.status === 404) throw await this.#missing();
    const only = /^bytes \*\/(\d{1,16})$/.exec(answer.headers["content-range"] ?? "")?.[1];
    if (answer.status === 416 && only !== undefined)
      throw this.#spoil(`has only ${plural(Number(only), "byte")} of it`);
    await this.#attempts.after({ status: answer.status, headers: answer.headers, text });
    return null;
  }

  async #missing(): Promise<Error> {
    await this.#api.mustExist(this.#action);
    return objectMissing(this.#name, this.#api.address);
  }

  /** Checks that an answer is the object, and the part of it that was asked for. */
  #accept({ status, headers }: HttpAnswer): void {
    const generation = headers["x-goog-generation"];
    if (typeof generation !== "string") throw this.#unusable("answered with something else than the object");
    const known = this.#identity.generation;
    if (known !== null && generation !== known) throw this.#spoil("replaced the object meanwhile");
    const total =
      status === 206
        ? this.#totalOf(headers["content-range"])
        : Number(headers["content-length"] ?? headers["x-goog-stored-content-length"] ?? Number.NaN);
    if (!Number.isSafeInteger(total)) throw this.#unusable("does not say how long the object is");
    if (this.#size !== null && total !== this.#size)
      throw this.#spoil(`has ${plural(total, "byte")} of it instead of ${formatCount(this.#size)}`);
    this.#end ??= total;
    if (known === null) Object.assign(this.#identity, { generation, total, sum: sumOf(headers["x-goog-hash"]) });
  }

  #totalOf(header: string | undefined): number {
    const [, start, last, total] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(header ?? "") ?? [];
    if (total !== undefined && this.#size !== null && Number(total) !== this.#size) return Number(total);
    if (Number(start) === this.#position && Number(last) + 1 === this.#end) return Number(total);
    throw this.#unusable("answered with another range than was asked for");
  }

  async *#pass(answer: HttpAnswer): AsyncGenerator<Uint8Array> {
    const end = this.#end as number;
    for await (const chunk of answer.body) {
      this.#position += chunk.length;
      if (this.#position > end) throw this.#spoil("sent more bytes than the object has");
      this.#crc = crc32c(chunk, this.#crc);
      if (this.#position === end) this.#checkSum();
      this.#attempts.progressed();
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
    return wrongBytes(how, { action: this.#action, address: this.#api.address });
  }

  #unusable(how: string): Error {
    return unusable(how, { action: this.#action, address: this.#api.address });
  }
}

function sumOf(header: string | string[] | undefined): string | null {
  return /\bcrc32c=([A-Za-z0-9+/]{6}==)/.exec(String(header ?? ""))?.[1] ?? null;
}

/** False when all of an object was read, and its bytes are not those that were stored. */
export function sumFits({ total, sum }: Identity, { start, end }: ByteRange, crc: number): boolean {
  return sum === null || start !== 0 || end !== total || sum === crcText(crc);
}
