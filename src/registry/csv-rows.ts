/** Rows of CSV files: what only one side has, columns that came, went and changed their type. */
import { breathe } from "../base/stop.ts";
import { columnChanges, type Columns, keyOf, type RowChanges, RowHash, RowsLeft, RowSum } from "./row-sum.ts";

/** Letters after which a quote that is still open is taken for a slip, and those that no row has. */
const LONGEST_ROW = 1024 * 1024;
const ENDLESS = 16 * 1024 * 1024;
/** Columns that are told apart by name, and rows by which their types are told. */
const MOST_COLUMNS = 10_000;
const TYPED_ROWS = 10_000;

type Bytes = AsyncIterable<Uint8Array>;

/** Throws `RowsLeft`. */
export async function differingRows(a: Bytes, b: Bytes): Promise<RowChanges> {
  const [first, second] = [new Table(a), new Table(b)];
  await first.open();
  await second.open();
  const sum = new RowSum();
  const hash = new RowHash();
  const [x, y] = [first.columns, second.columns];
  const names = x !== null && y !== null ? ([[...x], [...y]] as const) : null;
  const key = names && keyOf(...names);
  const isSame = names === null || names[0].join("\n") === names[1].join("\n");
  const common = isSame || names === null ? null : names[0].filter((name) => names[1].includes(name)).toSorted();
  for (const [side, table] of [first, second].entries())
    for await (const { row, cells } of table.rows(names !== null && (key !== null || common !== null))) {
      const text = common === null ? row : JSON.stringify(common.map((name) => cells.get(name) ?? null));
      const id = key === null ? null : (cells.get(key) ?? "");
      sum.add(side as 0 | 1, hash.of(text), id === null || id === "" ? null : hash.of(id));
    }
  return {
    ...sum.result(key),
    ...(names === null ? {} : { columns: columnChanges(first.types(), second.types()) }),
    ...(common === null ? {} : { byCommonColumns: true as const }),
  };
}

interface Row {
  row: string;
  /** By column; empty where they were not asked for. */
  cells: ReadonlyMap<string, string>;
}

const NO_CELLS: ReadonlyMap<string, string> = new Map();

/** One file, row by row, behind its head if it has one. */
class Table {
  readonly #rows: AsyncGenerator<string[]>;
  /** Read, and not handed on yet. */
  #ahead: string[] = [];
  #delimiter = ",";
  readonly #types: Map<string, number>[] = [];
  #typed = 0;
  /** Null where the first row is none of names. */
  columns: readonly string[] | null = null;

  constructor(bytes: Bytes) {
    this.#rows = rowsOf(bytes);
  }

