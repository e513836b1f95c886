/**
 * Words that a program was given, read as settings: `--lr 0.2`, `--lr=0.2`, `-l 0.2`, `lr=0.2`, switches, and what is
 * given more than once. What the program declares decides; else the rules of docs/run.md.
 */
import { pattern } from "../base/pattern.ts";
import { type Declared, type DeclaredOption, type Kind, NOTHING_DECLARED } from "./declared-options.ts";
import { UNKNOWN_PART } from "./shell-words.ts";

/** A value as typed; true or false of a switch; a list for what took, or was given, several. */
export type Given = string | boolean | number | Given[];

export interface OptionWords {
  /** By the name that the program knows it by, in the order in which they came first. */
  given: Map<string, Given>;
  /** Names that are taken out (`~name`), or whose values only a shell knew. */
  removed: string[];
  /** Words that belong to no option. */
  positionals: string[];
  /** Sentences on what could not be told. */
  unknown: string[];
}

const NEGATIVE = /^-(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
const NUMBER = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
/** `key=value` of Hydra, OmegaConf and make: the key, and whether it is added or taken out. */
const OVERRIDE = /^(\+{1,2}|~)?([A-Za-z_][\w.@/-]*)=([^]*)$/;
/** `SOLVER.BASE_LR 0.1` of yacs: a key, its value behind it. */
const DOTTED = /^[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)+$/;
const DELETION = /^~([A-Za-z_][\w.@/-]*)$/;
/** Options after which `key=value` is a setting of its own, and not the option's value. */
const TAKES_OVERRIDES = pattern()`
  ^(?:-[A-Za-z]|--(?:multirun|set|sets|define|override|overrides|opts|options|cfg[-_]options|hparams?|
  params?|config[-_]overrides?))$`;
/** Letters of a name, and names, that are taken. */
const LONGEST_NAME = 200;
const MOST = 2000;

/** Never throws. `assignmentsOnly`: as of make, where only `NAME=VALUE` is a setting. */
export function optionWords(
  args: readonly string[],
  { declared = NOTHING_DECLARED, assignmentsOnly = false }: { declared?: Declared; assignmentsOnly?: boolean } = {},
): OptionWords {
  const reader = new Reader(args, declared, assignmentsOnly);
  reader.read();
  return reader.found;
}

class Reader {
  readonly found: OptionWords = { given: new Map(), removed: [], positionals: [], unknown: [] };
  readonly #args: readonly string[];
  readonly #declared: Declared;
  readonly #assignmentsOnly: boolean;
  #at = 0;

  constructor(args: readonly string[], declared: Declared, assignmentsOnly: boolean) {
    this.#args = args;
    this.#declared = declared;
    this.#assignmentsOnly = assignmentsOnly;
  }

  read(): void {
    let isPlain = this.#assignmentsOnly;
    for (let word = this.#args[this.#at]; word !== undefined; word = this.#args[this.#at]) {
      this.#at++;
      if (word === "--" && !isPlain) isPlain = true;
      else if (!isPlain && isOption(word)) this.#option(word);
      else this.#word(word);
    }
    this.#namePositionals();
  }

  #word(word: string): void {
    const removed = DELETION.exec(word)?.[1];
    const [, sign, key, value] = OVERRIDE.exec(word) ?? [];
    if (removed !== undefined || sign === "~") this.found.removed.push((removed ?? key) as string);
    else if (key !== undefined) this.#give(key, unquoted(value ?? ""));
    else if (DOTTED.test(word) && this.#hasValue()) this.#give(word, this.#next());
    else this.found.positionals.push(word);
  }

  #option(word: string): void {
    const equals = word.indexOf("=");
    const typed = equals > 0 ? word.slice(0, equals) : word;
    const own = this.#declaredAs(typed);
    if (equals > 0)
      return own === undefined || isSwitch(own.kind)
        ? this.#give(own?.dest ?? nameOf(typed), word.slice(equals + 1))
        : this.#store(own, [word.slice(equals + 1)]);
    if (own !== undefined) return this.#declaredOption(own);
    if (/^-[A-Za-z]./.test(word) && this.#shortOptions(word.slice(1))) return;
    const attached = /^-([A-Za-z])([-+]?[0-9.][0-9.eE+-]*)$/.exec(word);
    if (attached && NUMBER.test(attached[2] as string)) return this.#give(attached[1] as string, attached[2] as string);
    const off = /^--no[-_](.+)$/.exec(word)?.[1];
    if (off !== undefined) return this.#give(nameOf(off), false);
    if (
      !this.#hasValue() ||
      (TAKES_OVERRIDES.test(word) &&
        this.#args[this.#at] !== UNKNOWN_PART &&
        isOverride(this.#args[this.#at] as string))
    )
      return this.#give(nameOf(word), true);
    this.#undeclaredValue(word);
  }

  /** As declared, or as the one declared option that begins so. */
  #declaredAs(word: string): DeclaredOption | undefined {
    const exact = this.#declared.options.get(word);
    if (exact !== undefined || !word.startsWith("--") || word.length < 3) return exact;
    const begun = [...this.#declared.options].filter(([name]) => name.startsWith(word));
    return new Set(begun.map(([, { dest, kind, constant }]) => `${dest} ${kind} ${constant}`)).size === 1
      ? begun[0]?.[1]
      : undefined;
  }

  /**
   * `-vv`, `-xl0.5`: switches of one letter, and one at last that has the rest as its value. False where these letters
   * are not all declared.
   */
  #shortOptions(letters: string): boolean {
    const found: [DeclaredOption, string[]][] = [];
    for (let at = 0; at < letters.length; at++) {
      const own = this.#declared.options.get(`-${letters[at]}`);
      if (own === undefined) return false;
      const rest = letters.slice(at + 1);
      const takesNone = isSwitch(own.kind);
      // `-lr 0.2` may be declared where it was not looked for.
      if (!takesNone && rest !== "" && !NUMBER.test(rest) && this.#hasValue()) return false;
      if (!takesNone && rest !== "") found.push([own, [rest]]);
      else found.push([own, takesNone ? [] : this.#valuesOf(own)]);
      if (!takesNone) break;
    }
    for (const [own, values] of found) this.#store(own, values);
    return true;
  }

  #declaredOption(own: DeclaredOption): void {
    this.#store(own, isSwitch(own.kind) ? [] : this.#valuesOf(own));
  }

  /** The words that are its values. */
  #valuesOf({ kind, words = kind === "many" || kind === "extend" ? "all" : 1 }: DeclaredOption): string[] {
    const values: string[] = [];
    while (this.#hasValue() && (words === "all" || values.length < words)) values.push(this.#next());
    return values;
  }

  #store({ dest, kind, words, constant, isTruth }: DeclaredOption, values: string[]): void {
    const before = this.found.given.get(dest);
    const list = Array.isArray(before) ? before : [];
    if (kind === "flag" || kind === "off") return this.#give(dest, kind === "flag");
    if (kind === "count") return this.#set(dest, Number(before ?? 0) + 1);
    if (values.some((value) => value.includes(UNKNOWN_PART))) return this.#lose(dest);
    if (kind === "many") return this.#set(dest, values);
    if (kind === "extend") return this.#set(dest, [...list, ...values]);
    if (kind === "append") return this.#set(dest, [...list, words === undefined ? (values[0] ?? true) : values]);
    const [value] = values;
    if (value !== undefined) return this.#set(dest, isTruth ? value !== "" : value);
    if (kind === "const" && constant === undefined)
      this.#lose(dest, "stands for a value that the script puts together, and is not known");
    else this.#set(dest, constant ?? true);
  }

  /** Numbers that follow a number belong to it; of other words only the first does. */
  #undeclaredValue(word: string): void {
    const first = this.#next();
    const more: string[] = [];
    if (NUMBER.test(first))
      while (this.#hasValue() && NUMBER.test(this.#args[this.#at] as string)) more.push(this.#next());
    else if (this.#hasValue() && !isOverride(this.#args[this.#at] as string))
      this.found.unknown.push(
        `'${word} ${first}' is followed by '${this.#args[this.#at]}': whether that is one more value of ` +
          `'${word}' is not known, and it is not taken as one`,
      );
    this.#give(nameOf(word), more.length > 0 ? [first, ...more] : first);
  }

  #hasValue(): boolean {
    const next = this.#args[this.#at];
    return next !== undefined && next !== "--" && !isOption(next);
  }

  #next(): string {
    return this.#args[this.#at++] as string;
  }

  #give(name: string, value: Given): void {
    if (
      typeof value === "string"
        ? value.includes(UNKNOWN_PART)
        : Array.isArray(value) && value.some((each) => typeof each === "string" && each.includes(UNKNOWN_PART))
    )
      return this.#lose(name);
    const before = this.found.given.get(name);
    const isStored =
      this.#declared.options.size > 0 && [...this.#declared.options.values()].some(({ dest }) => dest === name);
    if (before === undefined || isStored) this.#set(name, value);
    else this.#set(name, [...(Array.isArray(before) ? before : [before]), ...(Array.isArray(value) ? value : [value])]);
  }

  #set(name: string, value: Given): void {
    if (
      name.includes(UNKNOWN_PART) ||
      name === "" ||
      name.length > LONGEST_NAME ||
      (this.found.given.size >= MOST && !this.found.given.has(name))
    )
      return;
    this.found.given.set(name, value);
  }

  #lose(name: string, why = "was given by a variable of a shell, and its value is not known"): void {
    this.found.removed.push(name);
    this.found.unknown.push(`'${name}' ${why}`);
  }

  #namePositionals(): void {
    const { positionals } = this.#declared;
    if (this.found.positionals.length > positionals.length) return;
    for (const [at, word] of this.found.positionals.entries()) this.#give(positionals[at] as string, word);
  }
}

