/** Wraps what the command line says: help, descriptions, and lines of a report that no terminal holds. */
import { columnsOf } from "./columns.ts";

/**
 * Text as a source holds it, in lines of at most `width` columns. An empty line ends a line; other line breaks are only
 * the source's, and so is all space beside another.
 */
export function wrap(text: string, width: number): string[] {
  const paragraphs = text.trim().split(/\n(?:[ \t]*\n)+/);
  return paragraphs.flatMap((paragraph) => wrapWords(paragraph.trim().split(/[ \n]+/), width));
}

/**
 * Words in lines of at most `width` columns; one that is longer has a line of its own. `first` stands before the first
 * line, `next` before each below.
 */
export function wrapWords(words: readonly string[], width: number, { first = "", next = "" } = {}): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last !== undefined && columnsOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(`${last === undefined ? first : next}${word}`);
  }
  return lines;
}
