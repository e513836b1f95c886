/**
 * The text of a filter, such as `accuracy > 0.9 and (lr < 0.01 or stage = production)`, and what it is made of. What
 * its names mean is looked up elsewhere.
 *
 *     any        = all { "or" all }
 *     all        = one { "and" one }
 *     one        = "not" one | "(" any ")" | NAME | NAME "exists" | NAME OPERATOR VALUE
 *     OPERATOR   = "=" "!=" "<" "<=" ">" ">=" "~" "!~"
 *     VALUE      = one or more words
 *
 * Words end at blanks, parentheses and operators; quotes of any of the three kinds hold the rest. Length and depth
 * are bounded, so that what somebody else wrote (it may come in a link) costs little and cannot overflow.
 */

/** How a value is compared. `~`: contains, or with `*` and `?` is like it as a whole. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~";

/** Where something stands in the text. */
interface Span {
  at: number;
  length: number;
}

/** A word, or several of a value joined by one blank each. */
export interface Word extends Span {
  text: string;
  /** Some of it stood in quotes: it is text, whatever it looks like. */
  quoted: boolean;
}

export type Expression =
  | { kind: "any" | "all"; parts: Expression[] }
  | { kind: "not"; part: Expression }
  /** The name alone: it is there, and not false. */
  | { kind: "is"; name: Word }
  | { kind: "exists"; name: Word }
  | { kind: "compare"; name: Word; operator: Operator; value: Word };

/** What is wrong with an expression, and where. What it quotes is as it was typed: made safe by whoever shows it. */
export interface WhereProblem extends Span {
  message: string;
  /** What to do, or null. */
  hint: string | null;
}

export type Parsed = { kind: "expression"; expression: Expression } | { kind: "problem"; problem: WhereProblem };

/** UTF-16 units of a text. */
const LONGEST = 4096;
/** Parentheses and `not` within each other. */
const DEEPEST = 50;

