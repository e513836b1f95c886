/** Which blobs the packs of a place hold: the tables that make them visible, as this process knows them. */
import { isMvgitError, type MvgitError } from "../../../base/errors.ts";
import { Slots } from "../../../base/slots.ts";
import { forEachConcurrent } from "../../../base/tasks.ts";
import { MOST_TABLE, parseTable } from "../../../encoding/index-table.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import type { Hash } from "../../../values/hash.ts";
import { WrongBytes } from "../../bucket.ts";
import { readAll } from "../../bytes.ts";
import { INDEX, INDEX_LIST, indexName, hashIn } from "../layout.ts";
import type { Place } from "../place.ts";
import { goneTables, readIndexList, sizeOfIndexList, writeIndexList } from "./index-list.ts";
import { KeptTables } from "./kept-tables.ts";
import { damagedObject, unreadable } from "./object-errors.ts";
import { type KnownTable, type Located, type SortedEntries, TableSet } from "./table-set.ts";

/** Tables that are asked for at once. */
const AT_ONCE = 32;
/** Bytes that a table may have of which nobody tells how long it is, where room is made for several. */
const UNTOLD = MOST_TABLE / 8;
/** Bytes of all tables of a place, above which it cannot be used. */
const MOST_TABLES = 3 * 1024 * 1024 * 1024;

/** A table's object, as it was listed. */
type Listed = Pick<KnownTable, "pack" | "version" | "created"> & {
  /** Null where it cannot be told. */ size: number | null;
};

/**
 * The tables of one place. One that cannot be read hides no other: what is found counts, and of what is not found
 * `doubt` says why it is not certain. Throws what the place and its bucket throw.
 */
export class PlaceIndex {
  readonly #place: Place;
  readonly #folder: string | null;
  readonly #tables = new TableSet();
  readonly #unreadable = new Map<Hash, { version: string | null; error: MvgitError }>();
  /** Versions of tables whose packs are not there. */
  readonly #packless = new Map<Hash, string | null>();
  /** Tables that this process wrote, and did not see listed yet. */
  readonly #own = new Map<Hash, Buffer>();
  /** Bytes of tables of which nobody had told how long they are. */
  #untold = 0;
  #doubt: MvgitError | null = null;
  /** The list of tables, which is for who cannot list them, is not the one of what is there. */
  #isListStale = false;
  #isLoaded = false;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** `folder`: where tables of places are kept; null: nowhere. */
  constructor(place: Place, folder: string | null) {
    this.#place = place;
    this.#folder = folder;
  }

  /** Whether it was looked at once. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Why what is not found may be there all the same; null where it is not. */
  get doubt(): MvgitError | null {
    for (const { error } of this.#unreadable.values()) return error;
    return this.#doubt;
  }

  /** Every entry for the blob, as known, the best first. */
  find(hash: Hash): Located[] {
    return this.#tables.find(hash);
  }

  /** All entries as known now, whatever is learnt later. */
  entries(): SortedEntries {
    return this.#tables.sorted();
  }

  /** The table of a pack, as known. */
  tableOf(pack: Hash): KnownTable | undefined {
    return this.#tables.get(pack);
  }

  /** Every table, as known. */
  tables(): IterableIterator<KnownTable> {
    return this.#tables.tables();
  }

  /** Tables that are there and are damaged, as objects. */
  damaged(): { pack: Hash; version: string }[] {
    return [...this.#unreadable].flatMap(([pack, { version, error }]) =>
      version !== null && isMvgitError(error, "blob-damaged") ? [{ pack, version }] : [],
    );
  }

  /** The pack is not there: what its table tells of counts for nothing. */
  leaveOut(pack: Hash): void {
    this.#packless.set(pack, this.#tables.get(pack)?.version ?? null);
    this.#tables.delete(pack);
  }

  /** Tables of the pack as this machine kept them, of whichever version: some may name what was taken out since. */
  keptOf(pack: Hash): Buffer[] {
    return this.#folder === null ? [] : new KeptTables(this.#folder, this.#place.identity).of(pack);
  }

  /** Looks once, if nobody did. */
  load(): Promise<void> {
    return this.#isLoaded ? Promise.resolve() : (this.#running ?? this.refresh());
  }

  /** Knows what is there from the time of asking on: who asks while a look is under way gets the next one. */
  refresh(): Promise<void> {
    if (this.#running === null) return this.#run();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#run();
      });
    return this.#next;
  }

  /** This process wrote it: its bytes need not be had again. */
  wrote(pack: Hash, bytes: Buffer): void {
    this.#own.set(pack, bytes);
  }

  /** The table is not what it was: it is read anew by the next look. */
  forget(pack: Hash): void {
    this.#tables.delete(pack);
  }

  /** Lets the list of tables be what is there, after one was written. */
  async renewList(): Promise<void> {
    this.#isListStale = !(await writeIndexList(this.#place));
  }

  /**
   * The same, where the last look showed another one, or none: whoever wrote a table died before its name was on the
   * list, or could not be heard.
   */
  async settleList(): Promise<void> {
    if (this.#isListStale) await this.renewList();
  }

  #run(): Promise<void> {
    this.#running = this.#look().finally(() => (this.#running = null));
    return this.#running;
  }

