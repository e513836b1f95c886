/** Settings and environments of two versions side by side, as `compare` prints them. */
import { formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import { quoted } from "../../../base/shell.ts";
import type { Difference } from "../../../values/compare-packages.ts";
import type { Scalar } from "../../../values/document.ts";
import type { CompareReport, SettingDifference } from "../../../registry/compare.ts";
import { shorten, shortenEnd } from "../columns.ts";
import { shownScalar } from "../scalar.ts";

/** Columns of a terminal that a value may take where it stands beside another. */
const WIDEST = 24;
/** As `WIDEST`, where its origin stands behind it; and of an origin, alone and beside another. */
const WIDEST_SETTING = 17;
const WIDEST_ORIGIN = [28, 12] as const;

type Shown = CompareReport & { all: boolean; wide?: boolean };

/** Both values of each setting, and where they are from. */
export function settingRows({ a, b, params, all: every, wide = false }: Shown): string[][] {
  const all = every || wide;
  const rows = params.map((each) => [display(each.name), ...sides(each, all, WIDEST_SETTING), originsOf(each, all)]);
  const unknown = [a, b].find((side) => !side.optionsKnown);
  return rows.length === 0 || unknown === undefined
    ? rows
    : [...rows, [`(options of the command of v${unknown.version} were not recorded then)`]];
}

/** Where both have it from, or each. */
function originsOf({ a, b, origins }: SettingDifference, all: boolean): string {
  const from = [...new Set([a === undefined ? null : origins.a, b === undefined ? null : origins.b])].filter(
    (each) => each !== null,
  );
  const most = from.length > 1 ? WIDEST_ORIGIN[1] : WIDEST_ORIGIN[0];
  return from.map((each) => (all ? display(each) : shorten(display(each), most))).join(" -> ");
}

/** Commands that differ may have given other settings than were read from them. */
export function sameSettings({ words, a, b }: Shown): string {
  if (words === null || words.length === 0) return "the same";
  return a.optionsKnown && b.optionsKnown
    ? "no difference is known, but the commands differ"
    : "the same in files, but the commands differ, and the options of one were not recorded";
}

/**
 * Both values, told apart whatever they are: a text from a number or from nothing, and long ones by where they differ.
 */
function sides(
  { a, b }: { a?: Scalar | undefined; b?: Scalar | undefined },
  all: boolean,
  most = WIDEST,
): [string, string] {
  const isAlike = shownScalar(a) === shownScalar(b);
  const [from, to] = [a, b].map((each) =>
    typeof each === "string" && (isAlike || each === "" || each === "-") ? quoted(display(each)) : shownScalar(each),
  ) as [string, string];
  if (all) return [from, to];
  const [x, y] = [shorten(from, most), shorten(to, most)];
  return x === y && from !== to ? [fromDifference(from, to, most), fromDifference(to, from, most)] : [x, y];
}

/** What of a text stands from where it differs from another. */
function fromDifference(text: string, other: string, most: number): string {
  const [letters, others] = [[...text], [...other]];
  const at = letters.findIndex((letter, index) => letter !== others[index]);
  return shortenEnd(`…${letters.slice(Math.max(0, (at < 0 ? letters.length : at) - 3)).join("")}`, most);
}

/** Packages behind everything else: there may be hundreds of them. */
export function environmentRows({ environment, all, wide = false }: Shown): string[][] {
  const isPackage = ({ name }: Difference<Scalar>): boolean => /(?:^|\.)packages\./.test(name);
  const rowOf = (each: Difference<Scalar>): string[] => [display(each.name), ...sides(each, all || wide)];
  const packages = environment.filter(isPackage);
  const of = { a: packages.filter(({ b }) => b === undefined), b: packages.filter(({ a }) => a === undefined) };
  const isFolded = (side: "a" | "b"): boolean => !all && of[side].length > MOST_OF_ONE_SIDE;
  return [
    ...environment.filter((each) => !isPackage(each)).map(rowOf),
    ...packages
      .filter((each) => !(isFolded("a") && of.a.includes(each)) && !(isFolded("b") && of.b.includes(each)))
      .map(rowOf),
    ...(isFolded("a") ? [[`packages of one side: ${firstNames(of.a)}`, formatCount(of.a.length), "-"]] : []),
    ...(isFolded("b") ? [[`packages of one side: ${firstNames(of.b)}`, "-", formatCount(of.b.length)]] : []),
  ];
}

/** Packages that only one side has, from which on they are one row. */
const MOST_OF_ONE_SIDE = 8;

function firstNames(packages: readonly Difference<Scalar>[]): string {
  const names = packages.slice(0, 3).map(({ name }) => display(name.replace(/^.*packages\./, "")));
  return `${names.join(", ")}, …`;
}
