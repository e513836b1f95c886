/**
 * The settings of a sweep: names with their values, every combination of them, and the words of a command in which they
 * stand.
 */
import { formatCount, plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Scalar } from "./document.ts";
import { typedWord } from "./option-words.ts";

/** Values as typed, by their names, in order. */
export type Grid = ReadonlyMap<string, readonly string[]>;
/** One value of each. */
export type Combination = Readonly<Record<string, string>>;

const NAME = "[A-Za-z_][A-Za-z0-9_.-]*";
/** `{name}`, or `{{name}}` for the text `{name}`; other braces are the command's own. */
const PLACE = new RegExp(`\\{\\{(${NAME})\\}\\}|\\{(${NAME})\\}`, "g");

/** Runs that one sweep may have. */
const MOST_RUNS = 1000;

/** Of `NAME=VALUE,VALUE` words; `\,` is a comma of a value. Throws `usage`. */
export function parseGrid(typed: readonly string[]): Grid {
  const grid = new Map<string, readonly string[]>();
  for (const each of typed) {
    const [, name = "", text = ""] = new RegExp(`^(${NAME})=([^]+)$`).exec(each) ?? [];
    const values = text.split(/(?<!\\),/).map((part) => part.replaceAll("\\,", ","));
    if (name === "") throw usage(`'${display(each)}' is no line of a grid`, "write it like '--grid lr=0.1,0.3'");
    if (grid.has(name))
      throw usage(`the grid has '${name}' twice`, `name all its values at once: '--grid ${name}=A,B'`);
    if (values.includes(""))
      throw usage(
        `'${display(each)}' has an empty value`,
        "write values with a comma between them, and none at the end",
      );
    const twice = values.find((part, at) => values.indexOf(part) !== at);
    if (twice !== undefined) throw usage(`'${display(each)}' has '${display(twice)}' twice`, "name each value once");
    grid.set(name, values);
  }
  const runs = [...grid.values()].reduce((product, values) => product * values.length, 1);
  if (runs > MOST_RUNS)
    throw usage(
      `the grid has ${plural(runs, "combination")}, more than the ${formatCount(MOST_RUNS)} that one sweep may have`,
      "leave values out, or run it in parts",
    );
  return grid;
}

function usage(message: string, hint: string): MvgitError {
  return new MvgitError("usage", message, { hint });
}

/** Every combination; the last name changes fastest. */
export function combinationsOf(grid: Grid): Combination[] {
  let all: Combination[] = [{}];
  for (const [name, values] of grid) all = all.flatMap((each) => values.map((text) => ({ ...each, [name]: text })));
  return all;
}

/** Throws `usage` unless each name of the grid stands in the command, and the command has no other. */
export function checkPlaces(words: readonly string[], grid: Grid): void {
  const named = new Set(
    words.flatMap((word) => [...word.matchAll(PLACE)].flatMap(([, , name]) => (name === undefined ? [] : [name]))),
  );
  const lacking = [...grid.keys()].find((name) => !named.has(name));
  if (lacking !== undefined)
    throw usage(
      `the command has no '{${lacking}}', so that every value of it would run the same`,
      `write it where the value belongs: '-- python train.py --${lacking} {${lacking}}'`,
    );
  const unknown = [...named].find((name) => !grid.has(name));
  if (unknown !== undefined)
    throw usage(
      `the command has '{${unknown}}', and the grid no '${unknown}'`,
      `name its values with '--grid ${unknown}=A,B', or write '{{${unknown}}}' for the text itself`,
    );
}

export function filled(words: readonly string[], combination: Combination): string[] {
  return words.map((word) =>
    word.replace(PLACE, (_, literal: string | undefined, name: string) =>
      literal === undefined ? (combination[name] as string) : `{${literal}}`,
    ),
  );
}

/** As settings of a version. */
export function settingsOf(combination: Combination): Record<string, Scalar> {
  return Object.fromEntries(Object.entries(combination).map(([name, text]) => [name, typedWord(text)]));
}

/** `lr=0.1 depth=3` */
export function tellCombination(combination: Combination): string {
  return Object.entries(combination)
    .map(([name, text]) => `${name}=${text}`)
    .join(" ");
}

/** `lr=0.1,0.3 x depth=3,5` */
export function tellGrid(grid: Grid): string {
  return [...grid].map(([name, values]) => `${name}=${values.join(",")}`).join(" x ");
}
