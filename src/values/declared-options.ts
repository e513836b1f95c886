/**
 * What a Python script says of its own options, found by its calls of argparse, click and absl: which are switches,
 * which take several words, and under what name the program knows them. The script is read as text, and never run.
 */

/**
 * `flag`: true when given; `off`: false when given; `const`: always the same; `one`: the next word; `many`: a list of
 * words; `append`, `extend`: each time more of them.
 */
export type Kind = "flag" | "off" | "count" | "const" | "one" | "many" | "append" | "extend";

export interface DeclaredOption {
  dest: string;
  kind: Kind;
  /**
   * How many words a list of `many`, `append` or `extend` has; none for all up to the next option, or for `append` of
   * single words.
   */
  words?: number | "all";
  /** What it is without a word of its own; none where the script does not say it as a plain value. */
  constant?: string | boolean;
  /** Every word is true, `False` too: `type=bool` of argparse. */
  isTruth?: boolean;
}

export interface Declared {
  /** By the option as typed, dashes included. */
  options: ReadonlyMap<string, DeclaredOption>;
  /** Names of words without an option, in order; empty where their number is not fixed. */
  positionals: readonly string[];
}

export const NOTHING_DECLARED: Declared = { options: new Map(), positionals: [] };

/** Letters of one call, and calls, that are looked at. */
const LONGEST_CALL = 4000;
const MOST_CALLS = 2000;

/** Never throws; linear in the text. */
export function declaredOptions(text: string): Declared {
  const options = new Map<string, DeclaredOption>();
  const positionals: string[] = [];
  let isFixed = !text.includes("add_subparsers");
  let calls = 0;
  for (const { index, 0: head } of text.matchAll(
    /\b(?:add_argument|click\.option|click\.argument|@option)\s{0,4}\(/g,
  )) {
    if (++calls > MOST_CALLS) break;
    if (isComment(text, index)) continue;
    const call = callAt(text, index + head.length);
    const names = namesIn(call);
    if (names.length === 0) continue;
    const dashed = names.flatMap((name) => name.split("/")).filter((name) => name.startsWith("-"));
    if (dashed.length > 0) declare(options, { names, dashed, call, isArgparse: head.startsWith("add_argument") });
    else if (/\bnargs\s*=/.test(call)) isFixed = false;
    else positionals.push(names[0] as string);
  }
  for (const [, name = ""] of text.matchAll(/\bDEFINE_bool(?:ean)?\s{0,4}\(\s{0,80}["'](\w{1,80})["']/g)) {
    if (++calls > MOST_CALLS) break;
    options.set(`--${name}`, { dest: name, kind: "flag" }).set(`--no${name}`, { dest: name, kind: "off" });
  }
  return { options, positionals: isFixed ? positionals : [] };
}

function isComment(text: string, at: number): boolean {
  return text.slice(Math.max(text.lastIndexOf("\n", at) + 1, at - LONGEST_CALL), at).includes("#");
}

/** The text up to the parenthesis that ends a call; parentheses in strings are none. */
function callAt(text: string, from: number): string {
  let depth = 1;
  let quote = "";
  const end = Math.min(text.length, from + LONGEST_CALL);
  for (let at = from; at < end; at++) {
    const char = text[at] as string;
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "(") depth++;
    else if (char === ")" && --depth === 0) return text.slice(from, at);
  }
  return text.slice(from, end);
}

/** The texts that a call begins with. */
function namesIn(call: string): string[] {
  const names: string[] = [];
  let rest = call;
  for (
    let match = /^\s*(["'])([^"'\\\n]*)\1\s*(?:,|$)/.exec(rest);
    match;
    match = /^\s*(["'])([^"'\\\n]*)\1\s*(?:,|$)/.exec(rest)
  ) {
    names.push(match[2] as string);
    rest = rest.slice(match[0].length);
  }
  return names;
}

interface Call {
  names: readonly string[];
  /** Of these, options. */
  dashed: readonly string[];
  call: string;
  isArgparse: boolean;
}

function declare(options: Map<string, DeclaredOption>, { names, dashed, call, isArgparse }: Call): void {
  const named = /\bdest\s*=\s*["']([^"'\n]+)["']/.exec(call)?.[1] ?? names.find((name) => !name.startsWith("-"));
  const own = dashed.find((name) => name.startsWith("--")) ?? (dashed[0] as string);
  const dest = named ?? own.replace(/^-+/, "").replaceAll("-", "_");
  const kind = kindOf(call);
  const constant = constantIn(call);
  const option: DeclaredOption = {
    dest,
    kind,
    ...wordsOf(call, kind),
    ...(constant === undefined ? {} : { constant }),
    ...(isArgparse && kind === "one" && /\btype\s*=\s*bool\b/.test(call) ? { isTruth: true } : {}),
  };
  const isPair = names.some((name) => name.includes("/")) || /BooleanOptionalAction/.test(call);
  for (const [at, name] of dashed.entries())
    options.set(name, isPair ? { dest, kind: at > 0 && name.startsWith("--no") ? "off" : "flag" } : option);
  if (/BooleanOptionalAction/.test(call))
    for (const name of dashed.filter((each) => each.startsWith("--")))
      options.set(`--no-${name.slice(2)}`, { dest, kind: "off" });
}

function kindOf(call: string): Kind {
  const action = /\baction\s*=\s*["'](\w+)["']/.exec(call)?.[1];
  if (
    action === "store_const" ||
    action === "append_const" ||
    (/\bflag_value\s*=/.test(call) && !/\bis_flag\s*=\s*False/.test(call))
  )
    return "const";
  if (action === "store_true" || /\bis_flag\s*=\s*True/.test(call)) return "flag";
  if (action === "store_false") return "off";
  if (action === "count" || /\bcount\s*=\s*True/.test(call)) return "count";
  if (action === "append" || /\bmultiple\s*=\s*True/.test(call)) return "append";
  if (action === "extend") return "extend";
  const nargs = nargsIn(call);
  return nargs !== undefined && nargs !== "?" && nargs !== "1" ? "many" : "one";
}

function nargsIn(call: string): string | undefined {
  return /\bnargs\s*=\s*(["']?)([+*?]|[0-9]{1,4}|argparse\.REMAINDER)\1/.exec(call)?.[2];
}

function wordsOf(call: string, kind: Kind): { words?: number | "all" } {
  const nargs = nargsIn(call);
  if (nargs === undefined || nargs === "?" || (nargs === "1" && kind === "one")) return {};
  return { words: /^[0-9]/.test(nargs) ? Number(nargs) : "all" };
}

/** A text, or true or false, that stands for an option without a word. */
function constantIn(call: string): string | boolean | undefined {
  const [, , text, word] =
    /\b(?:const|flag_value)\s*=\s*(?:(["'])([^"'\\\n]{0,200})\1|(True|False|-?[0-9][0-9.eE+-]{0,30}))\s*(?:,|$)/.exec(
      call,
    ) ?? [];
  if (word === "True" || word === "False") return word === "True";
  return text ?? word;
}
