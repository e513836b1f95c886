/** What of a blob changed here and there: cut where the pieces of the version before were, to be told as patches. */
import { breathe } from "../../../base/stop.ts";
import type { RandomAccess } from "../../../values/tensors/access.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import { isDelta } from "../../../encoding/coded.ts";
import type { DeltaBases } from "./deltas.ts";
import { isBehind, type Layout, nameOf, pieceAt, type StoredAt, type StoredPiece } from "./layout.ts";
import type { LocalBytes } from "./local.ts";
import type { Alignment, DeltaBase, FreshPart, Part } from "./parts.ts";
import type { SourceCheck } from "./sources.ts";
import { inWindows } from "./window.ts";

/** Bytes of a base that is several pieces of a whole blob. */
const LONGEST_BASE = 256 * 1024;
/** A part has at least so many bytes: to tell of a base takes 25. */
const LEAST = 4096;
/** By how many bytes what stands behind may have moved. */
const MOST_MOVED = 128 * 1024;
/** Bytes that are looked for to find where others stand now, how far apart, and how often near one place. */
const [ANCHOR, APART, TRIES] = [32, 61, 8];

/** Stored bytes that some pieces of a layout, side by side, are or rest on. */
interface Run {
  /** In the layout. */
  start: number;
  end: number;
  at: StoredAt;
  /** The pieces, where they are the stored bytes themselves. */
  own: readonly StoredPiece[] | null;
}

interface Means {
  local: LocalBytes;
  bases: Pick<DeltaBases, "holders">;
  sources: Pick<SourceCheck, "has">;
}

/** A place in the new blob from which on a run of the older one is likely to stand. */
interface Place {
  start: number;
  run: Run | null;
}

/** Finds bases for patches, for one new blob. */
export class Patches {
  readonly #access: RandomAccess;
  readonly #means: Means;
  readonly #runs = new Map<Layout, readonly Run[]>();
  readonly #bases = new Map<string, Promise<DeltaBase | null>>();

  constructor(access: RandomAccess, means: Means) {
    this.#access = access;
    this.#means = means;
  }

  /** Parts side by side: those that are to be stored are cut, and get bases, where bytes of the older blob are here. */
  async of(parts: readonly Part[], { layout, shift }: Alignment): Promise<Part[]> {
    const whole = await this.#means.local.access(layout);
    if (whole === null) return [...parts];
    const old = inWindows(whole, LONGEST_BASE);
    const all: Part[] = [];
    let known = shift;
    for (let from = 0, to = 0; from < parts.length; from = to) {
      while (to < parts.length && isPatchable(parts[to] as Part)) to++;
      if (to === from) {
        all.push(parts[to++] as Part);
        continue;
      }
      const series = parts.slice(from, to) as FreshPart[];
      const found = await this.#places(series, { layout, old, shift: known });
      known = found.shift;
      all.push(...(await this.#cut(series, found.places, layout)));
    }
    return all;
  }

  /** Where the runs of the layout are likely to stand in the series; null for one of which nothing was found. */
  async #places(
    series: readonly FreshPart[],
    { layout, old, shift }: { layout: Layout; old: RandomAccess; shift: number },
  ): Promise<{ places: Place[]; shift: number }> {
    const start = (series[0] as FreshPart).start;
    const end = endOf(series.at(-1) as FreshPart);
    const runs = this.#runsOf(layout);
    const places: Place[] = [];
    let moved = shift;
    for (let index = runAt(runs, start + shift); index < runs.length; index++) {
      await breathe();
      const run = runs[index] as Run;
      if (run.start - moved >= end) break;
      const found = await this.#moved(run, { old, shift: moved, start, end });
      if (found !== null) moved = found;
      places.push({ start: Math.max(start, run.start - moved), run: found === null ? null : run });
    }
    return { places, shift: moved };
  }

  /** By how much a run has moved: where bytes of its beginning stand now, or others of it; null where none does. */
  async #moved(
    run: Run,
    { old, shift, start, end }: { old: RandomAccess; shift: number; start: number; end: number },
  ): Promise<number | null> {
    const step = Math.max(APART, Math.floor((run.end - run.start) / TRIES));
    const head = Array.from({ length: TRIES }, (_, at) => run.start + at * APART);
    const later = Array.from({ length: TRIES - 1 }, (_, at) => run.start + (at + 1) * step);
    for (const places of [head, later.filter((place) => place < run.end)]) {
      const first = Math.max(start, (places[0] ?? 0) - shift - MOST_MOVED);
      const last = Math.min(end, (places.at(-1) ?? 0) + ANCHOR - shift + MOST_MOVED);
      if (first >= last) continue;
      const window = await this.#access.read(first, last - first);
      const bytes = Buffer.from(window.buffer, window.byteOffset, window.length);
      for (const place of places) {
        const anchor = await old.read(place, Math.min(ANCHOR, run.end - place));
        const found = anchor.length < ANCHOR ? -1 : bytes.indexOf(anchor);
        if (found >= 0 && bytes.indexOf(anchor, found + 1) < 0) return place - (first + found);
      }
    }
    return null;
  }

