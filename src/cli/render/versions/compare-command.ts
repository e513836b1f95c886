/** Commands of two versions side by side, as `compare` prints them. */
import { shellCommand, shellWord } from "../../../base/shell.ts";
import type { WordChange } from "../../../values/compare-commands.ts";
import type { CompareReport } from "../../../registry/compare.ts";
import { columnsOf } from "../columns.ts";
import { plural } from "../numbers.ts";
import type { Style } from "../style.ts";

/** Places in which they differ that are shown. */
const MOST_PLACES = 25;

/** Both whole where they fit; else what differs with a word before and behind. */
export function commandRows({ a, b, words }: CompareReport, style: Style): string[][] {
  if (words !== null && words.length === 0) return [];
  const [from, to] = [a, b].map((side) => (side.command === null ? "saved, not run" : shellCommand(side.command))) as [
    string,
    string,
  ];
  if (words === null || Math.max(columnsOf(from), columnsOf(to)) + 4 <= style.width)
    return from === to ? [] : [[`- ${from}`], [`+ ${to}`]];
  const shown = words
    .slice(0, MOST_PLACES)
    .flatMap((change) => [
      [`- ${piece(a.command as string[], change.at.a, change.a)}`],
      [`+ ${piece(b.command as string[], change.at.b, change.b)}`],
    ]);
  return words.length > MOST_PLACES
    ? [...shown, [`... and ${plural(words.length - MOST_PLACES, "more place", "more places")}`]]
    : shown;
}

function piece(words: readonly string[], at: number, changed: WordChange["a"]): string {
  const [before, after] = [
    words.slice(Math.max(0, at - 1), at),
    words.slice(at + changed.length, at + changed.length + 1),
  ];
  const inner = [...before, ...changed, ...after].map(shellWord).join(" ");
  return `${at > 1 ? "... " : ""}${inner}${at + changed.length + 1 < words.length ? " ..." : ""}`;
}
