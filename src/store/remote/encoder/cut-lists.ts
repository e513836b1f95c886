/** Cut lists of whole blobs: what a later version is compared with. Derived: one that is lost only costs bytes. */
import { isMvgitError } from "../../../base/errors.ts";
import { formatCutList, parseCutList } from "../../../encoding/cut-list.ts";
import { MOST_CUT_LIST } from "../../../encoding/limits.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import type { Cut, CutList } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import { WrongBytes } from "../../bucket.ts";
import { bytesSource, readAll } from "../../bytes.ts";
import { cutListName } from "../layout.ts";
import type { Place } from "../place.ts";
import { type Layout, layoutOfCuts } from "./layout.ts";

/** Null where there is none that can be read. */
export async function readCutList(place: Place, hash: Hash): Promise<CutList | null> {
  try {
    const bytes = await readAll(place.bucket.get(cutListName(hash)), MOST_CUT_LIST);
    return bytes && parseCutList(bytes);
  } catch (error) {
    if (isMvgitError(error, "object-missing") || error instanceof WrongBytes || error instanceof Malformed) return null;
    throw error;
  }
}

/**
 * Of a blob that is whole in the place; `bytes`: what it took there. A failure is none of the push's, unless the
 * process is to stop.
 */
export async function writeCutList(
  place: Place,
  { hash, source: { size } }: { hash: Hash; source: { size: number } },
  cuts: readonly Cut[],
): Promise<{ layout: Layout; bytes: number }> {
  const list = { size, cuts };
  const layout = layoutOfCuts(hash, list);
  try {
    const source = bytesSource(formatCutList(list));
    const outcome = await place.writable().putIfAbsent(cutListName(hash), source);
    return { layout, bytes: outcome === "written" ? source.size : 0 };
  } catch (error) {
    if (!isMvgitError(error) || error.kind === "interrupted" || error.kind === "bug") throw error;
  }
  return { layout, bytes: 0 };
}
