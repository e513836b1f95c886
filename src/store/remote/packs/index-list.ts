/** `index/list`: the names of all tables, for media that cannot be listed. Whoever writes a table renews it. */
import { isMvgitError, MvgitError } from "../../../base/errors.ts";
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

/** Lets the list be what is there. A failure is none of the caller's, unless the process is to stop. */
export async function writeIndexList(place: Listed): Promise<void> {
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) if (await renewed(place)) return;
  } catch (error) {
    if (!isMvgitError(error) || error.kind === "interrupted" || error.kind === "bug") throw error;
  }
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

function noList({ name, address }: Listed): MvgitError {
  return new MvgitError("remote-unavailable", `${name} does not tell what its packs hold: it has no '${INDEX_LIST}'`, {
    subject: address,
    hint: "let somebody who may write there run 'mvgit push --repair'",
  });
}