  async #look(): Promise<void> {
    const isRemote = await this.#place.look();
    const listed = await this.#listed();
    const kept = isRemote && this.#folder !== null ? new KeptTables(this.#folder, this.#place.identity) : null;
    this.#drop(new Set(listed.keys()));
    const unknown = [...listed.values()].filter((each) => !this.#isKnown(each));
    const memory = new Slots(MOST_TABLE);
    await forEachConcurrent(unknown, AT_ONCE, (each) =>
      memory.hold(() => this.#read(each, kept), Math.max(1, each.size ?? UNTOLD)),
    );
    if (this.#place.isReadOnly) this.#doubt ??= this.#gone(listed.keys());
    if (unknown.length > 0) kept?.keepOnly([...listed.values()].flatMap(keyOf), new Set(this.#unreadable.keys()));
    this.#isLoaded = true;
  }

  /** Where the names come from a list, of what is not there: the one or the other is older. */
  #gone(listed: Iterable<Hash>): MvgitError | null {
    const isKnown = (pack: Hash): boolean => this.#unreadable.has(pack) || this.#packless.has(pack);
    const gone = [...listed].filter((pack) => this.#tables.get(pack) === undefined && !isKnown(pack));
    return gone.length > 0 ? goneTables(this.#place, gone.length) : null;
  }

  async #listed(): Promise<Map<Hash, Listed>> {
    const found = new Map<Hash, Listed>();
    this.#doubt = null;
    if (this.#place.isReadOnly) {
      if (this.#place.format < 2) return found;
      const list = await readIndexList(this.#place);
      if ("packs" in list)
        for (const pack of list.packs) found.set(pack, { pack, version: null, created: 0, size: null });
      else this.#doubt = list.doubt;
      return found;
    }
    let bytes = 0;
    let list = { size: -1, created: 0 };
    for await (const { name, size, version, created } of this.#place.writable().list(`${INDEX}/`)) {
      if (name === INDEX_LIST) list = { size, created };
      const pack = hashIn(INDEX, name);
      if (pack === null) continue;
      bytes += Math.max(0, size);
      if (bytes > MOST_TABLES) throw tooMany(this.#place);
      found.set(pack, { pack, version, created, size });
    }
    const isNewer = [...found.values()].some(({ created }) => created > list.created);
    this.#isListStale = this.#place.format > 1 && (isNewer || list.size !== sizeOfIndexList(found.size));
    return found;
  }

  #drop(listed: ReadonlySet<Hash>): void {
    for (const { pack } of [...this.#tables.tables()]) if (!listed.has(pack)) this.#tables.delete(pack);
    for (const known of [this.#unreadable, this.#packless])
      for (const pack of [...known.keys()]) if (!listed.has(pack)) known.delete(pack);
  }

  #isKnown({ pack, version }: Listed): boolean {
    if (this.#packless.has(pack) && this.#packless.get(pack) === version) return true;
    const known = this.#tables.get(pack);
    if (known !== undefined) return known.version === version;
    // What cannot be read is tried again where its bytes may be others.
    const failed = this.#unreadable.get(pack);
    return failed !== undefined && failed.version !== null && failed.version === version;
  }

  async #read(listed: Listed, kept: KeptTables | null): Promise<void> {
    const { pack, version } = listed;
    try {
      const bytes = await this.#bytesOf(listed, kept);
      this.#unreadable.delete(pack);
      if (bytes === null) this.#tables.delete(pack);
      else this.#tables.put({ pack, version, created: listed.created, ...bytes });
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") && !isMvgitError(error, "format-newer")) throw error;
      this.#tables.delete(pack);
      this.#unreadable.set(pack, { version, error });
    }
  }

  /** Null where the object is gone. */
  async #bytesOf(listed: Listed, kept: KeptTables | null): Promise<Pick<KnownTable, "bytes" | "size"> | null> {
    const own = this.#own.get(listed.pack);
    this.#own.delete(listed.pack);
    const [key] = keyOf(listed);
    const here = own?.length === listed.size ? own : key && kept?.read(key);
    if (here) {
      const table = checked(here);
      if (!(table instanceof Malformed)) return { bytes: here, size: table.pack };
    }
    if (this.#untold > MOST_TABLES) throw tooMany(this.#place);
    const found = await this.#ask(listed);
    if (found !== null && listed.size === null) this.#untold += found.bytes.length;
    if (found !== null && key) kept?.write(key, found.bytes);
    return found;
  }

  /** What came wrong is asked for once more before it is called damaged. */
  async #ask({ pack, size }: Listed): Promise<Pick<KnownTable, "bytes" | "size"> | null> {
    const name = indexName(pack);
    if (size !== null && (size < 0 || size > MOST_TABLE))
      throw damagedObject(this.#place, name, size < 0 ? "it is no file" : "it is too long");
    let last: Malformed | WrongBytes | null = null;
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const bytes = await readAll(this.#place.bucket.get(name), MOST_TABLE);
        const table = bytes === null ? new Malformed("it is too long") : checked(bytes);
        if (bytes !== null && !(table instanceof Malformed)) return { bytes, size: table.pack };
        last = table as Malformed;
      } catch (error) {
        if (isMvgitError(error, "object-missing")) return null;
        if (!(error instanceof WrongBytes)) throw error;
        last = error;
      }
    }
    if (last instanceof Malformed) throw unreadable(this.#place, name, last);
    throw damagedObject(this.#place, name, (last as WrongBytes).message, last);
  }
}

function tooMany(place: Place): MvgitError {
  return damagedObject(place, `${INDEX}/`, "there are too many tables");
}

function keyOf({ pack, version }: Listed): { pack: Hash; version: string }[] {
  return version === null ? [] : [{ pack, version }];
}

function checked(bytes: Buffer): ReturnType<typeof parseTable> | Malformed {
  try {
    return parseTable(bytes);
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
}
