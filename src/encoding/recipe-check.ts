/** What must hold in every recipe, whoever wrote it. */
import { checkCoded, isDelta } from "./coded.ts";
import { PACK_HEAD } from "./index-table.ts";
import { MOST_BLOB, MOST_IN_PACK, MOST_PIECE } from "./limits.ts";
import { demand } from "./malformed.ts";
import type { Codec, Recipe, Segment, Source, StoredRange } from "./types.ts";

/** Throws `Malformed` for one whose parts do not fit together. */
export function checkRecipe({ size, sources, segments }: Recipe): void {
  const kindOf = (number: number): Source["kind"] | undefined => sources[number]?.kind;
  demand(size >= 1, "it is of an empty blob");
  checkSources(sources);
  const unused = new Set(sources.keys());
  let sum = 0;
  for (const segment of segments) {
    checkSegment(segment, kindOf);
    unused.delete(segment.source);
    if (segment.base !== undefined) unused.delete(segment.base.source);
    sum += segment.length;
  }
  checkSum(sum, size);
  demand(unused.size === 0, "it names a source that no segment uses");
}

function checkSources(sources: readonly Source[]): void {
  const names = new Set(sources.map((source) => (source.kind === "own" ? "own" : `${source.kind} ${source.hash}`)));
  demand(names.size === sources.length, "it names a source twice");
}

/** `sum`: bytes of all segments; `size`: of the blob. */
export function checkSum(sum: number, size: number): void {
  demand(sum === size, "its segments are together not as long as the blob");
}

/** Of which kind the source of a number is; undefined where there is none. */
type KindOf = (number: number) => Source["kind"] | undefined;

/** A segment that fits to the sources. */
export function checkSegment(segment: Omit<Segment, "hash">, kindOf: KindOf): void {
  const { length, base, codec } = segment;
  demand(length >= 1 && length <= MOST_PIECE, "a segment has a length that none can have");
  checkStored(segment, length, kindOf);
  demand((base !== undefined) === isDelta(codec), "a base stands where none belongs, or is left out");
  if (base === undefined) return;
  const plain = base.length ?? length;
  demand(
    (base.length !== undefined) === (codec === "patch"),
    "a base says how long it is where it must not, or does not",
  );
  demand(plain >= 1 && plain <= MOST_PIECE, "a base has a length that none can have");
  checkStored(base, plain, kindOf);
}

function checkStored(
  { codec, source: number, offset, stored }: StoredRange & { codec: Codec },
  plain: number,
  kindOf: KindOf,
): void {
  const kind = kindOf(number);
  demand(kind !== undefined, "a segment is of a source that is not named");
  checkCoded({ codec, stored, plain });
  const isWhole = kind === "blob";
  demand(!isWhole || codec === "raw", "a whole blob is told to be coded");
  demand(isWhole || offset >= PACK_HEAD, "a segment lies outside of its pack");
  demand(offset <= (isWhole ? MOST_BLOB : PACK_HEAD + MOST_IN_PACK) - stored, "a segment lies outside of its source");
}
