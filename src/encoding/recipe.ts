/** The recipe of a blob as bytes: sources, and segments in the blob's order. */
import type { Hash } from "../values/hash.ts";
import { FormWriter, HASH_BYTES } from "./bytes-form.ts";
import { codecNumber } from "./coded.ts";
import { MOST_RECIPE } from "./limits.ts";
import { demand } from "./malformed.ts";
import { checkRecipe } from "./recipe-check.ts";
import { KINDS, RANGE, RECIPE_MAGIC, RecipeForm, SEGMENT, SOURCE } from "./recipe-form.ts";
import type { Codec, Recipe, Segment, StoredRange } from "./types.ts";

/** Bytes of magic, size and the two counts. */
const HEAD = 24;
const BASE = 1 + RANGE;
const BASE_LENGTH = 4;
const NO_HASH = "0".repeat(2 * HASH_BYTES) as Hash;

/** Bytes of the recipe. */
export function recipeLength({ sources, segments }: Pick<Recipe, "sources" | "segments">): number {
  let length = HEAD + SOURCE * sources.length + SEGMENT * segments.length + HASH_BYTES;
  for (const { base } of segments)
    if (base !== undefined) length += BASE + (base.length === undefined ? 0 : BASE_LENGTH);
  return length;
}

/** Throws `Malformed` for what no recipe can say, or is too long. */
export function formatRecipe(recipe: Recipe): Buffer {
  checkRecipe(recipe);
  const length = recipeLength(recipe);
  demand(length <= MOST_RECIPE, "it is too long");
  const form = new FormWriter(length);
  form.text(RECIPE_MAGIC);
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
    if (segment.base?.length !== undefined) form.u32(segment.base.length);
  }
  return form.sum();
}

function writeRange(form: FormWriter, { codec, source, offset, stored }: StoredRange & { codec: Codec }): void {
  form.u8(codecNumber(codec));
  form.u32(source);
  form.u64(offset);
  form.u32(stored);
}

/** All of it as objects. Throws `Malformed` for bytes that are no recipe in its only form. */
export function parseRecipe(bytes: Uint8Array): Recipe {
  return recipeIn(new RecipeForm(bytes));
}

/** All that it says, as objects. */
export function recipeIn(form: RecipeForm): Recipe {
  const segments: Segment[] = [];
  for (const { segment } of form.from(0)) segments.push(segment);
  return { size: form.size, sources: [...form.allSources()], segments };
}
