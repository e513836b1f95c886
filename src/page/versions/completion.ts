/** What may be meant by the word that is being typed into a filter: names of columns, or values of the one before. */
import type { LogLine } from "../../registry/log.ts";
import { type Column, type Columns, isColumn } from "../../values/version-columns.ts";
import { quoteName } from "../../values/where-syntax.ts";

export interface Offer {
  /** Where in the text the word stands that they take the place of. */
  from: number;
  to: number;
  words: string[];
  /** Words follow another: a name needs a blank behind it, a value does not. */
  isName: boolean;
}

const MOST = 8;
/** Letters of a word that is offered. */
const LONGEST = 60;
/** Lines whose values are offered. */
const LOOKED_AT = 2000;

/** Null for nothing to offer. */
export function offersAt(text: string, caret: number, columns: Columns, lines: readonly LogLine[]): Offer | null {
  const before = text.slice(Math.max(0, caret - 300), caret);
  const value = /([^\s()=!<>~]+)\s*(?:=|!=|~|!~)\s*([^\s()=!<>~"'`]*)$/.exec(before);
  const column = value === null ? null : columns.find(value[1] as string);
  if (column !== null && isColumn(column)) return offerOf(valuesOf(column, lines), value?.[2] as string, caret, false);
  const typed = /(?:^|[\s(])([^\s()=!<>~"'`]+)$/.exec(before)?.[1];
  if (typed === undefined || /^(?:and|or|not)$/i.test(typed)) return null;
  // Behind a number of an operator stands a value, which is no name.
  if (/[<>]=?\s*\S*$/.test(before)) return null;
  const names = columns.all.map(({ title }) => title);
  return offerOf(names, typed, caret, true);
}

function offerOf(all: readonly string[], typed: string, caret: number, isName: boolean): Offer | null {
  const folded = typed.toLowerCase();
  const fitting = all.filter((word) => word.length <= LONGEST && word.toLowerCase().includes(folded));
  const first = fitting.filter((word) => word.toLowerCase().startsWith(folded));
  const words = [...new Set([...first, ...fitting])].slice(0, MOST);
  if (words.length === 0 || (words.length === 1 && words[0] === typed)) return null;
  return { from: caret - typed.length, to: caret, words, isName };
}

function valuesOf(column: Column, lines: readonly LogLine[]): string[] {
  if (column.kind !== "text" && column.kind !== "list" && column.kind !== "setting") return [];
  const counts = new Map<string, number>();
  for (const line of lines.slice(0, LOOKED_AT)) {
    for (const value of [column.of(line)].flat())
      if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
}

/** The text with a word in place of what was typed, and where one goes on. */
export function completed(text: string, { from, to, isName }: Offer, word: string): { text: string; caret: number } {
  const put = quoteName(word) + (isName ? " " : "");
  const rest = text.slice(to);
  return { text: text.slice(0, from) + put + (isName ? rest.trimStart() : rest), caret: from + put.length };
}
