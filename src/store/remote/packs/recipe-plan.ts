/** Which segments of a recipe a range of its blob needs, portion by portion. */
import type { RecipeForm } from "../../../encoding/recipe-form.ts";
import type { Segment, Source, StoredRange } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import { blobName } from "../../blob-layout.ts";
import type { ByteRange } from "../../bytes.ts";
import { packName } from "../layout.ts";
import type { Span } from "./spans.ts";

/** Bytes in memory for one portion: stored ones, those of bases, and plain ones. */
const PORTION = 16 * 1024 * 1024;
/** Segments of one portion: a recipe may have a million of a byte each. */
const MOST_SEGMENTS = 1024;

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
  readonly #form: RecipeForm;
  readonly #own: Hash;

  constructor(form: RecipeForm, own: Hash) {
    this.#form = form;
    this.#own = own;
  }

  /** Bytes that it takes in memory, about. */
  get weight(): number {
    return this.#form.weight;
  }

  /** What is needed of the first segments of the range, in order: as many as are read together. */
  portion({ start, end }: ByteRange): Needed[] {
    const portion: Needed[] = [];
    let bytes = 0;
    for (const { start: first, segment } of this.#form.from(start)) {
      if (first >= end) break;
      const part = { start: Math.max(0, start - first), end: Math.min(segment.length, end - first) };
      const { length, stored, base } = segment;
      bytes += length + stored + (base ? base.stored + (base.length ?? length) : 0);
      if (portion.length > 0 && (bytes > PORTION || portion.length === MOST_SEGMENTS)) break;
      portion.push(this.#needed(segment, part));
    }
    return portion;
  }

  #needed(segment: Segment, part: ByteRange): Needed {
    const all = this.#spanOf(segment);
    const stored = segment.codec === "raw" ? { ...all, start: all.start + part.start, end: all.start + part.end } : all;
    return { segment, part, stored, base: segment.base === undefined ? null : this.#spanOf(segment.base) };
  }

  #spanOf({ source, offset, stored }: StoredRange): Span {
    return { name: nameOf(this.#form.source(source) as Source, this.#own), start: offset, end: offset + stored };
  }
}

function nameOf(source: Source, own: Hash): string {
  if (source.kind === "blob") return blobName(source.hash);
  return packName(source.kind === "own" ? own : source.hash);
}
