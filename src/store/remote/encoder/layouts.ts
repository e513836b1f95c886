/** What one blob of a remote consists of: by its recipe, by its cut list, or by its own bytes on this machine. */
import { isMvgitError } from "../../../base/errors.ts";
import { Once } from "../../../base/once.ts";
import { regionsOf } from "../../../encoding/cuts/regions.ts";
import type { Cut, CutList } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import type { PackedBlobs } from "../packs/packed-blobs.ts";
import type { Place } from "../place.ts";
import type { WholeBlobs } from "../whole-blobs.ts";
import { readCutList } from "./cut-lists.ts";
import { type Layout, layoutOfCuts, layoutOfRecipe, type StoredPiece } from "./layout.ts";
import { LocalBytes, type LocalStore } from "./local.ts";
import { KnownPieces } from "./matches.ts";
import { cutsOf, survey } from "./survey.ts";

/** Where a remote keeps blobs. */
export interface Kept {
  place: Place;
  whole: WholeBlobs;
  packed: PackedBlobs;
  /** Where bytes of blobs are at hand. */
  local: LocalStore | null;
  /** That packs were looked at since what may be relied on was claimed. */
  looked: Once<void>;
}

/** For one call that writes: nothing was looked at yet. */
export function keptIn(means: Omit<Kept, "looked">): Kept {
  return { ...means, looked: new Once() };
}

/** Before the first look at what may be relied on: until it was claimed, it may have gone. */
export function lookSinceClaimed({ looked, packed }: Kept): Promise<void> {
  return looked.run(() => packed.index.refresh());
}

/** Blobs from here on have a cut list where they are whole. */
export const LEAST_LISTED = 8 * 1024 * 1024;
/** Blobs of which a recipe uses parts, and whose cut lists are asked for. */
const MOST_LISTS = 4;

/** Null where the remote does not have it, or nothing tells what it consists of. */
export async function layoutIn(kept: Kept, hash: Hash, size: number): Promise<Layout | null> {
  const found = await kept.packed.recipeOf(hash);
  if (found?.recipe.size === size) return refined(kept, layoutOfRecipe(hash, found.recipe, found.pack));
  // Only what gc keeps of several copies may be relied on.
  if (kept.packed.has(hash) || (await kept.whole.stat(hash))?.size !== size) return null;
  const list = (size >= LEAST_LISTED ? await readCutList(kept.place, hash) : null) ?? (await cutHere(kept, hash, size));
  return list?.size === size ? layoutOfCuts(hash, list) : null;
}

/** By its bytes on this machine, where they are right. */
async function cutHere({ local }: Kept, hash: Hash, size: number): Promise<CutList | null> {
  const access = await new LocalBytes(local).access({ hash, size });
  if (access === null || local === null) return null;
  try {
    const bytes = local.read(hash, { start: 0, end: size, of: size });
    const pieces = await survey(
      { hash, size, bytes, regions: await regionsOf(access), isJoined: false },
      new KnownPieces([]),
    );
    return pieces && { size, cuts: cutsOf(pieces) };
  } catch (error) {
    if (isMvgitError(error, "blob-damaged") || isMvgitError(error, "blob-missing")) return null;
    throw error;
  }
}

/** What was put together of several pieces of whole blobs, as these again. */
async function refined(kept: Kept, layout: Layout): Promise<Layout> {
  const lists = new Map<Hash, readonly Cut[]>();
  for (const hash of sourcesOf(layout)) {
    const list = await readCutList(kept.place, hash);
    if (list !== null) lists.set(hash, list.cuts);
  }
  return refinedBy(layout, lists);
}

/** Whole blobs of which it uses parts, a few of them. */
export function sourcesOf({ pieces }: Layout): Hash[] {
  const blobs = new Set(pieces.flatMap(({ source }) => (source.kind === "blob" ? [source.hash] : [])));
  return [...blobs].slice(0, MOST_LISTS);
}

/** The same by the cuts of the blobs that it uses parts of. */
export function refinedBy(layout: Layout, lists: ReadonlyMap<Hash, readonly Cut[]>): Layout {
  if (lists.size === 0) return layout;
  const cuts = new Map([...lists].map(([hash, list]) => [hash, byStart(list)]));
  return { ...layout, pieces: layout.pieces.flatMap((piece) => split(piece, cuts.get(piece.source.hash))) };
}

function byStart(cuts: readonly Cut[]): ReadonlyMap<number, Cut> {
  let start = 0;
  return new Map(
    cuts.map(({ hash, length }) => {
      const entry = [start, { hash, length }] as const;
      start += length;
      return entry;
    }),
  );
}

/** The piece itself, where it does not begin and end where the cuts of its source do. */
function split(piece: StoredPiece, cuts: ReadonlyMap<number, Cut> | undefined): StoredPiece[] {
  if (cuts === undefined || piece.source.kind !== "blob") return [piece];
  const parts: StoredPiece[] = [];
  let done = 0;
  while (done < piece.length) {
    const cut = cuts.get(piece.offset + done);
    if (cut === undefined) return [piece];
    parts.push({ ...piece, ...cut, start: piece.start + done, offset: piece.offset + done, stored: cut.length });
    done += cut.length;
  }
  return done === piece.length ? parts : [piece];
}