  async #cut(series: readonly FreshPart[], places: readonly Place[], layout: Layout): Promise<FreshPart[]> {
    const all: FreshPart[] = [];
    let next = 0;
    let run: Run | null = null;
    for (const part of series) {
      const end = endOf(part);
      let at = part.start;
      for (; next < places.length && (places[next] as Place).start < end - LEAST; next++) {
        const place = places[next] as Place;
        if (place.start >= at + LEAST) {
          all.push(await this.#based({ ...part, start: at, length: place.start - at }, run, layout));
          at = place.start;
        }
        run = place.run;
      }
      all.push(await this.#based({ ...part, start: at, length: end - at }, run, layout));
    }
    return all;
  }

  async #based(part: FreshPart, run: Run | null, layout: Layout): Promise<FreshPart> {
    const base = run === null || part.length < LEAST ? null : await this.#baseOf(run, layout);
    return base === null ? part : { ...part, patched: base };
  }

  #baseOf(run: Run, layout: Layout): Promise<DeltaBase | null> {
    const key = `${nameOf(run.at.source)} ${run.at.offset} ${run.at.stored}`;
    let known = this.#bases.get(key);
    known ??= this.#open(run, layout);
    this.#bases.set(key, known);
    return known;
  }

  /** Null where its bytes are not on this machine, or it is not in the remote any more. */
  async #open({ at, own }: Run, layout: Layout): Promise<DeltaBase | null> {
    if (!(await this.#means.sources.has(at.source))) return null;
    if (own !== null) return this.#baseIn(layout, own, at);
    for await (const holder of this.#means.bases.holders(at)) {
      const pieces = piecesFrom(holder.layout, pieceAt(holder.layout, holder.piece.start), at);
      if (pieces !== null) return this.#baseIn(holder.layout, pieces, at);
    }
    return null;
  }

  /** Its bytes are read when they are needed, each piece held against its hash. */
  async #baseIn(layout: Layout, pieces: readonly StoredPiece[], at: StoredAt): Promise<DeltaBase | null> {
    const { local } = this.#means;
    const { codec } = pieces[0] as StoredPiece;
    if (isDelta(codec) || (await local.access(layout)) === null) return null;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const { source, offset, stored } = at;
    const told = { source, offset, stored, codec, length };
    const [only] = pieces.length === 1 ? pieces : [];
    const span = only === undefined ? joinedSpan(layout, pieces, local) : await local.span(layout, only);
    return span && { at: told, span };
  }

  #runsOf(layout: Layout): readonly Run[] {
    let runs = this.#runs.get(layout);
    runs ??= runsIn(layout);
    this.#runs.set(layout, runs);
    return runs;
  }
}

/** Of pieces one behind the other; null from `read` where one is not here, or not right. */
function joinedSpan(layout: Layout, pieces: readonly StoredPiece[], local: LocalBytes): DeltaBase["span"] {
  const read = async (): Promise<Buffer | null> => {
    const parts: Buffer[] = [];
    for (const piece of pieces) {
      const bytes = await local.piece(layout, piece);
      if (bytes === null) return null;
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  };
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  // What it is known by is not asked for of what lies in no file: each piece has been held against its own hash.
  return { length, hash: hashBytes(Buffer.from(pieces.map(({ hash }) => hash).join(" "))), file: null, read };
}

function runsIn({ pieces }: Layout): Run[] {
  const runs: Run[] = [];
  let own: StoredPiece[] = [];
  const end = (): void => {
    const [first, last] = [own[0], own.at(-1)];
    if (first !== undefined && last !== undefined) {
      const stored = last.offset + last.stored - first.offset;
      const at = { source: first.source, offset: first.offset, stored };
      runs.push({ start: first.start, end: last.start + last.length, at, own });
    }
    own = [];
  };
  for (const piece of pieces) {
    const before = own.at(-1);
    const isNext = before !== undefined && isBehind(piece, before);
    // What a repack moves is moved as it was named: pieces of packs stay what they are.
    if (!isNext || piece.source.kind !== "blob" || piece.start + piece.length - (own[0]?.start ?? 0) > LONGEST_BASE)
      end();
    if (piece.base === undefined) own.push(piece);
    else if (piece.codec === "patch") addBased(runs, piece, piece.base);
  }
  end();
  return runs;
}

/** A piece that is a patch itself: the next one rests on what it rests on. */
function addBased(runs: Run[], { start, length }: StoredPiece, at: StoredAt): void {
  const last = runs.at(-1);
  const isSame = last?.own === null && last.end === start && isBehind(at, { ...last.at, stored: 0 });
  if (isSame && last.at.stored === at.stored) last.end = start + length;
  else runs.push({ start, end: start + length, at, own: null });
}

/** The pieces from `index` on that are just these stored bytes. */
function piecesFrom({ pieces }: Layout, index: number, { stored }: StoredAt): StoredPiece[] | null {
  const found: StoredPiece[] = [];
  let length = 0;
  for (let next = index; length < stored; next++) {
    const piece = pieces[next];
    const before = found.at(-1);
    if (piece === undefined || (before !== undefined && !isBehind(piece, before))) return null;
    if (piece.codec !== "raw" && piece.stored !== stored) return null;
    found.push(piece);
    length += piece.stored;
  }
  return length === stored ? found : null;
}

/** The number of the run that has the byte at `position`, or else of the next one. */
function runAt(runs: readonly Run[], position: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle] as Run).end > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isPatchable(part: Part): part is FreshPart {
  return part.kind === "fresh" && part.piece.region.kind !== "tensor";
}

function endOf({ start, length }: { start: number; length: number }): number {
  return start + length;
}
