/** `index/list`: the names of all tables, for media that cannot be listed. Whoever writes a table renews it. */
import { isMvgitError, MvgitError } from "../../../base/errors.ts";
import { plural } from "../../../base/counts.ts";
import { prose } from "../../../base/prose.ts";
import { type Hash, parseHash } from "../../../values/hash.ts";
import { type Bucket, type ReadableBucket, WrongBytes } from "../../bucket.ts";
import { bytesSource, readAll } from "../../bytes.ts";
import { hashIn, INDEX, INDEX_LIST } from "../layout.ts";
import { damagedObject } from "./object-errors.ts";

/** Of a place, what its list is read and written by. */
interface Listed {
  readonly name: string;
  readonly address: string;
  readonly bucket: ReadableBucket;
  readonly format: number;
  writable(): Bucket;
}

const FIRST_LINE = "mvgit-index 1";
/** Bytes: a million names. */
const CAP = 64 * 1024 * 1024;
const TRIES = 3;

/** What the list says, or why it is not known. */
export type IndexListReading = { packs: Hash[] } | { doubt: MvgitError };

/** As a place says it that nobody lists. Throws what its bucket throws. */
export async function readIndexList(place: Listed): Promise<IndexListReading> {
  for (let attempt = 0; ; attempt++) {
    try {
      const bytes = await readAll(place.bucket.get(INDEX_LIST), CAP);
      const packs = bytes && parsed(bytes.toString("latin1"));
      if (packs) return { packs };
      if (attempt > 0) return { doubt: damagedObject(place, INDEX_LIST, "it is no list of tables") };
    } catch (error) {
      if (isMvgitError(error, "object-missing")) return place.format < 2 ? { packs: [] } : { doubt: noList(place) };
      if (!(error instanceof WrongBytes)) throw error;
      if (attempt > 0) return { doubt: damagedObject(place, INDEX_LIST, error.message, error) };
    }
  }
}

/** Bytes of the list of so many tables. */
export function sizeOfIndexList(tables: number): number {
  return FIRST_LINE.length + 1 + tables * 65;
}

/**
 * Lets the list be what is there: false where that failed, which is none of the caller's unless the process is to stop.
 */
export async function writeIndexList(place: Listed): Promise<boolean> {
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) if (await renewed(place)) return true;
  } catch (error) {
    if (!isMvgitError(error) || error.kind === "interrupted" || error.kind === "bug") throw error;
  }
  return false;
}

/**
 * Makes sure that the list names these tables, for whoever is about to remove another form of what they tell of: a
 * writer that was killed, or failed, may have left it without. Throws what the bucket throws, and `remote-unavailable`.
 */
export async function ensureListed(place: Listed, packs: Iterable<Hash>): Promise<void> {
  const wanted = [...packs];
  for (let attempt = 0; attempt <= TRIES; attempt++) {
    const found = await readIndexList(place);
    const named = "packs" in found ? new Set(found.packs) : null;
    if (named !== null && wanted.every((pack) => named.has(pack))) return;
    if (attempt < TRIES) await renewed(place);
  }
  throw new MvgitError("remote-unavailable", `'${INDEX_LIST}' of ${place.name} does not name all tables`, {
    subject: place.address,
    hint: "run the command again",
  });
}

/** False where somebody else wrote it meanwhile, from what may be an older listing. */
async function renewed(place: Listed): Promise<boolean> {
  const bucket = place.writable();
  // Before the tables: a list that is newer than this may name some that were not seen.
  const found = await bucket.head(INDEX_LIST);
  const packs: Hash[] = [];
  for await (const { name } of bucket.list(`${INDEX}/`)) {
    const pack = hashIn(INDEX, name);
    if (pack !== null) packs.push(pack);
  }
  const text = `${[FIRST_LINE, ...new Set(packs.toSorted())].join("\n")}\n`;
  const source = bytesSource(Buffer.from(text, "latin1"));
  if (found === null) return (await bucket.putIfAbsent(INDEX_LIST, source)) === "written";
  try {
    await bucket.replace(INDEX_LIST, found.version, source);
    return true;
  } catch (error) {
    if (isMvgitError(error, "object-exists") || isMvgitError(error, "object-missing")) return false;
    throw error;
  }
}

function parsed(text: string): Hash[] | null {
  const lines = text.split("\n");
  if (lines.shift() !== FIRST_LINE || lines.pop() !== "") return null;
  const packs = lines.map(parseHash);
  return packs.every((pack) => pack !== null) ? packs : null;
}

/** `remote-unavailable`, where tables are not there that the list names. `count`: of them. */
export function goneTables({ name, address }: Pick<Listed, "name" | "address">, count: number): MvgitError {
  const tables = plural(count, "table");
  const what = `${name} does not tell all that its packs hold: '${INDEX_LIST}' names ${tables} that it does not have`;
  return new MvgitError("remote-unavailable", what, {
    subject: address,
    hint: prose`try again later, where it is being copied or collected just now; if it stays so, let whoever keeps it
      copy all of it anew, or run 'mvgit push --repair' there`,
  });
}

function noList({ name, address }: Listed): MvgitError {
  return new MvgitError("remote-unavailable", `${name} does not tell what its packs hold: it has no '${INDEX_LIST}'`, {
    subject: address,
    hint: "let somebody who may write there run 'mvgit push --repair'",
  });
}
