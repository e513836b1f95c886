/** How the new parts of a blob are stored: a codec for each, chosen by a few of those that are alike. */
import type { Codec, Region } from "../../../encoding/types.ts";
import { bug } from "../../../base/errors.ts";
import type { CodeAnswer, CodeRequest } from "./code-job.ts";
import type { Codecs } from "./codecs.ts";
import type { DeltaBase } from "./deltas.ts";

/** A choice is made anew after so many bytes, of a tensor or of anything: what comes then may be of another kind. */
const CHOSEN_FOR = { tensor: 16 * 1024 * 1024, any: 2 * 1024 * 1024 };
/** Tensors from here on are chosen for each by itself. */
const LARGE = 4 * 1024 * 1024;

/** A part as it is stored. */
export interface Coded {
  codec: Codec;
  stored: Uint8Array;
}

/** Bytes of a part, and what they may be told as a difference from. */
export interface Plain {
  bytes: Buffer;
  region: Region;
  base: DeltaBase | null;
}

/** Chooses codecs for one blob. */
export class Coder {
  readonly #codecs: Codecs;
  readonly #chosen = new Map<string, { codec: Promise<Codec>; left: number }>();

  constructor(codecs: Codecs) {
    this.#codecs = codecs;
  }

  async code(part: Plain): Promise<Coded> {
    const { bytes } = part;
    const key = keyOf(part);
    const before = this.#chosen.get(key);
    if (before === undefined || before.left <= 0) {
      const answer = this.#ask(part, null);
      this.#chosen.set(key, {
        codec: answer.then(({ chosen }) => chosen),
        left: CHOSEN_FOR[part.region.kind === "tensor" ? "tensor" : "any"],
      });
      return codedOf(await answer, bytes);
    }
    before.left -= bytes.length;
    const codec = await before.codec;
    return codec === "raw" ? { codec, stored: bytes } : codedOf(await this.#ask(part, codec), bytes);
  }

  #ask({ bytes, base, region }: Plain, codec: Codec | null): Promise<CodeAnswer> {
    const request: CodeRequest = { plain: bytes, width: region.width, codec };
    return this.#codecs.code(base === null ? request : { ...request, base: base.bytes });
  }
}

/** What is alike is stored alike: a large tensor by itself, a member of an archive too. */
function keyOf({ region: { kind, width, start, length }, base }: Plain): string {
  const own = length >= LARGE || kind === "part" ? start : "";
  return `${kind} ${width} ${base !== null} ${own}`;
}

/** A codec that is not exact would lose what nobody has again. */
function codedOf({ codec, stored, isExact }: CodeAnswer, plain: Uint8Array): Coded {
  if (!isExact) throw bug(`the codec ${codec} does not give back what it was given`);
  return { codec, stored: stored ?? plain };
}
