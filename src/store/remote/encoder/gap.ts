/** Pieces in a row that are not in the remote as they are: what of their bytes lies there all the same. */
import { breathe } from "../../../base/stop.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import { equalSpans, type Span } from "./equal.ts";
import { type Layout, pieceAt, type StoredPiece } from "./layout.ts";
import type { LocalBytes } from "./local.ts";
import { type Alignment, freshPart, type KnownPart, type NewPiece, type Part } from "./parts.ts";

/** Fewer bytes are not worth a reference, */
const LEAST = 4096;
/** unless it goes on from another one. */
const LEAST_TOUCHING = 256;
/** After so many bytes without anything equal, nothing more is looked for from that side; */
const PATIENCE = 1024 * 1024;
/** more where both sides say the same of where to look: then bytes were changed in their place. */
const PATIENCE_IN_PLACE = 8 * PATIENCE;

/** The gap, and what stands on its sides, as far as it is known. */
export interface Gap {
  pieces: readonly NewPiece[];
  before: Alignment | null;
  behind: Alignment | null;
}

/** Gives the verified bytes of a piece of the new blob. */
export type ReadPiece = (piece: NewPiece) => Promise<Buffer>;

/** Finds equal bytes, in gaps of one new blob. */
export class GapFiller {
  readonly #read: ReadPiece;
  readonly #local: LocalBytes;
  /** The last piece of a base: pieces of both overlap each other. */
  #last: { piece: StoredPiece; bytes: Buffer | null } | null = null;

  constructor(read: ReadPiece, local: LocalBytes) {
    this.#read = read;
    this.#local = local;
  }

  /** The gap as parts: by the bytes of the bases that are on this machine. */
  async fill(gap: Gap): Promise<Part[]> {
    const { pieces, before, behind } = gap;
    const start = (pieces[0] as NewPiece).start;
    const isInPlace = before !== null && behind !== null && isSameAlignment(before, behind);
    const found: KnownPart[] = [];
    if (before !== null) {
      const spans = await this.#spans(gap, { by: before, isBackward: false, isInPlace });
      found.push(...(await this.#parts(spans, before)));
    }
    if (behind !== null && !isInPlace) {
      const done = endOf(found.at(-1)) ?? start;
      const rest = { ...gap, pieces: pieces.filter((piece) => piece.start + piece.length > done) };
      const spans = await this.#spans(rest, { by: behind, isBackward: true, isInPlace });
      found.push(...(await this.#parts(notBefore(spans, done), behind)));
    }
    return assemble(pieces, worthwhile(found, { start, end: endOf(pieces.at(-1)) as number }));
  }

  /** Spans of the new blob that are equal, in order. */
  async #spans(
    { pieces, before, behind }: Gap,
    { by, isBackward, isInPlace }: { by: Alignment; isBackward: boolean; isInPlace: boolean },
  ): Promise<Span[]> {
    const order = isBackward ? pieces.toReversed() : pieces;
    const spans: Span[] = [];
    let unequal = 0;
    let isBeside = true;
    for (const piece of order) {
      await breathe();
      const isLast = piece === pieces.at(-1);
      const beside = isBackward
        ? { before: false, behind: isBeside }
        : { before: isBeside && before !== null, behind: isInPlace && isLast && behind !== null };
      const found = await this.#within(piece, by, beside);
      if (found === null) break;
      if (isBackward) spans.unshift(...found);
      else spans.push(...found);
      unequal = found.length > 0 ? 0 : unequal + piece.length;
      if (unequal >= (isInPlace ? PATIENCE_IN_PLACE : PATIENCE)) break;
      isBeside = isBackward ? found[0]?.start === piece.start : found.at(-1)?.end === piece.start + piece.length;
    }
    return joined(spans);
  }

  /** Spans of one piece; null where the base's bytes are not here. */
  async #within(
    piece: NewPiece,
    { layout, shift }: Alignment,
    beside: { before: boolean; behind: boolean },
  ): Promise<Span[] | null> {
    const from = Math.max(piece.start, -shift);
    const to = Math.min(piece.start + piece.length, layout.size - shift);
    if (from >= to) return [];
    const base = await this.#baseBytes(layout, { start: from + shift, end: to + shift });
    if (base === null) return null;
    const fresh = (await this.#read(piece)).subarray(from - piece.start, to - piece.start);
    const spans = equalSpans(fresh, base, {
      before: beside.before && from === piece.start,
      behind: beside.behind && to === piece.start + piece.length,
    });
    return spans.map(({ start, end }) => ({ start: start + from, end: end + from }));
  }

  async #baseBytes(layout: Layout, { start, end }: Span): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    for (let index = pieceAt(layout, start), at = start; at < end; index++) {
      const piece = layout.pieces[index] as StoredPiece;
      const bytes = await this.#verified(layout, piece);
      if (bytes === null) return null;
      const upTo = Math.min(end, piece.start + piece.length);
      parts.push(bytes.subarray(at - piece.start, upTo - piece.start));
      at = upTo;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  async #verified(layout: Layout, piece: StoredPiece): Promise<Buffer | null> {
    if (this.#last?.piece !== piece) {
      const bytes = await this.#local.piece(layout, piece);
      this.#last = { piece, bytes };
    }
    return this.#last.bytes;
  }

  /** The spans as references: to parts of what is stored raw, and to all of what is stored in another way. */
  async #parts(spans: readonly Span[], { layout, shift }: Alignment): Promise<KnownPart[]> {
    const found: KnownPart[] = [];
    for (const { start, end } of spans) {
      for (let index = pieceAt(layout, start + shift); index < layout.pieces.length; index++) {
        const piece = layout.pieces[index] as StoredPiece;
        if (piece.start >= end + shift) break;
        const from = Math.max(start + shift, piece.start);
        const to = Math.min(end + shift, piece.start + piece.length);
        const part = await this.#part({ layout, piece }, { start: from, end: to }, shift);
        if (part !== null) found.push(part);
      }
    }
    return found;
  }

  /** `span`: of the base. Null for a part of what is not stored raw. */
  async #part(
    { layout, piece }: { layout: Layout; piece: StoredPiece },
    { start, end }: Span,
    shift: number,
  ): Promise<KnownPart | null> {
    const length = end - start;
    const part = { kind: "known" as const, start: start - shift, length };
    if (length === piece.length) return { ...part, hash: piece.hash, at: piece };
    // Of coded bytes no part can be read.
    if (piece.codec !== "raw") return null;
    const bytes = await this.#verified(layout, piece);
    if (bytes === null) return null;
    const skipped = start - piece.start;
    const at = { source: piece.source, offset: piece.offset + skipped, stored: length, codec: "raw" as const };
    return { ...part, hash: hashBytes(bytes.subarray(skipped, skipped + length)), at };
  }
}