/**
 * Whether it is a setting, or the key of one, by itself; or what a script hands on (`"$@"`), of which nothing is known.
 */
function isOverride(word: string): boolean {
  return OVERRIDE.test(word) || DOTTED.test(word) || word === UNKNOWN_PART;
}

/** A negative number is none, and `-` stands for a file. */
function isOption(word: string): boolean {
  return (
    word.length > 1 &&
    word.startsWith("-") &&
    word !== "--" &&
    !NEGATIVE.test(word) &&
    !/\s/.test(word.split("=")[0] as string)
  );
}

/** Whether no word behind it is its value. */
function isSwitch(kind: Kind): boolean {
  return kind === "flag" || kind === "off" || kind === "count" || kind === "const";
}

/** As argparse names it: without dashes before, with underscores within. */
function nameOf(option: string): string {
  return option.replace(/^-+/, "").replaceAll("-", "_");
}

/** Quotes that Hydra takes for its own. */
function unquoted(value: string): string {
  return /^'[^']*'$|^"[^"]*"$/.test(value) ? value.slice(1, -1) : value;
}

/**
 * The value that a text stands for: a number, true, false, null, or the text. What begins like a list or mapping is the
 * caller's.
 */
export function typedWord(text: string): string | number | boolean | null {
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (/^null$/i.test(text)) return null;
  if (!NUMBER.test(text) || /^[-+]?0[0-9]/.test(text)) return text;
  const number = Number(text);
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number)) ? number : text;
}
