/** One object of a web server, read part by part where the server gives parts. */
import type { HttpAnswer } from "../../../base/http.ts";
import { leave } from "../../../base/redirects.ts";
import type { ObjectName, ObjectRange } from "../../bucket.ts";
import {
  type Answered,
  download,
  type EndsBefore,
  type ObjectReader,
  unknownIdentity,
  type Wanted,
} from "../../cloud/download.ts";
import { objectMissing, type Purpose } from "../../cloud/failures.ts";
import { downloadRange, FIRST_PART } from "../../cloud/parallel.ts";
import { contentRange, refusedTotal } from "../../cloud/ranges.ts";
import type { Tries } from "../../cloud/tries.ts";
import { count, lengthOf, NOW, versionOf, type Web } from "./web.ts";

/** The bytes of a range that is not empty, or of the whole. */
export async function* readObject(web: Web, name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
  const reader = new WebReader(web, name, range?.of);
  if (range === undefined) return yield* download(reader);
  // Whoever gives no parts gives everything each time: one request has to do then.
  const identity = unknownIdentity();
  const middle = Math.min(range.end, range.start + FIRST_PART);
  yield* download(reader, { range: { ...range, end: middle }, identity });
  if (middle === range.end) return;
  const rest = { ...range, start: middle };
  yield* reader.givesParts ? downloadRange(reader, rest, identity) : download(reader, { range: rest, identity });
}

class WebReader implements ObjectReader {
  readonly purpose: Purpose;
  /** Whether the server gave a part when it was last asked for one. */
  givesParts = false;
  readonly #web: Web;
  readonly #name: ObjectName;
  readonly #size: number | undefined;
  /** How long it is, where only reading it tells. */
  #counted: number | null = null;

  /** `size`: what it must have as a whole, where that is known. */
  constructor(web: Web, name: ObjectName, size?: number) {
    this.#web = web;
    this.#name = name;
    this.#size = size;
    this.purpose = web.purpose(`read '${name}'`);
  }

  tries(): Tries {
    return this.#web.tries(this.purpose);
  }

  async ask({ start, end }: Wanted, tries: Tries): Promise<Answered | EndsBefore | null> {
    // Of what must have a certain size, nothing ever changes.
    const fresh = this.#size === undefined ? NOW : {};
    const range = end === null ? {} : { range: `bytes=${start}-${end - 1}` };
    const answer = await this.#web.send("GET", this.#name, { purpose: this.purpose, headers: { ...fresh, ...range } });
    if (answer.status === 200) return this.#whole(answer, { start, end });
    if (answer.status === 206 && end !== null) return this.#part(answer);
    const total = answer.status === 416 ? refusedTotal(answer.headers["content-range"]) : null;
    if (total !== null) return leave(answer).then(() => ({ total, bytes: null }));
    const reply = await this.#web.refusal(answer);
    if (reply === null) throw objectMissing(this.#name, this.#web.address);
    await tries.after(reply);
    return null;
  }

  #part({ headers, body }: HttpAnswer): Answered {
    this.givesParts = true;
    const range = contentRange(headers["content-range"]);
    const version = range && versionOf(headers, range.total);
    return { version, range, total: Number.NaN, sum: null, bytes: body };
  }

  /** An answer with all of it, whatever was asked for: what is wanted of it. */
  async #whole(answer: HttpAnswer, { start, end }: Omit<Wanted, "version">): Promise<Answered | EndsBefore | null> {
    const { headers, body } = answer;
    this.givesParts = false;
    const total = lengthOf(headers) ?? this.#counted;
    if (total === null) {
      this.#counted = await count(answer, this.purpose, this.#size);
      return null;
    }
    const version = versionOf(headers, total);
    if (end === null) return { version, range: null, total, sum: null, bytes: body };
    if (start >= total) return leave(answer).then(() => ({ total, bytes: null }));
    const range = { start, end: Math.min(end, total), total };
    return { version, range, total: Number.NaN, sum: null, bytes: partOf(body, range) };
  }
}

/** What lies in the range, of all bytes; no more is read than that takes. */
async function* partOf(
  body: AsyncIterable<Uint8Array>,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of body) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}
