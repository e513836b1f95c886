/** Rows of JSON Lines: what only one side has, columns that came, went and changed their type. */
import { breathe } from "../base/stop.ts";
import { columnChanges, keyOf, type RowChanges, RowHash, RowsLeft, RowSum } from "./row-sum.ts";

/** Letters that no row has, and names of columns that are told apart. */
const ENDLESS = 16 * 1024 * 1024;
const MOST_COLUMNS = 2000;

type Bytes = AsyncIterable<Uint8Array>;

/** Rows are the same whatever the order of their names, and whatever blanks they have. Throws `RowsLeft`. */
export async function differingLines(a: () => Bytes, b: () => Bytes): Promise<RowChanges> {
  const hash = new RowHash();
  const sum = new RowSum();
  const firsts = [await firstOf(a()), await firstOf(b())] as const;
  const key = keyOf(...firsts);
  const columns = [new ColumnTypes(), new ColumnTypes()] as const;
  for (const [side, open] of [a, b].entries())
    for await (const line of linesOf(open())) {
      const row = parse(line);
      columns[side as 0 | 1].see(row);
      const id = row === null || key === null || !Object.hasOwn(row, key) ? null : row[key];
      const isKey = (typeof id === "string" && id !== "") || typeof id === "number";
      sum.add(side as 0 | 1, hash.of(canonical(row) ?? line), isKey ? hash.of(JSON.stringify(id)) : null);
    }
  const [x, y] = [columns[0].types, columns[1].types];
  return { ...sum.result(key), ...(x === null || y === null ? {} : { columns: columnChanges(x, y) }) };
}

type Row = Readonly<Record<string, unknown>>;

/** Null for what is no mapping. */
function parse(line: string): Row | null {
  try {
    const value: unknown = JSON.parse(HAS_LARGE.test(line) ? line.replace(TOKENS, wholly) : line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : null;
  } catch {
    return null;
  }
}

const HAS_LARGE = /\d{16}/;
/** Texts and numbers, as they stand in JSON. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
/** Begins a whole number that JavaScript cannot hold; what no text of people begins with. */
const LARGE = "\u0000whole ";

/** A whole number of more digits than JavaScript counts as a text, so that its neighbours are not taken for it. */
function wholly(token: string): string {
  return /^-?\d{16,}$/.test(token) ? JSON.stringify(`${LARGE}${token}`) : token;
}

/** Null where the text itself must do. */
function canonical(row: Row | null): string | null {
  if (row === null) return null;
  try {
    return JSON.stringify(inOrder(row));
  } catch {
    // Deeper than can be written again.
    return null;
  }
}

/** With names in one order, at every depth. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const entries = Object.entries(value).toSorted(([x], [y]) => Number(x > y) - Number(x < y));
  return { entries: entries.map(([name, each]) => [name, inOrder(each)]) };
}

async function firstOf(bytes: Bytes): Promise<string[]> {
  for await (const line of linesOf(bytes)) return Object.keys(parse(line) ?? {});
  return [];
}

/** Of which kinds the values of each name are. */
class ColumnTypes {
  readonly #kinds = new Map<string, Set<string>>();
  #isWhole = true;

  see(row: Row | null): void {
    // What is no mapping has no columns: then neither has the file.
    if (row === null || this.#kinds.size > MOST_COLUMNS) this.#isWhole = false;
    if (!this.#isWhole) return;
    for (const [name, value] of Object.entries(row ?? {})) {
      const kinds = this.#kinds.get(name);
      if (kinds === undefined) this.#kinds.set(name, new Set([kindOf(value)]));
      else kinds.add(kindOf(value));
    }
  }

  /** Null where the rows have none, or too many. */
  get types(): Map<string, string> | null {
    if (!this.#isWhole || this.#kinds.size > MOST_COLUMNS) return null;
    return new Map([...this.#kinds].map(([name, kinds]) => [name, [...kinds].filter(Boolean).toSorted().join(" or ")]));
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  boolean: "true or false",
  object: "mapping",
};

function kindOf(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "string" && value.startsWith(LARGE)) return "number";
  return Array.isArray(value) ? "list" : (KINDS[typeof value] ?? "");
}

async function* linesOf(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > ENDLESS) throw new RowsLeft("a row of it is longer than any real one");
    for (const line of lines) if (line.trim() !== "") yield line;
    await breathe();
  }
  if (rest.trim() !== "") yield rest;
}
