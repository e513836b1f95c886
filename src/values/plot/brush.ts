/** What somebody marked on the axes of a chart, as a filter expression (`where-syntax.ts`). Pure. */
import type { Scale } from "./scale.ts";

/** A part of an axis: places from 0 to 1. */
export interface Brush {
  /** The column, as an expression names it. */
  name: string;
  scale: Scale;
  low: number;
  high: number;
}

/** Words that stand without quotes in an expression. */
const PLAIN = /^(?!(?:and|or|not|exists)$)[\w./:@%+-]+$/i;

/** The versions within all brushes; "" for no brush. A brush over no word at all finds nothing. */
export function expressionOf(brushes: readonly Brush[]): string {
  return brushes.map(termOf).join(" and ");
}

function termOf({ name, scale, low, high }: Brush): string {
  const column = quoted(name);
  if (scale.kind !== "category") {
    const [from, to] = [scale.valueAt(low), scale.valueAt(high)].map((value) => shortest(value ?? 0));
    return `${column} >= ${from} and ${column} <= ${to}`;
  }
  const words = scale.wordsBetween(low, high);
  if (words.length === 0) return `${column} exists and not ${column} exists`;
  const terms = words.map((word) => `${column} = ${quoted(word)}`).join(" or ");
  return words.length === 1 ? terms : `(${terms})`;
}

/** A word of an expression, in quotes where it needs them. */
function quoted(text: string): string {
  return PLAIN.test(text) ? text : `"${text.replaceAll(/["\\]/g, (letter) => `\\${letter}`)}"`;
}

/** Few digits: what a hand can aim at. */
function shortest(value: number): string {
  return String(Number(value.toPrecision(4)));
}
