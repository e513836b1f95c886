/** The table of a pack: which blobs and recipes are in it, and where. An object of its own, and the end of the pack. */
import type { Hash } from "../values/hash.ts";
import { FormReader, FormWriter, HASH_BYTES, openForm } from "./bytes-form.ts";
import { checkCoded, codecNumber, plainCodecOf } from "./coded.ts";
import { MOST_BLOB, MOST_ENTRIES, MOST_IN_PACK, MOST_PIECE, MOST_RECIPE } from "./limits.ts";
import { demand } from "./malformed.ts";
import type { IndexEntry } from "./types.ts";

const MAGIC = "MVGINDX1";
/** Bytes of magic, size of the pack and count. */
const HEAD = 20;
const ENTRY = 60;
/** Bytes of a pack before its first piece: its own magic. */
export const PACK_HEAD = 8;
/** Bytes of a pack after its table: the table's length, and a magic. */
export const PACK_FOOT = 12;

/** What a pack's table says; its object may have lost entries that stand in the pack itself. */
export interface IndexTable {
  /** Bytes of the pack. */
  pack: number;
  /** In ascending order of hash, the blob before the recipe; at most one of each. */
  entries: readonly IndexEntry[];
}

/** Bytes of a table of that many entries. */
export function tableLength(entries: number): number {
  return HEAD + ENTRY * entries + HASH_BYTES;
}

/** Bytes of the longest table. */
export const MOST_TABLE = tableLength(MOST_ENTRIES);

/** Bytes of the longest pack. */
const MOST_PACK = PACK_HEAD + MOST_IN_PACK + MOST_TABLE + PACK_FOOT;

/** The table's only form, whatever order the entries come in. Throws `Malformed` for what no table can say. */
export function formatTable({ pack, entries }: IndexTable): Buffer {
  const sorted = entries.toSorted(order);
  checkTable({ pack, entries: sorted });
  const form = new FormWriter(tableLength(entries.length));
  form.text(MAGIC);
  form.u64(pack);
  form.u32(entries.length);
  for (const { hash, kind, codec, offset, stored, plain, size } of sorted) {
    form.hash(hash);
    form.u8(kind === "blob" ? 0 : 1);
    form.u8(codecNumber(codec));
    form.u16(0);
    form.u64(offset);
    form.u32(stored);
    form.u32(plain);
    form.u64(size);
  }
  return form.sum();
}

/** Throws `Malformed` for bytes that are no table in its only form. */
export function parseTable(bytes: Uint8Array): IndexTable {
  const form = openForm(bytes, MAGIC, MOST_TABLE);
  const pack = form.u64();
  const count = form.u32();
  demand(form.left === count * ENTRY, "its count is not that of its entries");
  const entries: IndexEntry[] = [];
  for (let at = 0; at < count; at++) entries.push(readEntry(form));
  checkTable({ pack, entries });
  return { pack, entries };
}

/** How many entries a table has, of bytes that were parsed before. */
export function entryCount(table: Uint8Array): number {
  return (table.length - tableLength(0)) / ENTRY;
}

/** The entry of that number, of bytes that were parsed before: for who keeps tables as bytes. */
export function entryAt(table: Uint8Array, number: number): IndexEntry {
  return readEntry(new FormReader(table.subarray(HEAD + ENTRY * number, HEAD + ENTRY * (number + 1))));
}

/** Where in its bytes the hash of that entry lies. */
export function hashOffset(number: number): number {
  return HEAD + ENTRY * number;
}

function readEntry(form: FormReader): IndexEntry {
  const hash = form.hash();
  const kind = form.u8();
  demand(kind <= 1, "an entry is of a kind that none has");
  const codec = plainCodecOf(form.u8());
  demand(form.u16() === 0, "an entry has bytes set that mean nothing");
  const offset = form.u64();
  return {
    hash,
    kind: kind === 0 ? "blob" : "recipe",
    codec,
    offset,
    stored: form.u32(),
    plain: form.u32(),
    size: form.u64(),
  };
}

function checkTable({ pack, entries }: IndexTable): void {
  demand(entries.length <= MOST_ENTRIES, "it has too many entries");
  const end = pack - PACK_FOOT - tableLength(entries.length);
  demand(end >= PACK_HEAD && pack <= MOST_PACK, "the pack has a size that none can have");
  let last: IndexEntry | undefined;
  for (const entry of entries) {
    demand(last === undefined || order(last, entry) < 0, "its entries are not in order, each once");
    checkEntry(entry, end);
    last = entry;
  }
}

function checkEntry({ kind, codec, offset, stored, plain, size }: IndexEntry, end: number): void {
  demand(offset >= PACK_HEAD && stored <= end - offset, "an entry lies outside of the pack");
  checkCoded({ codec, stored, plain });
  if (kind === "blob") {
    demand(plain === size, "a blob has two sizes");
    demand(plain <= MOST_PIECE, "a blob is too large for a pack");
  } else {
    demand(codec === "raw" || codec === "deflate", "a recipe is coded as none can be");
    demand(plain >= 1 && plain <= MOST_RECIPE, "a recipe has a length that none can have");
    demand(size >= 1 && size <= MOST_BLOB, "a recipe is of a blob of a size that none can have");
  }
}

function order(a: IndexEntry, b: IndexEntry): number {
  return compare(a.hash, b.hash) || compare(a.kind, b.kind);
}

/** `blob` stands before `recipe` in the alphabet as well. */
function compare(a: Hash | IndexEntry["kind"], b: Hash | IndexEntry["kind"]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
