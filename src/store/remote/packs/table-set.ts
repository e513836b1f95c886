/** Tables of packs in memory, as bytes: which packs have a blob, among a million entries. */
import { entryAt, entryCount, hashOffset } from "../../../encoding/index-table.ts";
import type { IndexEntry } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";

/** A pack's table, as its object was found. */
export interface KnownTable {
  pack: Hash;
  /** Of the object; null where it cannot be told. */
  version: string | null;
  /** When the object was made, by the medium's clock; 0 where it cannot be told. */
  created: number;
  /** Bytes of the pack. */
  size: number;
  /** Its form was checked. */
  bytes: Buffer;
}

/** An entry, and where it stands. */
export interface Located {
  table: KnownTable;
  entry: IndexEntry;
}

/** Entries that a number of this set can stand for. */
const MOST = 2 ** 26;
const HASH_BYTES = 32;

/** Tables by their packs. Finding is a look into a sorted array, which is made anew when the tables are others. */
export class TableSet {
  readonly #tables = new Map<Hash, KnownTable>();
  #sorted: SortedEntries | null = null;

  get size(): number {
    return this.#tables.size;
  }

  get(pack: Hash): KnownTable | undefined {
    return this.#tables.get(pack);
  }

  put(table: KnownTable): void {
    this.#tables.set(table.pack, table);
    this.#sorted = null;
  }

  delete(pack: Hash): void {
    if (this.#tables.delete(pack)) this.#sorted = null;
  }

  tables(): IterableIterator<KnownTable> {
    return this.#tables.values();
  }

  /** Every entry for the blob, the best first: the blob itself before a recipe, then that of the newest table. */
  find(hash: Hash): Located[] {
    return this.#tables.size === 0 ? [] : this.sorted().find(hash);
  }

  /** All entries as they are now, whatever becomes of the set. */
  sorted(): SortedEntries {
    return (this.#sorted ??= new SortedEntries([...this.#tables.values()]));
  }
}

/** So that what lies side by side is read together. */
export function byPlace(a: Located, b: Located): number {
  if (a.table.pack !== b.table.pack) return a.table.pack < b.table.pack ? -1 : 1;
  return a.entry.offset - b.entry.offset;
}

/** The same order for everybody: gc keeps of the old ones the one that a push relies on. */
function byWorth(a: Located, b: Located): number {
  if (a.entry.kind !== b.entry.kind) return a.entry.kind === "blob" ? -1 : 1;
  return b.table.created - a.table.created || (a.table.pack < b.table.pack ? -1 : 1);
}

/** All entries of some tables as one array of numbers: 27 bits of the hash, then the number of the entry. */
export class SortedEntries {
  readonly #tables: readonly KnownTable[];
  /** Of the first entry of each table. */
  readonly #firsts: readonly number[];
  readonly #keys: Float64Array;

  constructor(tables: readonly KnownTable[]) {
    this.#tables = tables;
    const firsts: number[] = [];
    let count = 0;
    for (const { bytes } of tables) {
      firsts.push(count);
      count += entryCount(bytes);
    }
    this.#firsts = firsts;
    this.#keys = new Float64Array(Math.min(count, MOST));
    let at = 0;
    for (const { bytes } of tables)
      for (let number = 0; number < entryCount(bytes) && at < MOST; number++, at++)
        this.#keys[at] = (bytes.readUInt32BE(hashOffset(number)) >>> 5) * MOST + at;
    this.#keys.sort();
  }

  /** As of `TableSet`. */
  find(hash: Hash): Located[] {
    const wanted = Buffer.from(hash, "hex");
    const beginning = (wanted.readUInt32BE(0) >>> 5) * MOST;
    const found: Located[] = [];
    for (let at = this.#firstFrom(beginning); at < this.#keys.length; at++) {
      const key = this.#keys[at] as number;
      if (key >= beginning + MOST) break;
      const { table, number } = this.#at(key % MOST);
      const start = hashOffset(number);
      if (table.bytes.compare(wanted, 0, HASH_BYTES, start, start + HASH_BYTES) === 0)
        found.push({ table, entry: entryAt(table.bytes, number) });
    }
    return found.length < 2 ? found : found.toSorted(byWorth);
  }

  /** The best entry of each blob. */
  *blobs(): Generator<Located> {
    for (const [best] of this.groups()) yield best;
  }

  /** All entries of each blob, the best first. */
  *groups(): Generator<readonly [Located, ...Located[]]> {
    for (let at = 0; at < this.#keys.length;) {
      const beginning = Math.floor((this.#keys[at] as number) / MOST);
      const group = new Map<Hash, Located[]>();
      for (; at < this.#keys.length && Math.floor((this.#keys[at] as number) / MOST) === beginning; at++) {
        const { table, number } = this.#at((this.#keys[at] as number) % MOST);
        const entry = entryAt(table.bytes, number);
        group.set(entry.hash, [...(group.get(entry.hash) ?? []), { table, entry }]);
      }
      for (const all of group.values()) yield all.toSorted(byWorth) as [Located, ...Located[]];
    }
  }

  #at(number: number): { table: KnownTable; number: number } {
    let [low, high] = [0, this.#firsts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] as number) <= number) low = middle;
      else high = middle;
    }
    // Of tables without entries the last one stands at the same number as the next.
    return { table: this.#tables[low] as KnownTable, number: number - (this.#firsts[low] as number) };
  }

  #firstFrom(key: number): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
