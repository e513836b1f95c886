/** What must hold in every recipe, whoever wrote it. */
import { checkCoded, isDelta } from "./coded.ts";
import { PACK_HEAD } from "./index-table.ts";
import { MOST_BLOB, MOST_IN_PACK, MOST_PIECE } from "./limits.ts";
import { demand } from "./malformed.ts";
import type { Codec, Recipe, Segment, Source, StoredRange } from "./types.ts";

/** Throws `Malformed` for one whose parts do not fit together. */
export function checkRecipe({ size, sources, segments }: Recipe): void {
  demand(size >= 1, "it is of an empty blob");
  checkSources(sources);
  const unused = new Set(sources.keys());
  let sum = 0;
  for (const segment of segments) {
    checkSegment(segment, sources);
    unused.delete(segment.source);
    if (segment.base !== undefined) unused.delete(segment.base.source);
    sum += segment.length;
  }
  demand(sum === size, "its segments are together not as long as the blob");
  demand(unused.size === 0, "it names a source that no segment uses");
}

function checkSources(sources: readonly Source[]): void {
  const names = new Set(sources.map((source) => (source.kind === "own" ? "own" : `${source.kind} ${source.hash}`)));
  demand(names.size === sources.length, "it names a source twice");
}

function checkSegment(segment: Segment, sources: readonly Source[]): void {
  const { length, base, codec } = segment;
  demand(length >= 1 && length <= MOST_PIECE, "a segment has a length that none can have");
  checkStored(segment, length, sources);
  demand((base !== undefined) === isDelta(codec), "a base stands where none belongs, or is left out");
  if (base !== undefined) checkStored(base, length, sources);
}

function checkStored(
  { codec, source: number, offset, stored }: StoredRange & { codec: Codec },
  plain: number,
  sources: readonly Source[],
): void {
  const source = sources[number];
  demand(source !== undefined, "a segment is of a source that is not named");
  checkCoded({ codec, stored, plain });
  const isWhole = source.kind === "blob";
  demand(!isWhole || codec === "raw", "a whole blob is told to be coded");
  demand(isWhole || offset >= PACK_HEAD, "a segment lies outside of its pack");
  demand(offset <= (isWhole ? MOST_BLOB : PACK_HEAD + MOST_IN_PACK) - stored, "a segment lies outside of its source");
}
