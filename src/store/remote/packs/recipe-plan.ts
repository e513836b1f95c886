/** Which segments of a recipe a range of its blob needs, in portions that are read together. */
import type { Recipe, Segment, Source, StoredRange } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import { blobName } from "../../blob-layout.ts";
import type { ByteRange } from "../../bytes.ts";
import { packName } from "../layout.ts";
import type { Span } from "./spans.ts";

/** Bytes in memory for one portion: stored ones, those of bases, and plain ones. */
const PORTION = 16 * 1024 * 1024;
/** Segments of one portion: a recipe may have a million of a byte each. */
const MOST_SEGMENTS = 4096;

/** A segment, and what of its plain bytes is needed. */
export interface Needed {
  segment: Segment;
  /** Of the segment. */
  part: ByteRange;
  stored: Span;
  base: Span | null;
}

/** A recipe with the pack that it lies in. */
export class RecipePlan {
  readonly #recipe: Recipe;
  readonly #names: readonly string[];
  /** Where in the blob each segment begins; at the end, where the last one ends. */
  readonly #starts: Float64Array;

  constructor(recipe: Recipe, own: Hash) {
    this.#recipe = recipe;
    this.#names = recipe.sources.map((source) => nameOf(source, own));
    this.#starts = new Float64Array(recipe.segments.length + 1);
    for (const [at, { length }] of recipe.segments.entries())
      this.#starts[at + 1] = (this.#starts[at] as number) + length;
  }

  /** Bytes of the blob. */
  get size(): number {
    return this.#recipe.size;
  }

  /** About how many bytes it takes in memory. */
  get weight(): number {
    return 400 * this.#recipe.segments.length;
  }

  /** What is needed of the segments, in order. */
  *portions({ start, end }: ByteRange): Generator<Needed[]> {
    let portion: Needed[] = [];
    let bytes = 0;
    for (let at = this.#segmentAt(start); at < this.#recipe.segments.length; at++) {
      const first = this.#starts[at] as number;
      if (first >= end) break;
      const segment = this.#recipe.segments[at] as Segment;
      const part = { start: Math.max(0, start - first), end: Math.min(segment.length, end - first) };
      const weight = segment.length + segment.stored + (segment.base ? segment.base.stored + segment.length : 0);
      if ((bytes + weight > PORTION && portion.length > 0) || portion.length === MOST_SEGMENTS) {
        yield portion;
        [portion, bytes] = [[], 0];
      }
      portion.push(this.#needed(segment, part));
      bytes += weight;
    }
    if (portion.length > 0) yield portion;
  }

  #needed(segment: Segment, part: ByteRange): Needed {
    const all = this.#spanOf(segment);
    const stored = segment.codec === "raw" ? { ...all, start: all.start + part.start, end: all.start + part.end } : all;
    return { segment, part, stored, base: segment.base === undefined ? null : this.#spanOf(segment.base) };
  }

  #spanOf({ source, offset, stored }: StoredRange): Span {
    return { name: this.#names[source] as string, start: offset, end: offset + stored };
  }

  /** The segment that holds this byte of the blob. */
  #segmentAt(byte: number): number {
    let [low, high] = [0, this.#recipe.segments.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= byte) low = middle;
      else high = middle;
    }
    return low;
  }
}

function nameOf(source: Source, own: Hash): string {
  if (source.kind === "blob") return blobName(source.hash);
  return packName(source.kind === "own" ? own : source.hash);
}
