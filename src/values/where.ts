/**
 * Filters of lists of versions: what a text such as `accuracy > 0.9 and lr < 0.01 and stage = production` lets through.
 * Pure; the same in the terminal and in a browser.
 *
 * - Names are those of columns (`version-columns.ts`); `metric.` and `param.` tell a score from a setting of one name.
 * - Letter case never counts, neither in names, where they are clear without it, nor in values.
 * - A value that is not there fulfils nothing but `= none` and what says `not`: `!=` is `not =`, `!~` is `not ~`.
 * - Of what has several values (stages, data) one that fits is enough.
 * - A date is the whole day: `time > 2026-03-01` begins with the 2nd, `time >= 2026-03-01` with the 1st.
 */
import { parseAmount } from "./amount.ts";
import { naturalCompare } from "./natural-order.ts";
import { type CellValue, type Column, type Columns, isColumn } from "./version-columns.ts";
import type { VersionLine } from "./version-line.ts";
import { type Expression, type Operator, parseWhere, quoteName, type WhereProblem, type Word } from "./where-syntax.ts";
import { parseNumber, parsePeriod, parseSpan } from "./where-values.ts";

export { formatWhere, parseWhere, type Expression, type WhereProblem } from "./where-syntax.ts";

/** Whether a version is let through. Throws nothing. */
type Test = (line: VersionLine) => boolean;

export type Compiled = { kind: "test"; test: Test } | { kind: "problem"; problem: WhereProblem };

/** The text of a filter as a test; an empty text lets everything through. `now`: milliseconds since 1970. */
export function whereTest(text: string, columns: Columns, { now }: { now: number }): Compiled {
  if (text.trim() === "") return { kind: "test", test: () => true };
  const parsed = parseWhere(text);
  return parsed.kind === "problem" ? parsed : compileWhere(parsed.expression, columns, { now });
}

