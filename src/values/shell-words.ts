/**
 * The simple commands in a shell's script: enough of its grammar for `cd x && python train.py --lr 0.1`, and a word
 * where it is more.
 */
import { prose } from "../base/prose.ts";

export interface Script {
  /** Their words, in order; a word that only the shell can know has `UNKNOWN_PART` in it. */
  commands: string[][];
  /** Of these, what runs only under a condition (`if`, `case`, `||`), as far as it can be told. */
  conditional: ReadonlySet<string[]>;
  /** What of the script was not understood, as a sentence; null for nothing. */
  unread: string | null;
}

/** Stands in a word for what an expansion puts there. A NUL can be in no argument. */
export const UNKNOWN_PART = "\0";

/** Stands around a name that is no variable while a script is taken apart. */
const MASKED = "\u0001";
const MASKED_NAME = /\u0001([A-Z0-9_]+)\u0001/g;
/** Letters of a script that are looked at. */
const LONGEST = 64 * 1024;
const KEYWORDS = /^(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|function|select|!|\{|\}|\(\(|\[\[)$/;

/**
 * Never throws. `secrets`: names whose `${NAME}` stays as it is. `given`: what `$0`, `$1` … and `$@` stand for, where
 * that is known.
 */
export function readScript(text: string, secrets: readonly string[] = [], given: readonly string[] = []): Script {
  if (text.length > LONGEST)
    return {
      commands: [],
      conditional: new Set(),
      unread: "the script of the command is too long to be looked at for settings",
    };
  const commands: string[][] = [[]];
  const conditional = new Set<string[]>();
  /** Of each `if` and `case` that is open, whether it is past what is asked. */
  const open: boolean[] = [];
  let [hasKeywords, isPassed] = [false, false];
  for (const token of tokens(
    secrets.length === 0
      ? text
      : text.replace(/\$\{([A-Z0-9_]+)\}/g, (all, name: string) =>
          secrets.includes(name) ? `${MASKED}${name}${MASKED}` : all,
        ),
  )) {
    if (token.kind === "end") {
      const next: string[] = [];
      isPassed = false;
      commands.push(next);
      if (token.isOr || open.includes(true)) conditional.add(next);
    } else if (token.kind === "keyword" || (commands.at(-1)?.length === 0 && KEYWORDS.test(token.word))) {
      hasKeywords = true;
      isPassed = /^(?:for|select|case)$/.test(token.word);
      turn(open, token.word);
      const now = commands.at(-1) as string[];
      if (open.includes(true)) conditional.add(now);
      else conditional.delete(now);
    } else if (!isPassed) commands.at(-1)?.push(...withGiven(token.word.replace(MASKED_NAME, "$${$1}"), given));
  }
  return {
    commands: commands.filter((each) => each.length > 0),
    conditional,
    unread: hasKeywords
      ? prose`the script of the command has loops, conditions or redirected texts: not all settings that these
        give may have been found`
      : null,
  };
}

function turn(open: boolean[], keyword: string): void {
  if (keyword === "if" || keyword === "case") open.push(keyword === "case");
  else if (/^(?:then|elif|else)$/.test(keyword) && open.length > 0) open[open.length - 1] = true;
  else if (keyword === "fi" || keyword === "esac") open.pop();
}

/** Stand for `$0` … `$9` (its digit behind it) and for all from `$1` on, while a script is taken apart. */
const NUMBERED = /\u0002([0-9])/g;
const ALL_GIVEN = "\u0003";

/** A word, or several where all that was given stands alone. */
function withGiven(word: string, given: readonly string[]): string[] {
  if (word === ALL_GIVEN && given.length > 0) return given.slice(1);
  return [
    word.replaceAll(ALL_GIVEN, UNKNOWN_PART).replace(NUMBERED, (_, at: string) => given[Number(at)] ?? UNKNOWN_PART),
  ];
}

/** What stands for an expansion: of a word that the shell was given, which may be known, or of anything. */
function expanded(text: string, from: number, end: number): string {
  const [, name, bare] = /^\$(?:\{([0-9@])\}|([0-9@]))$/.exec(text.slice(from, end)) ?? [];
  const known = name ?? bare;
  if (known === undefined) return UNKNOWN_PART;
  return known === "@" ? ALL_GIVEN : `\u0002${known}`;
}

type Token = { kind: "word"; word: string } | { kind: "end"; isOr: boolean } | { kind: "keyword"; word: string };

function* tokens(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    const char = text[at] as string;
    if (char === "#") at = endOfLine(text, at);
    else if (rest === "\\\n") at += 2;
    else if (/[ \t]/.test(char)) at++;
    else if (/[;&|\n()]/.test(char)) {
      yield { kind: "end", isOr: rest === "||" };
      at += rest === "||" ? 2 : 1;
    } else {
      const { word, end, isBare } = readWord(text, at);
      at = Math.max(end, at + 1);
      if (isBare && /^[0-9]*$/.test(word) && /[<>]/.test(text[at] ?? "")) at = afterRedirection(text, at);
      else if (/[<>]/.test(char)) {
        if (rest === "<<") yield { kind: "keyword", word: "<<" };
        at = afterRedirection(text, at - 1);
      } else yield { kind: "word", word };
    }
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Behind `>`, `2>&1`, `>> file` and the like. */
function afterRedirection(text: string, at: number): number {
  let end = at;
  while (/[<>&|]/.test(text[end] ?? "")) end++;
  while (/[ \t]/.test(text[end] ?? "")) end++;
  return readWord(text, end).end;
}

function readWord(text: string, from: number): { word: string; end: number; isBare: boolean } {
  let word = "";
  let at = from;
  let isBare = true;
  while (at < text.length) {
    const char = text[at] as string;
    if (/[\s;&|()<>]/.test(char)) break;
    if (char === "'") {
      const end = text.indexOf("'", at + 1);
      word += text.slice(at + 1, end < 0 ? text.length : end);
      at = end < 0 ? text.length : end + 1;
      isBare = false;
    } else if (char === '"') {
      const quoted = readDouble(text, at + 1);
      word += quoted.word;
      at = quoted.end;
      isBare = false;
    } else if (char === "\\") {
      word += text[at + 1] === "\n" ? "" : (text[at + 1] ?? "");
      at += 2;
    } else {
      const read = readLetter(text, at);
      word += read.word;
      at = read.end;
    }
  }
  return { word, end: at, isBare };
}

function readDouble(text: string, from: number): { word: string; end: number } {
  let word = "";
  let at = from;
  while (at < text.length && text[at] !== '"') {
    const char = text[at] as string;
    if (char === "\\" && /["\\$`\n]/.test(text[at + 1] ?? "")) {
      word += text[at + 1] === "\n" ? "" : text[at + 1];
      at += 2;
    } else {
      const read = readLetter(text, at);
      word += read.word;
      at = read.end;
    }
  }
  return { word, end: at + 1 };
}

/** What an expansion stands for, or the letter that is there: the same within double quotes and outside. */
function readLetter(text: string, at: number): { word: string; end: number } {
  const char = text[at] as string;
  if (char !== "$" && char !== "`") return { word: char, end: at + 1 };
  const end = afterExpansion(text, at);
  return { word: expanded(text, at, end), end };
}

/** Behind `$NAME`, `${…}`, `$(…)` or a command in backquotes. */
function afterExpansion(text: string, at: number): number {
  if (text[at] === "`") return 1 + Math.max(at, indexOr(text, "`", at + 1));
  const next = text[at + 1] ?? "";
  if (next === "{") return 1 + indexOr(text, "}", at + 2);
  if (next === "(") return 1 + closing(text, at + 2);
  const name = /^[A-Za-z_][A-Za-z0-9_]*|^[0-9@*#?$!-]/.exec(text.slice(at + 1, at + 257))?.[0] ?? "";
  return at + 1 + name.length;
}

function indexOr(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found;
}

function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")") depth--;
    if (depth === 0) return at;
  }
  return text.length;
}
