/** A pack: stored pieces one after the other, and at its end the table of the blobs and recipes among them. */
import { newHasher } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { FormReader, FormWriter } from "./bytes-form.ts";
import {
  formatTable,
  type IndexTable,
  MOST_TABLE,
  PACK_FOOT,
  PACK_HEAD,
  parseTable,
  tableLength,
} from "./index-table.ts";
import { MOST_IN_PACK } from "./limits.ts";
import { demand } from "./malformed.ts";
import type { IndexEntry } from "./types.ts";

const HEAD_MAGIC = "MVGPACK1";
const FOOT_MAGIC = "MVGPEND1";

/** The bytes that a pack begins with. */
export const PACK_BEGINNING: Buffer = Buffer.from(HEAD_MAGIC, "latin1");

/** A pack that is whole. */
export interface FinishedPack {
  /** Of all its bytes: its name. */
  hash: Hash;
  /** Bytes. */
  size: number;
  /** What follows the last piece: table and foot. */
  end: Buffer;
  /** Bytes of its index object. */
  table: Buffer;
}

/**
 * Names a pack while its bytes go by: they are `PACK_BEGINNING`, every piece that `add` was given, and `end`. It keeps
 * none of them.
 */
export class PackForm {
  readonly #hasher = newHasher();
  #size = PACK_HEAD;

  constructor() {
    this.#hasher.update(PACK_BEGINNING);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Whether that many bytes more may come in. */
  hasRoomFor(bytes: number): boolean {
    return this.#size - PACK_HEAD + bytes <= MOST_IN_PACK;
  }

  /** Where in the pack the piece lies. Throws `Malformed` where there is no room for it. */
  add(stored: Uint8Array): number {
    const offset = this.place(stored.length);
    this.pass(stored);
    return offset;
  }

  /** As `add`, of bytes that `pass` is told of before the end, together with others. */
  place(length: number): number {
    demand(this.hasRoomFor(length), "a pack has no room for what comes in");
    const offset = this.#size;
    this.#size += length;
    return offset;
  }

  /** Bytes of pieces that were placed, all of them once and in order. */
  pass(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  /** Ends it; nothing can be added any more. Throws `Malformed` for entries that no pack can have. */
  finish(entries: readonly IndexEntry[]): FinishedPack {
    const length = tableLength(entries.length);
    const size = this.#size + length + PACK_FOOT;
    const table = formatTable({ pack: size, entries });
    const foot = new FormWriter(PACK_FOOT);
    foot.u32(length);
    foot.text(FOOT_MAGIC);
    const end = Buffer.concat([table, foot.bytes]);
    this.#hasher.update(end);
    return { hash: this.#hasher.digest(), size, end, table };
  }
}

/** Throws `Malformed` for bytes that no pack begins with. */
export function checkPackBeginning(bytes: Uint8Array): void {
  new FormReader(bytes).magic(HEAD_MAGIC);
}

/**
 * Bytes of the table, told by the last `PACK_FOOT` bytes of a pack of that size: it lies right before them. Throws
 * `Malformed`.
 */
export function tableLengthOf(foot: Uint8Array, size: number): number {
  demand(foot.length === PACK_FOOT, "it is cut short");
  const form = new FormReader(foot);
  const length = form.u32();
  form.magic(FOOT_MAGIC);
  demand(length >= tableLength(0) && length <= MOST_TABLE, "its table has a length that none can have");
  demand(length <= size - PACK_HEAD - PACK_FOOT, "its table is longer than the pack");
  return length;
}

/** The table at the end of a pack of that size, from the table's own bytes. Throws `Malformed`. */
export function parsePackTable(table: Uint8Array, size: number): IndexTable {
  const parsed = parseTable(table);
  demand(parsed.pack === size, "its table is that of a pack of another size");
  return parsed;
}
