/**
 * Tables that cannot be read, made anew: from the packs that they are of, each of which has its own at its end, or from
 * what this machine kept. Those that nothing makes anew are set aside, so that what they told of can be pushed again.
 */
import { isMvgitError } from "../../../base/errors.ts";
import { formatTable, type IndexTable, MOST_TABLE, PACK_FOOT, parseTable } from "../../../encoding/index-table.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import { parsePackTable, tableLengthOf } from "../../../encoding/pack.ts";
import type { IndexEntry, Source } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import { type ObjectName, WrongBytes } from "../../bucket.ts";
import { bytesSource, readAll } from "../../bytes.ts";
import { isLack } from "../../lack.ts";
import { indexName, packName } from "../layout.ts";
import type { Place } from "../place.ts";
import { writeIndexList } from "./index-list.ts";
import { PackCheck } from "./pack-check.ts";
import type { PackedBlobs } from "./packed-blobs.ts";
import { setAside } from "./set-aside.ts";
import type { KnownTable, Located } from "./table-set.ts";

/** What became of a table that could not be read, or whose pack is not there. */
export interface MendedTable {
  /** Its object. */
  name: ObjectName;
  /**
   * Made anew from its pack, or from what this machine kept; or taken out, since its pack is not there, or since
   * neither it nor the end of its pack can be read.
   */
  how: "from pack" | "from here" | "no pack" | "given up";
  /** Blobs that it has, or had; null where nobody knows. */
  blobs: readonly Hash[] | null;
  /** Of one that was taken out: where its bytes are kept; null where there was nothing to keep. */
  kept: ObjectName | null;
}

/** Says whether the object of a source is there. */
interface Sources {
  has(source: Exclude<Source, { kind: "own" }>): Promise<boolean>;
}

/**
 * Sees to each table that is damaged, and to those whose packs are not there while others are, and renews the list of
 * all. What a pack's own table or a kept one tells may have been taken out since: recipes of which a source is gone are
 * left out, all else can be read. Nothing is taken out that comes otherwise a second time, nor what a newer mvgit
 * wrote. Whoever calls holds a claim. Throws what the place and its bucket throw.
 */
export async function mendTables(place: Place, packed: PackedBlobs, sources: Sources): Promise<MendedTable[]> {
  if (!(await packed.mayHaveSome())) return [];
  await packed.index.refresh();
  return new Mending(place, packed, sources).run();
}

/** A table's object as it was looked at. */
type Version = Pick<KnownTable, "pack"> & { version: string };

class Mending {
  readonly #place: Place;
  readonly #packed: PackedBlobs;
  readonly #sources: Sources;
  readonly #mended: MendedTable[] = [];
  #isEpochNew = false;

  constructor(place: Place, packed: PackedBlobs, sources: Sources) {
    this.#place = place;
    this.#packed = packed;
    this.#sources = sources;
  }

