/** Which rows of a long table are drawn: those that are seen, some beyond them, and the one that has the focus. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Rows beyond what is seen, on each side. */
const BEYOND = 8;
/** Rows by which the window moves, so that not every pixel draws anew. */
const STEP = 4;

/** A part of the table: rows from `from` to before `to`, drawn or left out. */
export interface Piece {
  from: number;
  to: number;
  isDrawn: boolean;
}

/** All rows in pieces, in order. `active`: a row that is drawn in any case; below 0 for none. */
export function piecesOf(count: number, [first, end]: readonly [number, number], active: number): Piece[] {
  const drawn: [number, number][] = [[Math.min(first, count), Math.min(end, count)]];
  if (active >= 0 && active < count && (active < first || active >= end)) drawn.push([active, active + 1]);
  drawn.sort(([a], [b]) => a - b);
  const pieces: Piece[] = [];
  let at = 0;
  for (const [from, to] of drawn) {
    if (from > at) pieces.push({ from: at, to: from, isDrawn: false });
    if (to > from) pieces.push({ from, to, isDrawn: true });
    at = Math.max(at, to);
  }
  if (at < count) pieces.push({ from: at, to: count, isDrawn: false });
  return pieces;
}

/** Rows that a region shows from `top`, with those beyond. */
function rowsSeen(top: number, height: number, row: number): [number, number] {
  const first = Math.floor(top / row / STEP) * STEP - BEYOND;
  const end = Math.ceil((top + height) / row / STEP) * STEP + BEYOND;
  return [Math.max(0, first), end];
}

/** Follows a region as it is scrolled and resized. `row`: the height of every row in pixels. */
export function useWindow(row: number) {
  const region = useRef<HTMLDivElement>(null);
  const [[first, end], set] = useState<readonly [number, number]>([0, 40]);
  const look = (): void => {
    const element = region.current;
    if (element === null) return;
    const [from, to] = rowsSeen(element.scrollTop, element.clientHeight, row);
    set((old) => (old[0] === from && old[1] === to ? old : [from, to]));
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    if (region.current !== null) observer.observe(region.current);
    return () => observer.disconnect();
  }, [row]);
  return { region, onScroll: look, seen: [first, end] as const };
}

/** The height of a row: a number of the page's letters, which zoom and the user's own size change. */
export function rowHeight(): number {
  return Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 2.2);
}
