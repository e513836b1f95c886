/** MLflow's search language, as far as clients use it: comparisons joined by AND, and an order. */
import { pattern } from "../base/pattern.ts";
import { Refusal } from "./answers.ts";

/** What an entry has under a name such as `metrics.loss`, `tags.x`, `attributes.status`; undefined for nothing. */
export type Lookup = (kind: Kind, name: string) => string | number | readonly string[] | undefined;
type Kind = "metric" | "param" | "tag" | "dataset" | "attribute";
/** The attributes that entries of one kind have: others are a mistake of who asks. */
export type Attributes = Readonly<Record<string, "text" | "number">>;

/** `metrics.loss`: what kind, and the name in backquotes, in quotes or plain. */
const FIELD = String.raw`(?:(attributes?|attrs?|runs?|tags?|params?|parameters?|metrics?|datasets?)\.)?`.concat(
  String.raw`(?:\x60([^\x60]+)\x60|"([^"]+)"|([A-Za-z_][\w.\/-]*))`,
);
const CLAUSE = pattern("i")`
  ^\s*${FIELD}\s*
  (?:
    (=|!=|>=|<=|>|<|NOT\s+IN\b|I?LIKE\b|IN\b)\s*('(?:[^']|'')*'|"[^"]*"|[-+.\w]+|\([^()]*\))|
    (IS\s+NOT\s+NULL|IS\s+NULL)
  )
  \s*(?:AND\b|$)`;
const ORDER = new RegExp(String.raw`^\s*${FIELD}(?:\s+(ASC|DESC))?\s*$`, "i");
const DATASET_KEYS = ["name", "digest", "context"];

/** Every client asks for what is no prompt, and means what says nothing of it. */
const IS_PROMPT = "mlflow.prompt.is_prompt";

type Test = (entry: Lookup) => boolean;
interface Field {
  kind: Kind;
  name: string;
}

/** A test of entries. Throws INVALID_PARAMETER_VALUE for what it does not know, and for what could be true of none. */
export function parseFilter(filter: string, attributes: Attributes): Test {
  const tests: Test[] = [];
  for (let rest = filter.trim(); rest !== "";) {
    const match = CLAUSE.exec(rest);
    if (!match) throw invalid(`Invalid clause(s) in filter string: '${rest.slice(0, 200)}'`);
    const [all, kind, ticked, quoted, plain, operator, value, isNull] = match;
    const field = fieldOf(kind, (ticked ?? quoted ?? plain) as string, attributes);
    tests.push(
      isNull === undefined
        ? compared(field, { operator: (operator as string).toUpperCase(), value: value as string }, attributes)
        : (entry) => (entry(field.kind, field.name) === undefined) === /^is\s+null$/i.test(isNull),
    );
    rest = rest.slice(all.length);
  }
  return (entry) => tests.every((test) => test(entry));
}

function invalid(message: string): Refusal {
  return new Refusal("INVALID_PARAMETER_VALUE", message);
}

function fieldOf(typed: string | undefined, name: string, attributes: Attributes): Field {
  const kinds = { t: "tag", p: "param", m: "metric", d: "dataset" } as const;
  const kind = kinds[(typed ?? "").toLowerCase()[0] as keyof typeof kinds] ?? "attribute";
  const known = { attribute: Object.keys(attributes), dataset: DATASET_KEYS }[kind as string];
  if (known !== undefined && !known.includes(name)) {
    const keys = known.map((key) => `'${key}'`).join(", ");
    throw invalid(`Invalid ${kind} key '${name.slice(0, 200)}' specified. Valid keys are ${keys}`);
  }
  return { kind, name };
}

/** A test of one field; `value` as it was typed. */
function compared({ kind, name }: Field, { operator, value }: { operator: string; value: string }, known: Attributes) {
  const isNumber = kind === "metric" || (kind === "attribute" && known[name] === "number");
  if (isNumber && Number.isNaN(Number(bare(value))) && !/^[-+]?(nan|inf(inity)?)$/i.test(bare(value)))
    throw invalid(`Expected numeric value type for ${kind} '${name}'. Found ${value.slice(0, 200)}`);
  if (!isNumber && /^[<>]/.test(operator))
    throw invalid(`Invalid comparator '${operator}' for ${kind} '${name}', which is a text`);
  const isUnlessTold = name === IS_PROMPT && operator === "!=";
  return (entry: Lookup): boolean => {
    const found = entry(kind, name);
    if (found === undefined) return isUnlessTold;
    if (typeof found === "object") return found.some((each) => compare(each, operator, value));
    return compare(found, operator, value);
  };
}

function compare(found: string | number, operator: string, typed: string): boolean {
  const wanted = bare(typed);
  if (operator.endsWith("IN"))
    return (
      (typed.match(/'(?:[^']|'')*'|"[^"]*"|[-+.\w]+/g) ?? []).map(bare).includes(String(found)) !==
      operator.startsWith("NOT")
    );
  if (operator === "LIKE") return isLike(String(found), wanted);
  if (operator === "ILIKE") return isLike(String(found).toLowerCase(), wanted.toLowerCase());
  const [a, b] = typeof found === "number" ? [found, Number(wanted)] : [found, wanted];
  switch (operator) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case ">":
      return a > b;
    case "<":
      return a < b;
    case ">=":
      return a >= b;
    default:
      return a <= b;
  }
}

/** `%` stands for any text, `_` for one character. Not by a regular expression, which many `%` would hold up. */
function isLike(text: string, wanted: string): boolean {
  let [at, next, after, from] = [0, 0, -1, 0];
  while (at < text.length) {
    if (wanted[next] === "%") [after, from] = [++next, at];
    else if (next < wanted.length && (wanted[next] === "_" || wanted[next] === text[at]))
      [at, next] = [at + 1, next + 1];
    else if (after >= 0) [at, next] = [++from, after];
    else return false;
  }
  return /^%*$/.test(wanted.slice(next));
}

function bare(typed: string): string {
  return /^['"]/.test(typed) ? typed.slice(1, -1).replaceAll("''", "'") : typed;
}

/**
 * Sorts by the named fields, entries without a value last; the order given where nothing is named. Throws as
 * `parseFilter`.
 */
export function sortBy<T>(
  entries: readonly T[],
  order: readonly string[],
  { lookup, attributes }: { lookup: (entry: T) => Lookup; attributes: Attributes },
): T[] {
  const keys = order.map((each) => {
    const match = ORDER.exec(each);
    if (!match) throw invalid(`Invalid order_by clause '${each.slice(0, 200)}'`);
    const field = fieldOf(match[1], (match[2] ?? match[3] ?? match[4]) as string, attributes);
    return { ...field, down: match[5]?.toUpperCase() === "DESC" };
  });
  return entries.toSorted((a, b) => {
    for (const { kind, name, down } of keys) {
      const [x, y] = [lookup(a)(kind, name), lookup(b)(kind, name)];
      if (x === y) continue;
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
      return x < y === down ? 1 : -1;
    }
    return 0;
  });
}