  async run(): Promise<MendedTable[]> {
    const { index } = this.#packed;
    for (const damaged of index.damaged()) await this.#mend(damaged);
    await this.#dropPackless([...index.tables()]);
    await index.refresh();
    await writeIndexList(this.#place);
    return this.#mended;
  }

  async #mend({ pack, version }: Version): Promise<void> {
    const size = (await this.#place.bucket.head(packName(pack)))?.size ?? null;
    if (size === null) return this.#takeOut({ pack, version }, { how: "no pack", blobs: null });
    const own = await this.#twice(() => ownTable(this.#place, { pack, size }));
    if (own === "unsure") return;
    const here = own === "damaged" ? this.#keptHere(pack, size) : null;
    const table = own === "damaged" ? here : own;
    if (table !== null) return this.#replace({ pack, version }, table, here === null ? "from pack" : "from here");
    if (await this.#isSurelyDamaged(pack)) await this.#takeOut({ pack, version }, { how: "given up", blobs: null });
  }

  async #replace({ pack, version }: Version, table: IndexTable, how: MendedTable["how"]): Promise<void> {
    const name = indexName(pack);
    const known: KnownTable = { pack, version: null, created: 0, size: table.pack, bytes: formatTable(table) };
    const entries: IndexEntry[] = [];
    for (const entry of table.entries)
      if (entry.kind === "blob" || (await this.#canBeMade({ table: known, entry }))) entries.push(entry);
    const source = bytesSource(formatTable({ pack: table.pack, entries }));
    if (await isDone(this.#place.writable().replace(name, version, source)))
      this.#mended.push({ name, how, blobs: hashesOf(entries), kept: null });
  }

  /** Those that can be read, and whose packs are gone: while no pack at all is there, a disk may not be mounted. */
  async #dropPackless(tables: readonly KnownTable[]): Promise<void> {
    const absent = new Set(await new PackCheck(this.#place, this.#packed.index).absent(tables.map(({ pack }) => pack)));
    if (absent.size === tables.length) return;
    for (const { pack, version, bytes } of tables)
      if (absent.has(pack) && version !== null)
        await this.#takeOut({ pack, version }, { how: "no pack", blobs: hashesOf(parseTable(bytes).entries) });
  }

  /** What was seen of the remote before counts for nothing from before it is taken out. */
  async #takeOut({ pack, version }: Version, told: Pick<MendedTable, "how" | "blobs">): Promise<void> {
    const name = indexName(pack);
    let kept: ObjectName | null = null;
    const takingOut = async (): Promise<void> => {
      kept = await setAside(this.#place.writable(), { pack, version });
      if (!this.#isEpochNew) await this.#place.epoch.begin();
      this.#isEpochNew = true;
      await this.#place.writable().delete(name, version);
    };
    if (await isDone(takingOut())) this.#mended.push({ name, kept, ...told });
  }

  /** What comes twice the same; `unsure` for anything else. */
  async #twice(read: () => Promise<Reading>): Promise<IndexTable | "damaged" | "unsure"> {
    const first = await read();
    if (first.table !== null) return first.table;
    const second = await read();
    if (second.table !== null) return second.table;
    return first.bytes !== null && second.bytes?.equals(first.bytes) ? "damaged" : "unsure";
  }

  async #isSurelyDamaged(pack: Hash): Promise<boolean> {
    return (await this.#twice(() => tableAt(this.#place, pack))) === "damaged";
  }

  /** The one that has most, of those that are of a pack of this size. */
  #keptHere(pack: Hash, size: number): IndexTable | null {
    const tables = this.#packed.index.keptOf(pack).flatMap((bytes) => {
      const { table } = readingOf(bytes, () => parsePackTable(bytes, size));
      return table === null ? [] : [table];
    });
    return tables.toSorted((a, b) => b.entries.length - a.entries.length)[0] ?? null;
  }

  /** Whether a recipe can be read, and each object that it names is there. */
  async #canBeMade(located: Located): Promise<boolean> {
    try {
      for (const source of (await this.#packed.recipeIn(located)).allSources())
        if (source.kind !== "own" && !(await this.#sources.has(source))) return false;
      return true;
    } catch (error) {
      if (!isLack(error)) throw error;
      return false;
    }
  }
}

function hashesOf(entries: readonly IndexEntry[]): Hash[] {
  return [...new Set(entries.map(({ hash }) => hash))];
}

/** False where somebody else mended it, or took it away, meanwhile. */
async function isDone(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (!isMvgitError(error, "object-exists") && !isMvgitError(error, "object-missing")) throw error;
    return false;
  }
}

/** A table that was read; else the bytes that are none. Neither where no bytes came that mean anything. */
interface Reading {
  table: IndexTable | null;
  bytes: Buffer | null;
}

const NOTHING: Reading = { table: null, bytes: null };

/** What the pack says of itself, as far as it can be read. */
async function ownTable(place: Place, { pack, size }: { pack: Hash; size: number }): Promise<Reading> {
  const bytes = async (start: number, end: number): Promise<Buffer> =>
    (await readAll(place.bucket.get(packName(pack), { start, end, of: size }), end - start)) ?? Buffer.alloc(0);
  return reading(async () => {
    const end = size - PACK_FOOT;
    const foot = await bytes(Math.max(0, end), Math.max(0, size));
    const start = readingOf(foot, () => end - tableLengthOf(foot, size));
    if (typeof start !== "number") return start;
    const table = await bytes(start, end);
    return readingOf(table, () => parsePackTable(table, size));
  });
}

/** The table's own object. */
function tableAt(place: Place, pack: Hash): Promise<Reading> {
  return reading(async () => {
    const found = await place.bucket.head(indexName(pack));
    if (found === null) return NOTHING;
    // What is no file, or too long to be a table, is damaged without being read.
    if (found.size < 0 || found.size > MOST_TABLE) return { table: null, bytes: Buffer.from(found.version) };
    const bytes = await readAll(place.bucket.get(indexName(pack)), MOST_TABLE);
    return bytes === null ? NOTHING : readingOf(bytes, () => parseTable(bytes));
  });
}

/** What the medium gives and does not vouch for says nothing. */
async function reading(read: () => Promise<Reading>): Promise<Reading> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WrongBytes || isMvgitError(error, "object-missing")) return NOTHING;
    throw error;
  }
}

function readingOf(bytes: Buffer, parse: () => IndexTable): Reading;
function readingOf(bytes: Buffer, parse: () => number): Reading | number;
function readingOf(bytes: Buffer, parse: () => IndexTable | number): Reading | number {
  try {
    const parsed = parse();
    return typeof parsed === "number" ? parsed : { table: parsed, bytes };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return error.isNewer ? NOTHING : { table: null, bytes };
  }
}
