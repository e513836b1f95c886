/** Text by the columns of a terminal that it takes. */
import { display } from "../../base/paths.ts";

/** How many columns of a terminal a text takes: two for wide letters and emoji. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return segment(text).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
}

/** Cuts the middle out, since both ends of a path tell most: `data/images/…/0001.png`. */
export function shorten(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  const letters = segment(text);
  const half = (width - 1) / 2;
  return takeColumns(letters, Math.floor(half)) + "…" + takeColumns(letters.toReversed(), Math.ceil(half), true);
}

/** Cuts the end off, since the beginning of a sentence tells most. */
export function shortenEnd(text: string, width: number): string {
  return columnsOf(text) <= width ? text : `${takeColumns(segment(text), width - 1).trimEnd()}…`;
}

/** Columns of a message in a list, also where no terminal limits it. */
const MESSAGE = 100;
/** Columns of somebody's name in a list. */
export const NAME = 30;

/**
 * Somebody's text as one cell of a list: its first line, safe for a terminal, and a sign where that is not all of it.
 */
export function oneLine(text: string, most = MESSAGE): string {
  const lines = text.split(/\r?\n/);
  // What is cut off anyway need not be looked at letter by letter.
  const first = display((lines[0] as string).slice(0, most * 8));
  const isWhole = lines.slice(1).every((line) => line.trim() === "");
  return shortenEnd(isWhole ? first : `${first} …`, most);
}

function takeColumns(letters: readonly string[], width: number, backwards = false): string {
  const taken: string[] = [];
  let used = 0;
  for (const letter of letters) {
    used += columnsOf(letter);
    if (used > width) break;
    taken.push(letter);
  }
  return (backwards ? taken.toReversed() : taken).join("");
}

/** What takes two columns: emoji, and ranges of wide letters. */
const WIDE = new RegExp(
  [
    "\\p{Emoji_Presentation}|\\ufe0f",
    "[\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff]",
    "[\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{20000}-\\u{3fffd}]",
  ].join("|"),
  "u",
);

function segment(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
}
