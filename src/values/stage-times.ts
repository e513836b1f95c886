/** The moves of stages as times: what a stage held when, how each move came about, and what of it there is to draw. */

/** A move of a stage, as reports tell it; they tell more. */
export interface Move {
  stage: string;
  event: number;
  /** What the stage held from then on; null for nothing. */
  version: number | null;
  /** ISO 8601 with offset. */
  time: string;
}

/** From one move of a stage to the next; `to` is null for what it holds now. */
export interface Stretch<M extends Move> {
  version: number | null;
  from: M;
  to: M | null;
}

/** Moves by stage, stages by name, each from its first move on: the order is the number, never the clock. */
export function movesByStage<M extends Move>(moves: readonly M[]): Map<string, M[]> {
  const byStage = new Map<string, M[]>();
  for (const move of moves) {
    const known = byStage.get(move.stage);
    if (known) known.push(move);
    else byStage.set(move.stage, [move]);
  }
  for (const all of byStage.values()) all.sort((a, b) => a.event - b.event);
  return new Map([...byStage].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** `moves`: of one stage, from its first on. */
export function stretchesOf<M extends Move>(moves: readonly M[]): Stretch<M>[] {
  return moves.map((from, index) => ({ version: from.version, from, to: moves[index + 1] ?? null }));
}

/** The times during which stages held a version; `moves`: of one model, all that concern it, in any order. */
export function periodsOf<M extends Move>(moves: readonly M[], version: number): (Stretch<M> & { stage: string })[] {
  return [...movesByStage(moves)].flatMap(([stage, all]) =>
    stretchesOf(all).flatMap((each) => (each.version === version ? [{ stage, ...each }] : [])),
  );
}

/** The move by which the stage stood then, as `mvgit history --at` tells it; null before its first. */
export function heldAt<M extends Move>(moves: readonly M[], time: number): M | null {
  return moves.findLast((move) => Date.parse(move.time) <= time) ?? null;
}

/**
 * What a stage held in a span of time: the move by which it stood at the end of it, the one by which it stood before
 * it, and the moves within it.
 */
export function heldDuring<M extends Move>(
  moves: readonly M[],
  { from, to }: { from: number; to: number },
): { held: M | null; before: M | null; within: M[] } {
  const within = moves.filter(({ time }) => {
    const at = Date.parse(time);
    return from < at && at <= to;
  });
  return { held: heldAt(moves, to), before: heldAt(moves, from), within };
}

/**
 * How a move came about. `back`: to what the stage held before the present one came, as a rollback does; `older`: to a
 * lower number otherwise; `same`: to what it held already.
 */
export type MoveKind = "first" | "forward" | "back" | "older" | "same" | "emptied";

/** Of each of a stage's moves, from its first on. A step back undoes the step that it goes back over. */
export function kindsOf(moves: readonly Move[]): MoveKind[] {
  const held: (number | null)[] = [null];
  return moves.map(({ version }) => {
    const now = held.at(-1) ?? null;
    if (held.length > 1 && held.at(-2) === version) {
      held.pop();
      return version === null ? "emptied" : "back";
    }
    if (now === version) return "same";
    held.push(version);
    if (version === null) return "emptied";
    if (now === null) return "first";
    return version < now ? "older" : "forward";
  });
}

/** A part of the time line, in pixels from its left end. */
export interface Bar<M extends Move> {
  x: number;
  width: number;
  /** The stretch; of many that are too short to be told apart, the last. */
  stretch: Stretch<M>;
  /** How many stretches it stands for. */
  count: number;
}

/** Thinner ones are drawn together. */
const THINNEST = 3;

/** A row of a time line: stretches, and from when on each is drawn. */
export interface Row<M extends Move> {
  stretches: readonly Stretch<M>[];
  /** Milliseconds since 1970, never falling: where a clock went wrong, a move is drawn where the one before it is. */
  starts: readonly number[];
}

export function rowOf<M extends Move>(moves: readonly M[]): Row<M> {
  let last = -Infinity;
  const starts = moves.map((move) => (last = Math.max(last, Date.parse(move.time))));
  return { stretches: stretchesOf(moves), starts };
}

/**
 * What of a row is seen between two times, in `width` pixels: never more bars than a third of the pixels, however many
 * moves there are. `now`: where what the stage holds at present ends.
 */
export function barsOf<M extends Move>(
  { stretches, starts }: Row<M>,
  { from, to, width, now }: { from: number; to: number; width: number; now: number },
): Bar<M>[] {
  const scale = width / Math.max(1, to - from);
  const at = (time: number): number => Math.min(width, Math.max(0, (time - from) * scale));
  const bars: Bar<M>[] = [];
  for (let index = Math.max(0, firstFrom(starts, from) - 1); index < stretches.length; index++) {
    const start = starts[index] as number;
    const end = starts[index + 1] ?? Math.max(now, start);
    if (start > to) break;
    // What ends where the window begins is not seen; what is begun and ended in that very moment is.
    if (end < from || (end === from && start < from)) continue;
    const [x, right] = [at(start), at(end)];
    const last = bars.at(-1);
    const stretch = stretches[index] as Stretch<M>;
    if (last !== undefined && last.width < THINNEST && x - last.x < THINNEST) {
      last.width = Math.max(last.width, right - last.x);
      last.stretch = stretch;
      last.count++;
    } else bars.push({ x, width: right - x, stretch, count: 1 });
  }
  return bars;
}

/** The index of the first start at or above `time`. */
function firstFrom(starts: readonly number[], time: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
