/** The parts of a new blob: pieces that were found in the remote, and in the gaps between them what else lies there. */
import { breathe } from "../../../base/stop.ts";
import { isBehind, type Layout } from "./layout.ts";
import type { GapFiller } from "./gap.ts";
import type { Patches } from "./patches.ts";
import type { Alignment, Found, NewPiece, Part } from "./parts.ts";

/** What lies alone in another place, and is shorter, is stored anew: a reading for it would cost more. */
const LEAST_ALONE = 4096;

/** `closest`: with which the beginning of the blob is compared where nothing of it was found. */
export async function partsOf(
  pieces: readonly NewPiece[],
  { filler, patches, closest }: { filler: GapFiller; patches: Patches; closest: Layout | null },
): Promise<Part[]> {
  const kept = withoutLonely(pieces);
  const parts: Part[] = [];
  for (let index = 0; index < kept.length;) {
    await breathe();
    const { found, start, length, hash } = kept[index] as NewPiece;
    if (found !== null) {
      parts.push({ kind: "known", start, length, hash, at: found.at });
      index++;
      continue;
    }
    const end = endOfGap(kept, index);
    const atStart = index === 0 && closest !== null ? { layout: closest, shift: 0 } : null;
    const sides = { before: behindOf(kept[index - 1]) ?? atStart, behind: behindOf(kept[end]) };
    const filled = await filler.fill({ pieces: kept.slice(index, end), ...sides });
    const near = sides.before ?? sides.behind;
    for (const part of near === null ? filled : await patches.of(filled, near)) parts.push(part);
    index = end;
  }
  return parts;
}

function endOfGap(pieces: readonly NewPiece[], start: number): number {
  let end = start;
  while (end < pieces.length && pieces[end]?.found === null) end++;
  return end;
}

/** Where what stands beside a found piece is likely to be. */
function behindOf(piece: NewPiece | undefined): Alignment | null {
  if (piece === undefined || piece.found === null) return null;
  return { layout: piece.found.layout, shift: piece.found.start - piece.start };
}

/** Runs of found pieces that lie one after the other, and are short together, count as not found. */
function withoutLonely(pieces: readonly NewPiece[]): NewPiece[] {
  const kept = [...pieces];
  for (let start = 0; start < kept.length;) {
    let end = start;
    let length = 0;
    do length += (kept[end++] as NewPiece).length;
    while (end < kept.length && goesOn((kept[end - 1] as NewPiece).found, (kept[end] as NewPiece).found));
    if (length < LEAST_ALONE)
      for (let at = start; at < end; at++) kept[at] = { ...(kept[at] as NewPiece), found: null };
    start = end;
  }
  return kept;
}

function goesOn(last: Found | null, next: Found | null): boolean {
  return last !== null && next !== null && isBehind(next.at, last.at);
}

/** Bytes that are not stored again. */
export function knownBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + (part.kind === "known" ? part.length : 0), 0);
}
