/** A command line to values; every mistake in it is a `usage` error that says how it is meant. */
import { Parser } from "yargs/helpers";
import { MvgitError } from "../base/errors.ts";
import { formatCount } from "../base/counts.ts";
import { display } from "../base/paths.ts";
import { nearest } from "../base/nearest.ts";
import { GLOBAL_OPTIONS, type Option, type Options, type OptionValues, typedName } from "./options.ts";

/** What stands on a command line, without the name of the command. */
export interface Parsed {
  operands: string[];
  /** How many operands came before `--`; null without one. */
  separator: number | null;
  values: Record<string, unknown>;
  global: GlobalValues;
}

/** `progress`: undefined where neither `--progress` nor `--no-progress` was given. */
export type GlobalValues = Omit<OptionValues<typeof GLOBAL_OPTIONS>, "progress" | "directory" | "color"> & {
  progress: boolean | undefined;
  color: "auto" | "always" | "never";
  /** Each counts from the one before, as in Git. */
  directory: string[];
};

const CONFIGURATION = {
  "boolean-negation": true,
  "camel-case-expansion": false,
  "dot-notation": false,
  "duplicate-arguments-array": true,
  "greedy-arrays": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
  "populate--": true,
} as const;

/** Splits the name of the command from everything else: the first word that no global option before it takes. */
export function findName(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === "--") return -1;
    if (word === "-C" || word === "--directory") at++;
    else if (!word.startsWith("-") || word === "-") return at;
  }
  return -1;
}

/** Parses all but the command's name. Throws `usage`. */
export function parse(argv: readonly string[], options: Options): Parsed {
  const known = new Map<string, [string, Option]>();
  for (const [name, option] of Object.entries({ ...options, ...GLOBAL_OPTIONS })) {
    known.set(typedName(name), [name, option]);
  }
  const raw = Parser(explicitColor(argv), parserOptions(known));
  const given = new Map<string, unknown>();
  for (const [key, got] of Object.entries(raw)) {
    if (key === "_" || key === "--" || key.length === 1) continue;
    const entry = known.get(key);
    if (entry === undefined) throw unknownOption(key, argv, [...known.keys()]);
    given.set(entry[0], got);
  }
  for (const key of Object.keys(raw)) {
    if (key.length === 1 && key !== "_" && !isShort(key, known)) throw unknownOption(key, argv, []);
  }
  const values = Object.fromEntries(
    [...known.values()].map(([name, option]) => [name, valueOf(option, name, given.get(name))]),
  );
  return {
    operands: [...raw._, ...((raw["--"] as string[] | undefined) ?? [])].map(String),
    separator: argv.includes("--") ? raw._.length : null,
    values,
    global: globalValues(values, given),
  };
}

/** `--color` alone means always; it never takes the next word. */
function explicitColor(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, at) => (word === "--color" && (end < 0 || at < end) ? "--color=always" : word));
}

function parserOptions(known: Map<string, [string, Option]>): Parameters<typeof Parser>[1] {
  const names = (wanted: (option: Option) => boolean): string[] =>
    [...known].filter(([, [, option]]) => wanted(option)).map(([typed]) => typed);
  const isBoolean = (option: Option): boolean => option.kind === "flag" || option.kind === "off";
  return {
    boolean: names(isBoolean),
    string: names((option) => !isBoolean(option)),
    alias: Object.fromEntries([...known].flatMap(([typed, [, { short }]]) => (short ? [[typed, [short]]] : []))),
    configuration: CONFIGURATION,
  };
}

function isShort(letter: string, known: Map<string, [string, Option]>): boolean {
  return [...known.values()].some(([, option]) => option.short === letter);
}

function unknownOption(key: string, argv: readonly string[], known: string[]): MvgitError {
  const dashes = key.length === 1 ? "-" : "--";
  // The parser renames this one, which would else reach the prototype.
  const name = key === "___proto___" ? "__proto__" : key;
  const typed = argv.includes(`--no-${name}`) ? `no-${name}` : name;
  const guess = nearest(key, known);
  return new MvgitError("usage", `unknown option '${dashes}${display(typed)}'`, {
    hint: guess
      ? `did you mean '--${guess}'?`
      : "the option '--help' lists all; write '--' before a path that starts with '-'",
  });
}

function valueOf(option: Option, name: string, given: unknown): unknown {
  const all: unknown[] = given === undefined ? [] : [given].flat();
  const last: unknown = all.at(-1);
  if (option.kind === "flag") return last === true;
  if (option.kind === "off") return last !== false;
  if (option.kind === "maybe") return last;
  if (all.includes("")) throw new MvgitError("usage", `option '--${typedName(name)}' needs a value (${option.value})`);
  if (option.kind === "list") return all;
  if (option.kind === "value" || last === undefined) return last;
  return numberOf(String(last), option.most, typedName(name));
}

function numberOf(text: string, most: number, name: string): number {
  const isWhole = /^[1-9][0-9]*$/.test(text);
  if (isWhole && Number(text) <= most) return Number(text);
  const range = isWhole ? `from 1 to ${formatCount(most)}` : "of 1 or more";
  throw new MvgitError("usage", `option '--${name}' needs a whole number ${range}, not '${display(text)}'`);
}

function globalValues(values: Record<string, unknown>, given: Map<string, unknown>): GlobalValues {
  const color = values["color"] ?? "auto";
  if (color !== "auto" && color !== "always" && color !== "never") {
    throw new MvgitError("usage", `option '--color' is auto, always or never, not '${display(String(color))}'`);
  }
  const directory = given.get("directory") ?? [];
  return {
    json: values["json"] === true,
    quiet: values["quiet"] === true,
    verbose: values["verbose"] === true,
    help: values["help"] === true,
    version: values["version"] === true,
    pager: values["pager"] !== false,
    progress: given.has("progress") ? values["progress"] === true : undefined,
    color,
    directory: [directory].flat().map(String),
  };
}

/** How many operands a command's `arguments` allow: `[REV] [PATH...]` from 0, `NAME URL` exactly 2. */
export function operandLimits(usage: string): { least: number; most: number } {
  let depth = 0;
  let least = 0;
  let most = 0;
  for (const word of usage.split(" ").filter(Boolean)) {
    depth += word.split("[").length - 1;
    if (depth === 0) least++;
    most += word.includes("...") ? Infinity : 1;
    depth -= word.split("]").length - 1;
  }
  return { least, most };
}

/** Throws `usage` unless the number of operands fits. */
export function checkOperands(name: string, usage: string, operands: readonly string[]): void {
  const { least, most } = operandLimits(usage);
  const hint = `usage: mvgit ${name} ${usage}`.trimEnd();
  if (operands.length < least) {
    throw new MvgitError("usage", `'mvgit ${name}' needs ${usage.split(" ").slice(operands.length).join(" ")}`, {
      hint,
    });
  }
  if (operands.length > most) {
    throw new MvgitError("usage", `'mvgit ${name}' does not take '${display(operands[most] as string)}'`, { hint });
  }
}