function isSameAlignment(a: Alignment, b: Alignment): boolean {
  return a.layout === b.layout && a.shift === b.shift;
}

function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last?.end === span.start) last.end = span.end;
    else all.push({ ...span });
  }
  return all;
}

function endOf(part: { start: number; length: number } | undefined): number | undefined {
  return part && part.start + part.length;
}

function notBefore(spans: readonly Span[], done: number): Span[] {
  return spans.flatMap(({ start, end }) => (end > done ? [{ start: Math.max(start, done), end }] : []));
}

/** Without short references that stand alone. `gap`: beside it everything is known, but at the ends of the blob. */
function worthwhile(parts: readonly KnownPart[], gap: Span): KnownPart[] {
  const edges = new Set([gap.start, gap.end, ...parts.flatMap(({ start, length }) => [start, start + length])]);
  const counts = new Map<number, number>(
    [...edges].map((edge) => [edge, edge === gap.start || edge === gap.end ? 1 : 0]),
  );
  for (const part of parts)
    for (const edge of [part.start, part.start + part.length]) counts.set(edge, (counts.get(edge) ?? 0) + 1);
  const isTouching = ({ start, length }: KnownPart): boolean =>
    (counts.get(start) ?? 0) > 1 || (counts.get(start + length) ?? 0) > 1;
  return parts.filter((part) => part.length >= (isTouching(part) ? LEAST_TOUCHING : LEAST));
}

/** Known parts in order, and between them what is left of the pieces. */
function assemble(pieces: readonly NewPiece[], known: readonly KnownPart[]): Part[] {
  const parts: Part[] = [];
  let next = 0;
  let at = pieces[0]?.start ?? 0;
  for (const piece of pieces) {
    const end = piece.start + piece.length;
    while (at < end) {
      const part = known[next];
      if (part !== undefined && part.start === at) {
        parts.push(part);
        at += part.length;
        next++;
      } else {
        const upTo = Math.min(end, part?.start ?? end);
        parts.push(
          at === piece.start && upTo === end
            ? freshPart(piece)
            : { kind: "fresh", start: at, length: upTo - at, piece },
        );
        at = upTo;
      }
    }
  }
  return parts;
}
