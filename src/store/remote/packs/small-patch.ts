/** Small blobs that a pack keeps as patches of earlier versions: each a piece, and a recipe of it alone. */
import { bug } from "../../../base/errors.ts";
import { decode } from "../../../encoding/codecs/codecs.ts";
import { encodeIfPatch } from "../../../encoding/codecs/patch.ts";
import { recipeLength } from "../../../encoding/recipe.ts";
import type { PlainCodec, Recipe, Source } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import type { PackBuilder, SourceOf, Written } from "./pack-builder.ts";

/** A shorter blob is not compared: what tells of a patch takes some 200 bytes, and a reading of its own. */
export const LEAST_PATCHED = 4096;
/** Of the bytes that the blob would take by itself: with more, a reading of two places is not worth it. */
const MOST_LEFT = 0.5;

/** What a small blob may be told as a patch of. It lies in the remote, as it was seen there once it was claimed. */
export interface PatchBase {
  /** The blob that it is. */
  hash: Hash;
  source: Exclude<Source, { kind: "own" }>;
  offset: number;
  /** Bytes there. */
  stored: number;
  codec: PlainCodec;
  /** Bytes of the blob. */
  length: number;
  /** Where this machine has it, for a thread that reads it. */
  file?: string;
  /** Its bytes, verified; null where this machine has none that are right. */
  read(): Promise<Uint8Array | null>;
}

/** A blob as a patch. */
export interface Patched {
  hash: Hash;
  /** As the codec stores it. */
  stored: Uint8Array;
  /** Bytes of the blob. */
  plain: number;
  base: PatchBase;
}

/**
 * The blob as a patch of `base`, read back and compared; null where that is not clearly shorter than the `alone` bytes
 * that it takes by itself.
 */
export async function encodeSmallPatch(plain: Uint8Array, base: Uint8Array, alone: number): Promise<Uint8Array | null> {
  const stored = await encodeIfPatch(plain, base);
  if (stored === null || stored.length + TOLD > alone * MOST_LEFT) return null;
  const again = await decode("patch", stored, { length: plain.length, base });
  return Buffer.compare(again, plain) === 0 ? stored : null;
}

/** Adds the patch and its recipe. `bytes`: of both. */
export async function addPatched(builder: PackBuilder, patched: Patched): Promise<Written & { bytes: number }> {
  const { hash, stored, plain: size } = patched;
  const piece = await builder.addPiece(stored);
  const written = await builder.addRecipe({ hash, size }, (sourceOf) =>
    recipeOf(patched, { source: sourceOf(piece), offset: piece.offset }),
  );
  if (written === null) throw bug("the recipe of one patch does not fit into a pack");
  return { visible: written.visible, bytes: stored.length + TOLD };
}

function recipeOf(
  { hash, stored, plain, base }: Patched,
  { source, offset }: { source: ReturnType<SourceOf>; offset: number },
): Recipe {
  const { codec, length } = base;
  const under = { codec, source: 1, offset: base.offset, stored: base.stored, length };
  const patch = { hash, length: plain, codec: "patch", source: 0, offset, stored: stored.length, base: under } as const;
  return { size: plain, sources: [source, base.source], segments: [patch] };
}

/** Bytes of a recipe of one patch. */
const TOLD = recipeLength({
  sources: [{ kind: "own" }, { kind: "own" }],
  segments: [
    {
      hash: "" as Hash,
      length: 1,
      codec: "patch",
      source: 0,
      offset: 0,
      stored: 1,
      base: { codec: "raw", source: 1, offset: 0, stored: 1, length: 1 },
    },
  ],
});