/** An expression as a test, or why it means nothing for these columns. */
function compileWhere(expression: Expression, columns: Columns, { now }: { now: number }): Compiled {
  try {
    return { kind: "test", test: new Compiler(columns, now).test(expression) };
  } catch (error) {
    if (error instanceof Meaningless) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

/** A problem on its way to `compileWhere`. */
class Meaningless extends Error {
  readonly problem: WhereProblem;

  constructor(problem: WhereProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function fail({ at, length }: Word, message: string, hint: string | null = null): never {
  throw new Meaningless({ at, length, message, hint });
}

type Comparison = Expression & { kind: "compare" };
type Order = "<" | "<=" | ">" | ">=";

const ORDERS: Readonly<Record<Order, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function isOrder(operator: Operator): operator is Order {
  return operator in ORDERS;
}

/** Whether a value that is there fulfils a comparison. */
type Fits = (value: NonNullable<CellValue>, line: VersionLine) => boolean;

/** Looks up names and reads values, once for all lines. */
class Compiler {
  readonly #columns: Columns;
  readonly #now: number;

  constructor(columns: Columns, now: number) {
    this.#columns = columns;
    this.#now = now;
  }

  test(expression: Expression): Test {
    switch (expression.kind) {
      case "any":
      case "all": {
        const tests = expression.parts.map((part) => this.test(part));
        return expression.kind === "any"
          ? (line) => tests.some((each) => each(line))
          : (line) => tests.every((each) => each(line));
      }
      case "not": {
        const test = this.test(expression.part);
        return (line) => !test(line);
      }
      case "is":
      case "exists": {
        const column = this.#column(expression.name);
        const isEnough = expression.kind === "exists";
        return (line) => {
          const value = column.of(line);
          return value !== null && (isEnough || value !== false);
        };
      }
      case "compare":
        return this.#comparison(expression);
    }
  }

  #column(name: Word): Column {
    const found = this.#columns.find(name.text);
    if (isColumn(found)) return found;
    if (!name.quoted && parseNumber(name.text) !== null)
      return fail(name, "a name stands before the operator, and a value behind it", "write 'accuracy > 0.9'");
    return fail(name, found.message, found.hint);
  }

  #comparison(comparison: Comparison): Test {
    const { name, operator, value } = comparison;
    const column = this.#column(name);
    if (operator === "!=" || operator === "!~") {
      const test = this.#comparison({ ...comparison, operator: operator === "!=" ? "=" : "~" });
      return (line) => !test(line);
    }
    const isNone = !value.quoted && value.text.toLowerCase() === "none";
    if (isNone && isOrder(operator)) fail(value, `'none' has no order`, "write '= none' or '!= none'");
    const fits = this.#fits(column, comparison, operator);
    if (isNone && operator === "=")
      return (line) => {
        const found = column.of(line);
        // A setting that says so itself has none, as people mean it.
        return found === null || (typeof found === "string" && found.toLowerCase() === "none");
      };
    return (line) => {
      const found = column.of(line);
      return found !== null && fits(found, line);
    };
  }

  #fits(column: Column, comparison: Comparison, operator: Exclude<Operator, "!=" | "!~">): Fits {
    const { name, value } = comparison;
    const isNone = !value.quoted && value.text.toLowerCase() === "none";
    if (operator === "~") return like(value.text, column);
    if (isNone) return () => false;
    switch (column.kind) {
      case "number":
      case "score":
      case "size":
      case "duration":
      case "age":
        return numberFits(amountOf(column, { name, value, operator }), operator);
      case "time":
        return this.#timeFits(value, operator);
      case "flag":
        return flagFits(name, value, operator);
      case "setting":
        return settingFits(value, operator);
      case "text":
      case "hash":
      case "list":
        return textFits(column, { name, value, operator });
    }
  }

  #timeFits(value: Word, operator: Order | "="): Fits {
    const period = parsePeriod(value.text, this.#now);
    if (period === null)
      return fail(
        value,
        `'${value.text}' is not a time`,
        "write it as 2026-03-01, '2026-03-01 14:30' or '2 weeks ago'",
      );
    const { from, to } = period;
    const orders: Record<Order | "=", (time: number) => boolean> = {
      "=": (time) => time >= from && time < to,
      "<": (time) => time < from,
      "<=": (time) => time < to,
      ">": (time) => time >= to,
      ">=": (time) => time >= from,
    };
    const fits = orders[operator];
    return (found) => fits(found as number);
  }
}

type Asked = Pick<Comparison, "name" | "value"> & { operator: Order | "=" };

/** The number that is compared with, in the unit of the column. */
function amountOf(column: Column, { name, value, operator }: Asked): number {
  const { text } = value;
  if (column.kind === "size") {
    return parseAmount(text) ?? fail(value, `'${text}' is not a size`, "write it like '10 MB', '512KiB' or 4096");
  }
  if (column.kind === "duration") {
    const span = parseSpan(text);
    if (span !== null) return span / 1000;
    return parseNumber(text) ?? fail(value, `'${text}' is not a duration`, "write it like 90, '2h' or '1h30m'");
  }
  if (column.kind === "age") {
    if (operator === "=") fail(value, "an age is never met exactly", `write '${name.text} < ${text}'`);
    return parseSpan(text) ?? fail(value, `'${text}' is not an age`, "write it like '7d', '12h' or '2 weeks'");
  }
  const number = parseNumber(column.id === "version" || column.id === "from" ? text.replace(/^v(?=[0-9])/i, "") : text);
  if (number !== null) return number;
  const what = column.kind === "score" ? "a score" : "a number";
  return fail(value, `'${text}' is not a number, and '${name.text}' is ${what}`, "write it like 0.9, 1e-3 or 1_000");
}

function numberFits(wanted: number, operator: Order | "="): Fits {
  if (operator === "=") return (found) => Object.is(found, wanted) || found === wanted;
  const orders: Record<Order, Fits> = {
    "<": (found) => (found as number) < wanted,
    "<=": (found) => (found as number) <= wanted,
    ">": (found) => (found as number) > wanted,
    ">=": (found) => (found as number) >= wanted,
  };
  return orders[operator];
}

function flagFits(name: Word, value: Word, operator: Order | "="): Fits {
  const folded = value.text.toLowerCase();
  const wanted = /^(?:true|yes)$/.test(folded);
  if (operator !== "=" || (!wanted && !/^(?:false|no)$/.test(folded)))
    return fail(value, `'${name.text}' is true or false`, `write '${name.text}' or 'not ${name.text}'`);
  return (found) => found === wanted;
}

/** Of any type: numbers, and texts that are numbers, as numbers where one is asked for; all else as text. */
function settingFits(value: Word, operator: Order | "="): Fits {
  const number = value.quoted ? null : parseNumber(value.text);
  const wanted = value.text.toLowerCase();
  if (operator === "=" && number === null) return (found) => String(found).toLowerCase() === wanted;
  if (number !== null) {
    const fits = numberFits(number, operator);
    return (found, line) => {
      const asNumber = typeof found === "string" ? parseNumber(found) : found;
      return typeof asNumber === "number" && fits(asNumber, line);
    };
  }
  const order = ORDERS[operator as Order];
  return (found) => typeof found === "string" && order(naturalCompare(found.toLowerCase(), wanted));
}

/** Hexadecimal digits that name an object. */
const LEAST_HASH = 4;

function textFits(column: Column, { name, value, operator }: Asked): Fits {
  const wanted = value.text.toLowerCase();
  if (operator !== "=") {
    if (column.kind !== "text")
      return fail(
        value,
        `'${name.text}' has no order`,
        `write '${quoteName(name.text)} = …' or '${quoteName(name.text)} ~ …'`,
      );
    const order = ORDERS[operator];
    return (found) => order(naturalCompare((found as string).toLowerCase(), wanted));
  }
  if (column.kind === "hash" && wanted.length >= LEAST_HASH) return (found) => (found as string).startsWith(wanted);
  const isWanted = (text: string): boolean => text.toLowerCase() === wanted;
  return (found, line) =>
    textsOf(found).some(isWanted) || (column.also !== undefined && column.also(line).some(isWanted));
}

function textsOf(value: NonNullable<CellValue>): readonly string[] {
  return typeof value === "object" ? value : [String(value)];
}

/** UTF-16 units of a text in which a pattern is looked for, and of a pattern with signs. */
const LOOKED_AT = 10_000;
const LONGEST_PATTERN = 500;

/** Without `*` and `?` the text contains it, with them it is like it as a whole. Never a regular expression. */
function like(pattern: string, { kind }: Column): Fits {
  const folded = pattern.toLowerCase();
  const isGlob = /[*?]/.test(folded) && folded.length <= LONGEST_PATTERN;
  const fits = isGlob ? (text: string) => isLike(text, folded) : (text: string) => text.includes(folded);
  const isFit = (text: string): boolean => fits(text.slice(0, LOOKED_AT).toLowerCase());
  return kind === "time" ? (_, line) => isFit(line.time) : (found) => textsOf(found).some(isFit);
}

/** Takes at most time in proportion to the product of both lengths. */
function isLike(text: string, glob: string): boolean {
  let [at, next] = [0, 0];
  // Behind the last star, and where in the text it was met.
  let [star, met] = [-1, 0];
  while (at < text.length) {
    if (glob[next] === "*") {
      star = ++next;
      met = at;
    } else if (next < glob.length && (glob[next] === "?" || glob[next] === text[at])) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star;
      at = ++met;
    } else return false;
  }
  while (glob[next] === "*") next++;
  return next === glob.length;
}
