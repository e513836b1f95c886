/** How the new parts of a blob are stored: a codec for each, chosen by a few of those that are alike. */
import type { Codec, Region } from "../../../encoding/types.ts";
import { bug } from "../../../base/errors.ts";
import type { CodeAnswer } from "./code-job.ts";
import type { Codecs } from "./codecs.ts";
import type { DeltaBase } from "./parts.ts";
import type { FreshSpan } from "./spans.ts";

/** A choice is made anew after so many bytes, of a tensor or of anything: what comes then may be of another kind. */
const CHOSEN_FOR = { tensor: 16 * 1024 * 1024, any: 2 * 1024 * 1024 };
/** Tensors from here on are chosen for each by itself. */
const LARGE = 4 * 1024 * 1024;

/** A part as it is stored. */
export interface Coded {
  codec: Codec;
  stored: Uint8Array;
}

/** A part, and what it may be told as a difference from. */
export interface Plain {
  span: FreshSpan;
  region: Region;
  base: DeltaBase | null;
}

/** Chooses codecs for one blob. */
export class Coder {
  readonly #codecs: Codecs;
  readonly #chosen = new Map<string, Choice>();
  readonly #ahead = new Map<string, Coded>();

  constructor(codecs: Codecs) {
    this.#codecs = codecs;
  }

  /** Whether `code` will read the bytes in this thread. */
  readsHere(part: Plain): boolean {
    const { span, base } = part;
    if (this.#ahead.has(nameOf(part))) return false;
    if (!this.#codecs.haveThreads || span.file === null || base?.span.file === null) return true;
    return this.#chosen.get(keyOf(part))?.known === "raw";
  }

  /** For an estimate, of a few parts: what it makes is kept until the part is asked for again. */
  async codeAhead(part: Plain): Promise<Coded> {
    const coded = await this.#code(part);
    this.#ahead.set(nameOf(part), coded);
    return coded;
  }

  async code(part: Plain): Promise<Coded> {
    const name = nameOf(part);
    const ahead = this.#ahead.get(name);
    this.#ahead.delete(name);
    return ahead ?? this.#code(part);
  }

  async #code(part: Plain): Promise<Coded> {
    const { span } = part;
    if (isPatched(part)) return codedOf(await this.#ask(part, "patch"), span);
    const key = keyOf(part);
    const before = this.#chosen.get(key);
    if (before === undefined || before.left <= 0) {
      const answer = this.#ask(part, null);
      const choice: Choice = {
        codec: answer.then(({ chosen }) => (choice.known = chosen)),
        known: null,
        left: CHOSEN_FOR[part.region.kind === "tensor" ? "tensor" : "any"],
      };
      // Who began it is told; others that wait are, too, when they ask.
      choice.codec.catch(() => undefined);
      this.#chosen.set(key, choice);
      return codedOf(await answer, span);
    }
    before.left -= span.length;
    const codec = await before.codec;
    return codec === "raw" ? { codec, stored: await span.read() } : codedOf(await this.#ask(part, codec), span);
  }

  #ask({ span, base, region }: Plain, codec: Codec | null): Promise<CodeAnswer> {
    return this.#codecs.code({ plain: span, base: base && base.span, width: region.width, codec });
  }
}

/** Whether it is told as a patch, or by itself where its base has little of it. */
function isPatched({ base }: Plain): boolean {
  return base?.at.length !== undefined;
}

/** What is known of parts that are alike. */
interface Choice {
  codec: Promise<Codec>;
  /** Once it is. */
  known: Codec | null;
  /** Bytes for which it still counts. */
  left: number;
}

/** What is alike is stored alike: a large tensor by itself, a member of an archive too. */
function keyOf({ region: { kind, width, start, length }, base }: Plain): string {
  const own = length >= LARGE || kind === "part" ? start : "";
  return `${kind} ${width} ${base !== null} ${own}`;
}

/** A part by its bytes, and the place of those that it may be told as a difference from. */
function nameOf({ span: { hash }, base }: Plain): string {
  if (base === null) return hash;
  const { source, offset, stored, length } = base.at;
  return `${hash} ${source.hash} ${offset} ${stored} ${length}`;
}

/** A codec that is not exact would lose what nobody has again. */
async function codedOf({ codec, stored, isExact }: CodeAnswer, span: FreshSpan): Promise<Coded> {
  if (!isExact) throw bug(`the codec ${codec} does not give back what it was given`);
  return { codec, stored: stored ?? (await span.read()) };
}
