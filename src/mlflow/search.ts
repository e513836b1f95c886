/** MLflow's search language, as far as clients use it: comparisons joined by AND, and an order. */
import { pattern } from "../base/pattern.ts";
import { Refusal } from "./answers.ts";

/** What an entry has under a name such as `metrics.loss`, `tags.x`, `attributes.status`; undefined for nothing. */
export type Lookup = (kind: "metric" | "param" | "tag" | "attribute", name: string) => string | number | undefined;

/** `metrics.loss`: what kind, and the name in backquotes, in quotes or plain. */
const FIELD = String.raw`(?:(attributes?|attrs?|runs?|tags?|params?|parameters?|metrics?)\.)?`.concat(
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

/** Every client asks for what is no prompt, and means what says nothing of it. */
const IS_PROMPT = "mlflow.prompt.is_prompt";

type Test = (entry: Lookup) => boolean;

/** A test of entries. Throws INVALID_PARAMETER_VALUE for what it does not know. */
export function parseFilter(filter: string): Test {
  const tests: Test[] = [];
  for (let rest = filter.trim(); rest !== "";) {
    const match = CLAUSE.exec(rest);
    if (!match)
      throw new Refusal("INVALID_PARAMETER_VALUE", `Invalid clause(s) in filter string: '${rest.slice(0, 200)}'`);
    const [all, kind, ticked, quoted, plain, operator, value, isNull] = match;
    const of = kindOf(kind);
    const name = (ticked ?? quoted ?? plain) as string;
    if (isNull !== undefined) tests.push((entry) => (entry(of, name) === undefined) === /^is\s+null$/i.test(isNull));
    else if (name === IS_PROMPT && operator === "!=")
      tests.push((entry) => entry(of, name) === undefined || compare(entry(of, name), operator, value as string));
    else tests.push((entry) => compare(entry(of, name), (operator as string).toUpperCase(), value as string));
    rest = rest.slice(all.length);
  }
  return (entry) => tests.every((test) => test(entry));
}

function kindOf(kind: string | undefined): Parameters<Lookup>[0] {
  const kinds = { t: "tag", p: "param", m: "metric" } as const;
  return kinds[(kind ?? "").toLowerCase()[0] as keyof typeof kinds] ?? "attribute";
}

function compare(found: string | number | undefined, operator: string, typed: string): boolean {
  if (found === undefined) return false;
  const wanted = bare(typed);
  if (operator.endsWith("IN"))
    return (
      (typed.match(/'(?:[^']|'')*'|"[^"]*"|[-+.\w]+/g) ?? []).map(bare).includes(String(found)) !==
      operator.startsWith("NOT")
    );
  if (operator.endsWith("LIKE")) {
    const pattern = wanted
      .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
      .replace(/%/g, "[^]*")
      .replace(/_/g, "[^]");
    return new RegExp(`^${pattern}$`, operator === "ILIKE" ? "i" : "").test(String(found));
  }
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

function bare(typed: string): string {
  return /^['"]/.test(typed) ? typed.slice(1, -1).replaceAll("''", "'") : typed;
}

/** Sorts by the named fields, entries without a value last; the order given where nothing is named. */
export function sortBy<T>(entries: readonly T[], order: readonly string[], lookup: (entry: T) => Lookup): T[] {
  const keys = order.map((each) => {
    const match = ORDER.exec(each);
    if (!match) throw new Refusal("INVALID_PARAMETER_VALUE", `Invalid order_by clause '${each.slice(0, 200)}'`);
    return {
      kind: kindOf(match[1]),
      name: (match[2] ?? match[3] ?? match[4]) as string,
      down: match[5]?.toUpperCase() === "DESC",
    };
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
