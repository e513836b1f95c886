/**
 * A recipe as its bytes: all of it is checked, and what it says is read from them when it is asked for. A million
 * segments as objects would take half a gigabyte.
 */
import type { Hash } from "../values/hash.ts";
import { FormReader, HASH_BYTES, openForm } from "./bytes-form.ts";
import { codecOf, isDelta, plainCodecOf } from "./coded.ts";
import { MOST_RECIPE } from "./limits.ts";
import { demand } from "./malformed.ts";
import { checkSegment, checkSum } from "./recipe-check.ts";
import type { Segment, Source, StoredRange } from "./types.ts";

export const RECIPE_MAGIC = "MVGRCPE1";
export const KINDS: readonly Source["kind"][] = ["blob", "pack", "own"];
/** Bytes of a source, of a range without its codec, and of a segment without a base. */
export const SOURCE = 1 + HASH_BYTES;
export const RANGE = 4 + 8 + 4;
export const SEGMENT = HASH_BYTES + 4 + 1 + RANGE;
/** Where in the body the first source lies: behind the size, and the number of sources. */
const FIRST_SOURCE = 12;
const NO_HASH = Buffer.alloc(HASH_BYTES);
/** How many segments a look passes over at most, to find the one that holds a byte. */
const STRIDE = 256;

/** A segment, and where in the blob it begins. */
export interface PlacedSegment {
  start: number;
  segment: Segment;
}

/** What is read of it is made anew each time. */
export class RecipeForm {
  /** Bytes of the blob. */
  readonly size: number;
  /** How many. */
  readonly sources: number;
  readonly segments: number;
  /** Between magic and sum. */
  readonly #body: Buffer;
  /** Of every so many segments: where in the blob it begins, and where in the body it lies. */
  readonly #marks: { starts: number[]; offsets: number[] } = { starts: [], offsets: [] };

  /** Keeps the bytes. Throws `Malformed` for those that are no recipe in its only form. */
  constructor(bytes: Uint8Array) {
    const form = openForm(bytes, RECIPE_MAGIC, MOST_RECIPE);
    const { left } = form;
    this.#body = Buffer.from(bytes.buffer, bytes.byteOffset + RECIPE_MAGIC.length, left);
    this.size = form.u64();
    this.sources = countIn(form, SOURCE);
    demand(this.size >= 1, "it is of an empty blob");
    this.#checkSources(form);
    this.segments = countIn(form, SEGMENT);
    this.#checkSegments(form);
    form.end();
  }

  /** Bytes that it takes in memory, about. */
  get weight(): number {
    return this.#body.length + 16 * this.#marks.starts.length;
  }

  /** The source of that number; undefined for one that there is none of. */
  source(number: number): Source | undefined {
    const kind = this.#kindOf(number);
    if (kind === undefined) return undefined;
    const at = FIRST_SOURCE + SOURCE * number + 1;
    return kind === "own" ? { kind } : { kind, hash: this.#body.toString("hex", at, at + HASH_BYTES) as Hash };
  }

  *allSources(): Generator<Source> {
    for (let number = 0; number < this.sources; number++) yield this.source(number) as Source;
  }

  /** The segments in order, from the one that holds this byte of the blob on. */
  *from(byte: number): Generator<PlacedSegment> {
    let [low, high] = [0, this.#marks.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#marks.starts[middle] as number) <= byte) low = middle;
      else high = middle;
    }
    let start = this.#marks.starts[low] ?? 0;
    const form = new FormReader(this.#body.subarray(this.#marks.offsets[low] ?? this.#body.length));
    while (form.left > 0) {
      const segment = readSegment(form);
      if (start + segment.length > byte) yield { start, segment };
      start += segment.length;
    }
  }

  readonly #kindOf = (number: number): Source["kind"] | undefined =>
    number < this.sources ? KINDS[this.#body[FIRST_SOURCE + SOURCE * number] as number] : undefined;

  #checkSources(form: FormReader): void {
    for (let number = 0; number < this.sources; number++) {
      const kind = KINDS[form.u8()];
      const hash = form.take(HASH_BYTES);
      demand(kind !== undefined, "a source is of a kind that none has");
      demand(kind !== "own" || NO_HASH.equals(hash), "the recipe's own pack has a name");
    }
    demand(!hasTwice(this.#body, FIRST_SOURCE, this.sources), "it names a source twice");
  }

  #checkSegments(form: FormReader): void {
    const used = new Uint8Array(this.sources);
    const { starts, offsets } = this.#marks;
    let sum = 0;
    for (let number = 0; number < this.segments; number++) {
      if (number % STRIDE === 0) {
        starts.push(sum);
        offsets.push(this.#body.length - form.left);
      }
      form.take(HASH_BYTES);
      const segment = readRest(form);
      checkSegment(segment, this.#kindOf);
      used[segment.source] = 1;
      if (segment.base !== undefined) used[segment.base.source] = 1;
      sum += segment.length;
    }
    checkSum(sum, this.size);
    demand(!used.includes(0), "it names a source that no segment uses");
  }
}

/** As many as the number that stands before them says, each of so many bytes at least. */
function countIn(form: FormReader, least: number): number {
  const count = form.u32();
  demand(count * least <= form.left, "it is cut short");
  return count;
}

function readSegment(form: FormReader): Segment {
  return { hash: form.hash(), ...readRest(form) };
}

/** All but the hash, which stands before it. */
function readRest(form: FormReader): Omit<Segment, "hash"> {
  const length = form.u32();
  const codec = codecOf(form.u8());
  const rest: Omit<Segment, "hash"> = { length, codec, ...readRange(form) };
  if (isDelta(codec)) rest.base = { codec: plainCodecOf(form.u8()), ...readRange(form) };
  if (codec === "patch" && rest.base !== undefined) rest.base.length = form.u32();
  return rest;
}

function readRange(form: FormReader): StoredRange {
  return { source: form.u32(), offset: form.u64(), stored: form.u32() };
}

/** Sources as they lie one behind the other: sorted by their bytes, since texts of a million would not fit. */
function hasTwice(bytes: Buffer, start: number, count: number): boolean {
  const compare = (a: number, b: number): number => {
    const [from, to] = [start + SOURCE * a, start + SOURCE * b];
    return bytes.compare(bytes, to, to + SOURCE, from, from + SOURCE);
  };
  const order = Uint32Array.from({ length: count }, (_, number) => number).sort(compare);
  return order.some((number, at) => at > 0 && compare(order[at - 1] as number, number) === 0);
}