/** Never throws; never takes long. */
export function parseWhere(text: string): Parsed {
  try {
    if (text.length > LONGEST)
      fail({ at: LONGEST, length: text.length - LONGEST }, `it is longer than ${LONGEST} characters`);
    return { kind: "expression", expression: new Parser(text).whole() };
  } catch (error) {
    if (error instanceof Wrong) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

/** A problem on its way to `parseWhere`. */
class Wrong extends Error {
  readonly problem: WhereProblem;

  constructor(problem: WhereProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function fail({ at, length }: Span, message: string, hint: string | null = null): never {
  throw new Wrong({ at, length, message, hint });
}

type Token =
  | (Word & { kind: "word" })
  | (Span & { kind: "operator"; operator: Operator })
  | (Span & { kind: "(" | ")" | "and" | "or" | "not" | "end" });

/** What stands for itself, the longest first. */
const SIGNS: readonly (readonly [string, Operator | "and" | "or" | "not" | "(" | ")"])[] = [
  ["==", "="],
  ["!=", "!="],
  ["<>", "!="],
  ["<=", "<="],
  [">=", ">="],
  ["!~", "!~"],
  ["&&", "and"],
  ["||", "or"],
  ["=", "="],
  ["<", "<"],
  [">", ">"],
  ["~", "~"],
  ["≠", "!="],
  ["≤", "<="],
  ["≥", ">="],
  ["!", "not"],
  ["(", "("],
  [")", ")"],
];
const FIRST_OF_SIGNS = new Set(SIGNS.map(([sign]) => sign[0] as string));
const QUOTES = new Set(['"', "'", "`"]);
const BLANK = /\s/;

/** The tokens of a text, the last one being its end. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (BLANK.test(text[at] as string)) {
      at++;
      continue;
    }
    const token = signAt(text, at) ?? wordAt(text, at);
    tokens.push(token);
    at += token.length;
  }
  tokens.push({ kind: "end", at, length: 0 });
  return tokens;
}

function signAt(text: string, at: number): Token | null {
  const found = FIRST_OF_SIGNS.has(text[at] as string) ? SIGNS.find(([sign]) => text.startsWith(sign, at)) : undefined;
  if (found === undefined) return null;
  const [sign, means] = found;
  const span = { at, length: sign.length };
  if (means === "(" || means === ")" || means === "and" || means === "or" || means === "not")
    return { kind: means, ...span };
  return { kind: "operator", operator: means, ...span };
}

/** `and`, `or` and `not` are words that stand without quotes, in any case. */
function wordAt(text: string, start: number): Token {
  let [at, word, quoted] = [start, "", false];
  while (at < text.length && !BLANK.test(text[at] as string)) {
    const sign = signAt(text, at);
    // An exclamation mark within a word is one.
    if (sign !== null && (sign.kind !== "not" || at === start)) break;
    const letter = text[at] as string;
    if (!QUOTES.has(letter)) {
      word += letter;
      at++;
      continue;
    }
    const part = quotedAt(text, at);
    [word, at, quoted] = [word + part.text, at + part.length, true];
  }
  const span = { at: start, length: at - start };
  const folded = word.toLowerCase();
  if (!quoted && (folded === "and" || folded === "or" || folded === "not")) return { kind: folded, ...span };
  return { kind: "word", text: word, quoted, ...span };
}

/** A backslash in quotes takes the next character as it is. */
function quotedAt(text: string, start: number): { text: string; length: number } {
  let found = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === text[start]) return { text: found, length: at + 1 - start };
    if (text[at] === "\\" && at + 1 < text.length) at++;
    found += text[at];
  }
  return fail(
    { at: start, length: text.length - start },
    "a quote has no end",
    `end it with ${text[start] as string}, or put the whole value in other quotes`,
  );
}

const EXAMPLE = "write it like 'accuracy > 0.9 and stage = production'";

/** By descent; each level of parentheses or `not` is one of depth. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Expression {
    if (this.#tokens.length === 1) fail(this.#peek(), "it says nothing", EXAMPLE);
    const expression = this.#any();
    const token = this.#peek();
    if (token.kind === ")") fail(token, "a ')' has no '(' before it");
    if (token.kind !== "end") fail(token, `'and' or 'or' is missing before ${this.#shown(token)}`);
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #take(): Token {
    return this.#tokens[this.#next++] as Token;
  }

  #shown(token: Token): string {
    return token.kind === "end" ? "the end" : `'${this.#text.slice(token.at, token.at + Math.min(token.length, 80))}'`;
  }

  #any(): Expression {
    return this.#list("or", () => this.#list("and", () => this.#one()));
  }

  #list(word: "and" | "or", part: () => Expression): Expression {
    const parts = [part()];
    while (this.#peek().kind === word) {
      this.#take();
      parts.push(part());
    }
    return parts.length === 1 ? (parts[0] as Expression) : { kind: word === "or" ? "any" : "all", parts };
  }

  #one(): Expression {
    const token = this.#take();
    if (token.kind === "word") return this.#comparison(token);
    if (token.kind !== "not" && token.kind !== "(") {
      const before = this.#tokens[this.#next - 2];
      const where = before === undefined ? "" : ` after ${this.#shown(before)}`;
      return fail(token, `a name is missing${where}, before ${this.#shown(token)}`, EXAMPLE);
    }
    if (++this.#depth > DEEPEST) fail(token, `it is nested more than ${DEEPEST} levels deep`);
    const inner = token.kind === "not" ? ({ kind: "not", part: this.#one() } as const) : this.#any();
    if (token.kind === "(") {
      if (this.#peek().kind !== ")") fail(token, "a '(' has no ')' behind it");
      this.#take();
    }
    this.#depth--;
    return inner;
  }

  #comparison({ text, quoted, at, length }: Word): Expression {
    const name: Word = { text, quoted, at, length };
    const token = this.#peek();
    if (token.kind === "word") {
      if (!token.quoted && token.text.toLowerCase() === "exists") {
        this.#take();
        return { kind: "exists", name };
      }
      return fail(
        token,
        `an operator is missing between ${this.#shown({ kind: "word", ...name })} and ${this.#shown(token)}`,
        "they are = != < <= > >= ~ and !~; a name with blanks stands in quotes",
      );
    }
    if (token.kind !== "operator") return { kind: "is", name };
    this.#take();
    return { kind: "compare", name, operator: token.operator, value: this.#value(token) };
  }

  /** All words up to `and`, `or`, a parenthesis or the end: people write `10 MB`, and names, without quotes. */
  #value(operator: Token): Word {
    const words: Word[] = [];
    for (let token = this.#peek(); ; token = this.#peek()) {
      if (token.kind === "word") words.push(token);
      else if (token.kind === "not")
        words.push({ ...token, text: this.#text.slice(token.at, token.at + token.length), quoted: false });
      else if (token.kind === "operator" || token.kind === "(") return this.#missing(words, token);
      else break;
      this.#take();
    }
    const [first, last] = [words[0], words.at(-1)];
    if (first === undefined || last === undefined)
      return fail(operator, `a value is missing behind ${this.#shown(operator)}`, "'none' means that there is none");
    return {
      text: words.map(({ text }) => text).join(" "),
      quoted: words.some(({ quoted }) => quoted),
      at: first.at,
      length: last.at + last.length - first.at,
    };
  }

  /** In `a > 1 b < 2` something is missing before `b`. */
  #missing(words: readonly Word[], token: Token): never {
    const last = words.at(-1);
    if (last !== undefined && words.length > 1)
      return fail(last, `'and' or 'or' is missing before ${this.#shown({ kind: "word", ...last })}`);
    return fail(
      token,
      last === undefined
        ? `a value is missing before ${this.#shown(token)}`
        : `'and' or 'or' is missing before ${this.#shown(token)}`,
      "a value with such a sign stands in quotes",
    );
  }
}

/** The expression as text, which means the same. */
export function formatWhere(expression: Expression): string {
  switch (expression.kind) {
    case "any":
    case "all":
      return expression.parts.map(within).join(expression.kind === "any" ? " or " : " and ");
    case "not":
      return `not ${within(expression.part)}`;
    case "is":
      return quoteName(expression.name.text, expression.name.quoted);
    case "exists":
      return `${quoteName(expression.name.text, expression.name.quoted)} exists`;
    case "compare": {
      const { name, operator, value } = expression;
      const text = value.quoted ? quote(value.text) : value.text;
      return `${quoteName(name.text, name.quoted)} ${operator} ${text}`;
    }
  }
}

function within(part: Expression): string {
  const text = formatWhere(part);
  return part.kind === "any" || part.kind === "all" ? `(${text})` : text;
}

/** A name as it is written in an expression: in quotes where it has to be. */
export function quoteName(name: string, always = false): string {
  return always || !/^[^\s"'`()<>=!~≠≤≥&|]+$/.test(name) || /^(and|or|not)$/i.test(name) ? quote(name) : name;
}

/** A text as a value of an expression. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
