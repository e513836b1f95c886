/** Tables that cannot be read, made anew from the packs that they are of: each pack has its own at its end. */
import { isMvgitError } from "../../../base/errors.ts";
import { formatTable, PACK_FOOT } from "../../../encoding/index-table.ts";
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
import type { PackedBlobs } from "./packed-blobs.ts";
import type { KnownTable, Located } from "./table-set.ts";

/** What became of a table that could not be read. */
export interface MendedTable {
  /** Its object. */
  name: ObjectName;
  /** Blobs that it has; null where it went, since there is no such pack, and nothing that it could tell of. */
  blobs: number | null;
}

/** Says whether the object of a source is there. */
interface Sources {
  has(source: Exclude<Source, { kind: "own" }>): Promise<boolean>;
}

/**
 * Puts a table in the place of each that is damaged, and renews the list of all. A pack's own table may name what was
 * taken out since: recipes of which a source is gone are left out, all else can be read. A table whose pack's end is
 * damaged too is left as it is. Whoever calls holds a claim. Throws what the place and its bucket throw.
 */
export async function mendTables(place: Place, packed: PackedBlobs, sources: Sources): Promise<MendedTable[]> {
  if (!(await packed.mayHaveSome())) return [];
  await packed.index.refresh();
  const mended: MendedTable[] = [];
  for (const { pack, version } of packed.index.damaged()) {
    const name = indexName(pack);
    const size = (await place.bucket.head(packName(pack)))?.size ?? null;
    if (size === null) {
      if (await isDone(place.writable().delete(name, version))) mended.push({ name, blobs: null });
      continue;
    }
    const entries = await ownEntries(place, { pack, size }, (located) => hasSources(packed, sources, located));
    if (entries === null) continue;
    const table = bytesSource(formatTable({ pack: size, entries }));
    if (await isDone(place.writable().replace(name, version, table))) mended.push({ name, blobs: entries.length });
  }
  await packed.index.refresh();
  await writeIndexList(place);
  return mended;
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

/** What the pack says of itself, as far as it can be read; null where its end is damaged. */
async function ownEntries(
  place: Place,
  { pack, size }: { pack: Hash; size: number },
  canBeMade: (located: Located) => Promise<boolean>,
): Promise<IndexEntry[] | null> {
  const bytes = (start: number, end: number): Promise<Buffer | null> =>
    readAll(place.bucket.get(packName(pack), { start, end, of: size }), end - start);
  try {
    const end = size - PACK_FOOT;
    const foot = end > 0 ? await bytes(end, size) : null;
    if (foot === null) return null;
    const table = await bytes(end - tableLengthOf(foot, size), end);
    if (table === null) return null;
    const known: KnownTable = { pack, version: null, created: 0, size, bytes: table };
    const entries: IndexEntry[] = [];
    for (const entry of parsePackTable(table, size).entries)
      if (entry.kind === "blob" || (await canBeMade({ table: known, entry }))) entries.push(entry);
    return entries;
  } catch (error) {
    if (error instanceof Malformed || error instanceof WrongBytes || isMvgitError(error, "object-missing")) return null;
    throw error;
  }
}

/** Whether a recipe can be read, and each object that it names is there. */
async function hasSources(packed: PackedBlobs, sources: Sources, located: Located): Promise<boolean> {
  try {
    for (const source of (await packed.recipeIn(located)).sources)
      if (source.kind !== "own" && !(await sources.has(source))) return false;
    return true;
  } catch (error) {
    if (!isLack(error)) throw error;
    return false;
  }
}