  async open(): Promise<void> {
    const { value } = (await this.#rows.next()) as { value?: string[] };
    if (value === undefined) return;
    this.#ahead = value;
    const head = (value[0] ?? "").replace(/^\ufeff/, "");
    this.#delimiter = delimiterOf(head);
    const names = head.length > LONGEST_ROW ? [] : cellsOf(head, this.#delimiter);
    if (!areNames(names)) return;
    this.columns = names;
    this.#ahead = value.slice(1);
  }

  async *rows(withCells: boolean): AsyncGenerator<Row> {
    for (let portion: string[] | undefined = this.#ahead; portion !== undefined;) {
      for (const row of portion) if (row !== "" || (this.columns?.length ?? 1) === 1) yield this.#rowOf(row, withCells);
      await breathe();
      portion = ((await this.#rows.next()) as { value?: string[] }).value;
    }
  }

  #rowOf(row: string, withCells: boolean): Row {
    const { columns } = this;
    const isTyped = columns !== null && this.#typed++ < TYPED_ROWS;
    const isPlain = !row.includes('"') && (columns === null || this.#delimiter === ",");
    if (isPlain && (columns === null || (!withCells && !isTyped))) return { row, cells: NO_CELLS };
    const cells = cellsOf(row, this.#delimiter);
    const text = isPlain ? row : this.#written(cells);
    if (columns === null) return { row: text, cells: NO_CELLS };
    if (isTyped) for (const [at, cell] of cells.slice(0, columns.length).entries()) this.#type(at, cell);
    return { row: text, cells: withCells ? new Map(columns.map((name, at) => [name, cells[at] ?? ""])) : NO_CELLS };
  }

  /** Cells in the one way that all rows are compared in, with quotes where they must be. */
  #written(cells: readonly string[]): string {
    const delimiter = this.columns === null ? this.#delimiter : ",";
    return cells
      .map((cell) =>
        cell.includes('"') || cell.includes(delimiter) || cell.includes("\n")
          ? `"${cell.replaceAll('"', '""')}"`
          : cell,
      )
      .join(delimiter);
  }

  #type(at: number, cell: string): void {
    const seen = (this.#types[at] ??= new Map());
    const type = typeOf(cell);
    if (type !== "") seen.set(type, (seen.get(type) ?? 0) + 1);
  }

  types(): Columns {
    return new Map((this.columns ?? []).map((name, at) => [name, common([...(this.#types[at]?.keys() ?? [])])]));
  }
}

function delimiterOf(head: string): string {
  const counts = [",", "\t", ";", "|"].map((each) => [each, head.split(each).length] as const);
  return counts.toSorted(([, x], [, y]) => y - x)[0]?.[0] ?? ",";
}

/** Names are texts, each once; a first column without one is that of an index. */
function areNames(cells: readonly string[]): boolean {
  return (
    cells.length > 0 &&
    cells.length <= MOST_COLUMNS &&
    new Set(cells).size === cells.length &&
    cells.every((cell, at) => (cell === "" ? at === 0 && cells.length > 1 : typeOf(cell) === "text"))
  );
}

function typeOf(cell: string): string {
  if (cell.trim() === "") return "";
  if (/^[+-]?\d{1,30}$/.test(cell)) return "whole number";
  if (/^(?:true|false)$/i.test(cell)) return "true or false";
  if (cell.length < 40 && (!Number.isNaN(Number(cell)) || /^[+-]?(?:nan|inf|infinity)$/i.test(cell))) return "number";
  return "text";
}

function common(types: readonly string[]): string {
  if (types.length < 2) return types[0] ?? "";
  return types.every((type) => type.endsWith("number")) ? "number" : "text";
}

/** The cells of a row; quotes around a cell are taken off, doubled ones inside stand for one. */
function cellsOf(row: string, delimiter: string): string[] {
  if (!row.includes('"')) return row.split(delimiter);
  const cells: string[] = [];
  let cell = "";
  let isOpen = false;
  for (const part of row.split(/(")|([,;\t|])/)) {
    if (part === undefined || part === "") continue;
    if (part === '"') {
      // A quote that opens anew right where one closed stands for itself.
      isOpen = !isOpen;
      cell += '"';
    } else if (part === delimiter && !isOpen) {
      cells.push(unquoted(cell));
      cell = "";
    } else cell += part;
  }
  return [...cells, unquoted(cell)];
}

function unquoted(cell: string): string {
  return /^"[^]*"$/.test(cell) && cell.length > 1 ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

/** The rows of a CSV file: lines, except that a line feed inside of quotes ends none. */
async function* rowsOf(bytes: Bytes): AsyncGenerator<string[]> {
  let row = "";
  let isOpen = false;
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    const rows: string[] = [];
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    for (const [index, line] of lines.entries()) {
      row += line;
      if (hasOddQuotes(line)) isOpen = !isOpen;
      if (row.length > ENDLESS) throw new RowsLeft("a row of it is longer than any real one");
      if (index === lines.length - 1) break;
      // A quote that nobody closes must not make one row of all that follows.
      if (row.length > LONGEST_ROW) isOpen = false;
      if (isOpen) {
        row += "\n";
        continue;
      }
      rows.push(row.replace(/\r$/, ""));
      row = "";
    }
    if (rows.length > 0) yield rows;
  }
  if (row !== "") yield [row.replace(/\r$/, "")];
}

/** Whether a quote is open behind this part of a row that was not before, or the other way round. */
function hasOddQuotes(part: string): boolean {
  let quotes = 0;
  for (let at = part.indexOf('"'); at >= 0; at = part.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}
