/** Rows of two tables, counted as they pass: what only one side has, and which of it changed, by a key. */
import { randomBytes } from "../base/clock.ts";

/** Why rows are not compared: words that fit behind "its rows were not compared: ". */
export class RowsLeft extends Error {}

export interface ColumnChanges {
  added: string[];
  removed: string[];
  /** Of what type its values are, in words of the format; of CSV as the first 10,000 rows tell. */
  retyped: { name: string; a: string; b: string }[];
}

export interface RowChanges {
  /** Rows that only one side has, a row that changed counting once in each. */
  added: number;
  removed: number;
  /** Of those: rows whose key both sides have. Absent where no column is a key. */
  changed?: number;
  key?: string;
  /** Absent where the file names none. */
  columns?: ColumnChanges;
  /** Rows were compared by the columns that both sides have. */
  byCommonColumns?: true;
}

/** What a thread says of two files. */
export type ParquetAnswer = { rows: RowChanges } | { why: string };

/** Rows that are different from each other, of both sides. */
export const MOST_ROWS = 4_000_000;

/** 53 bits of a text, drawn anew in each process: nobody can make two that are taken for one. */
export class RowHash {
  readonly #seeds: readonly [number, number];

  constructor(seed: Uint8Array = randomBytes(8)) {
    const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
    this.#seeds = [view.getUint32(0), view.getUint32(4)];
  }

  of(text: string): number {
    let [h1, h2] = this.#seeds;
    for (let at = 0; at < text.length; at++) {
      const letter = text.charCodeAt(at);
      h1 = Math.imul(h1 ^ letter, 2654435761);
      h2 = Math.imul(h2 ^ letter, 1597334677);
    }
    h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
    h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
    return 4294967296 * (2097151 & h2) + (h1 >>> 0);
  }
}

/** Takes the rows of the first side, then those of the second. Memory grows by rows that differ from each other. */
export class RowSum {
  readonly #counts = new Map<number, number>();
  readonly #keys: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  #hasKey = true;

  /** `key`: hash of its key; null where the row, or the table, has none. Throws `RowsLeft`. */
  add(side: 0 | 1, row: number, key: number | null): void {
    this.#counts.set(row, (this.#counts.get(row) ?? 0) + (side === 0 ? -1 : 1));
    if (this.#counts.size > MOST_ROWS) throw new RowsLeft("it has more rows than are held in memory");
    if (!this.#hasKey) return;
    const keys = this.#keys[side];
    // What comes twice names no row.
    if (key !== null && !keys.has(key)) keys.set(key, row);
    else {
      this.#hasKey = false;
      for (const each of this.#keys) each.clear();
    }
  }

  result(key: string | null): Pick<RowChanges, "added" | "removed" | "changed" | "key"> {
    const rows = { added: 0, removed: 0 };
    for (const count of this.#counts.values()) {
      if (count > 0) rows.added += count;
      else rows.removed -= count;
    }
    const [before, after] = this.#keys;
    if (!this.#hasKey || key === null || (before.size === 0 && after.size === 0)) return rows;
    let changed = 0;
    for (const [each, row] of after) {
      const other = before.get(each);
      if (other !== undefined && other !== row) changed++;
    }
    return { ...rows, changed, key };
  }
}

/**
 * The column that names a row, where one is evident: `id`, `_id`, `uuid`, `guid` or `key`, else the first column if its
 * name ends in `_id` or `Id`. Whether its values name each row once shows later.
 */
export function keyOf(a: readonly string[], b: readonly string[]): string | null {
  const common = a.filter((name) => b.includes(name));
  const known = common.find((name) => /^(?:_?id|uuid|guid|key)$/i.test(name));
  if (known !== undefined) return known;
  const first = a[0];
  return first !== undefined && first === b[0] && /(?:_id|[a-z]Id)$/.test(first) ? first : null;
}

/** By name, with the type of each as it is called. */
export type Columns = ReadonlyMap<string, string>;

export function columnChanges(a: Columns, b: Columns): ColumnChanges {
  return {
    added: [...b.keys()].filter((name) => !a.has(name)),
    removed: [...a.keys()].filter((name) => !b.has(name)),
    retyped: [...a].flatMap(([name, type]) => {
      const other = b.get(name);
      return other === undefined || other === type || other === "" || type === "" ? [] : [{ name, a: type, b: other }];
    }),
  };
}
