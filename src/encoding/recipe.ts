/** The recipe of a blob as bytes: sources, and segments in the blob's order. */
import type { Hash } from "../values/hash.ts";
import { type FormReader, FormWriter, HASH_BYTES, openForm } from "./bytes-form.ts";
import { codecNumber, codecOf, isDelta, plainCodecOf } from "./coded.ts";
import { MOST_RECIPE } from "./limits.ts";
import { demand } from "./malformed.ts";
import { checkRecipe } from "./recipe-check.ts";
import type { Codec, Recipe, Segment, Source, StoredRange } from "./types.ts";

const MAGIC = "MVGRCPE1";
/** Bytes of magic, size and the two counts. */
const HEAD = 24;
const SOURCE = 1 + HASH_BYTES;
const RANGE = 4 + 8 + 4;
const SEGMENT = HASH_BYTES + 4 + 1 + RANGE;
const BASE = 1 + RANGE;
const KINDS: readonly Source["kind"][] = ["blob", "pack", "own"];
const NO_HASH = "0".repeat(2 * HASH_BYTES) as Hash;

/** Bytes of the recipe. */
export function recipeLength({ sources, segments }: Pick<Recipe, "sources" | "segments">): number {
  const bases = segments.reduce((sum, { base }) => sum + (base === undefined ? 0 : 1), 0);
  return HEAD + SOURCE * sources.length + SEGMENT * segments.length + BASE * bases + HASH_BYTES;
}

/** Throws `Malformed` for what no recipe can say, or is too long. */
export function formatRecipe(recipe: Recipe): Buffer {
  checkRecipe(recipe);
  const length = recipeLength(recipe);
  demand(length <= MOST_RECIPE, "it is too long");
  const form = new FormWriter(length);
  form.text(MAGIC);
  form.u64(recipe.size);
  form.u32(recipe.sources.length);
  for (const source of recipe.sources) {
    form.u8(KINDS.indexOf(source.kind));
    form.hash(source.kind === "own" ? NO_HASH : source.hash);
  }
  form.u32(recipe.segments.length);
  for (const segment of recipe.segments) {
    form.hash(segment.hash);
    form.u32(segment.length);
    writeRange(form, segment);
    if (segment.base !== undefined) writeRange(form, segment.base);
  }
  return form.sum();
}

function writeRange(form: FormWriter, { codec, source, offset, stored }: StoredRange & { codec: Codec }): void {
  form.u8(codecNumber(codec));
  form.u32(source);
  form.u64(offset);
  form.u32(stored);
}

/** Throws `Malformed` for bytes that are no recipe in its only form. */
export function parseRecipe(bytes: Uint8Array): Recipe {
  const form = openForm(bytes, MAGIC, MOST_RECIPE);
  const size = form.u64();
  const sources = readMany(form, SOURCE, readSource);
  const segments = readMany(form, SEGMENT, readSegment);
  form.end();
  const recipe = { size, sources, segments };
  checkRecipe(recipe);
  return recipe;
}

/** As many as the number that stands before them says, each of so many bytes at least. */
function readMany<T>(form: FormReader, least: number, read: (form: FormReader) => T): T[] {
  const count = form.u32();
  demand(count * least <= form.left, "it is cut short");
  const all: T[] = [];
  for (let at = 0; at < count; at++) all.push(read(form));
  return all;
}

function readSource(form: FormReader): Source {
  const kind = KINDS[form.u8()];
  const hash = form.hash();
  demand(kind !== undefined, "a source is of a kind that none has");
  if (kind !== "own") return { kind, hash };
  demand(hash === NO_HASH, "the recipe's own pack has a name");
  return { kind };
}

function readSegment(form: FormReader): Segment {
  const hash = form.hash();
  const length = form.u32();
  const codec = codecOf(form.u8());
  const segment: Segment = { hash, length, codec, ...readRange(form) };
  if (isDelta(codec)) segment.base = { codec: plainCodecOf(form.u8()), ...readRange(form) };
  return segment;
}

function readRange(form: FormReader): StoredRange {
  return { source: form.u32(), offset: form.u64(), stored: form.u32() };
}
