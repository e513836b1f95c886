/** From what a format keeps apart to regions that are the whole file. */
import { unreadable } from "../../values/tensors/access.ts";
import type { Region } from "../types.ts";

/** A part of a file that may become a region of its own; the name of what it is, where a later version has it too. */
export type Span = Omit<Region, "kind"> & { kind: "tensor" | "part" };

/** Smaller ones are left to what stands around them: a region for each costs more than it brings. */
export const LEAST = 8 * 1024;
/** Regions of a file, so that they take little memory however large it is. */
const MOST_SPANS = 100_000;

/** Gathers spans; where they get too many, only larger ones are kept. */
export class Spans {
  readonly #spans: Span[] = [];
  #least = LEAST;

  add(span: Span): void {
    if (span.length < this.#least) return;
    this.#spans.push(span);
    while (this.#spans.length > MOST_SPANS) {
      this.#least *= 2;
      const kept = this.#spans.filter(({ length }) => length >= this.#least);
      this.#spans.splice(0, this.#spans.length, ...kept);
    }
  }

  get all(): readonly Span[] {
    return this.#spans;
  }
}

/** All of a file of that size, in order. Throws `Unreadable` for spans that overlap or are not in it. */
export function regionsFrom(spans: readonly Span[], size: number): Region[] {
  const regions: Region[] = [];
  let at = 0;
  const gapTo = (start: number): void => {
    if (start > at) regions.push({ start: at, length: start - at, kind: "opaque", width: 1 });
  };
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (span.start < at || span.start + span.length > size) unreadable("parts of it overlap, or are not in it");
    gapTo(span.start);
    regions.push(span);
    at = span.start + span.length;
  }
  gapTo(size);
  return regions;
}

/** Those that overlap none that starts before it, or is longer: a view of values that another has is no lie. */
export function apart(spans: readonly Span[]): Span[] {
  let end = 0;
  return spans
    .toSorted((a, b) => a.start - b.start || b.length - a.length)
    .filter(({ start, length }) => {
      if (start < end) return false;
      end = start + length;
      return true;
    });
}
