/** Blobs in packs and by recipes, read as docs/format.md says, for the checker: those whose codecs zlib knows. */
import * as fs from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** A blob as a table says that it lies in a pack. */
export interface PackedBlob {
  size: number;
  /** Null where it is coded as this reader does not know. */
  read(): Buffer | null;
}

const ENTRY = 60;
const CODECS = ["raw", "deflate"];
/** Bytes of a segment in a recipe, by its codec: a delta tells its base, a patch also how long that is. */
const SEGMENT = [53, 53, 53, 53, 70, 70, 74];

/** Every blob of a store's folder that a table names. Throws for a table or pack that is not as it must be. */
export function packedIn(folder: string, hashOf: (bytes: Buffer) => string): Map<string, PackedBlob> {
  const found = new Map<string, PackedBlob>();
  for (const pack of namesIn(join(folder, "index"))) {
    const table = fs.readFileSync(fileOf(folder, "index", pack));
    if (hashOf(table.subarray(0, -32)) !== table.toString("hex", table.length - 32))
      throw new Error(`the table of ${pack} does not hash to its sum`);
    for (let at = 20; at < table.length - 32; at += ENTRY)
      found.set(table.toString("hex", at, at + 32), entryAt(folder, pack, table.subarray(at, at + ENTRY)));
  }
  return found;
}

function entryAt(folder: string, pack: string, entry: Buffer): PackedBlob {
  const [isRecipe, codec] = [entry[32] === 1, CODECS[entry[33] as number]];
  const part = { offset: Number(entry.readBigUInt64LE(36)), stored: entry.readUInt32LE(44) };
  const bytes = (): Buffer => decoded(codec, partOf(fileOf(folder, "packs", pack), part)) as Buffer;
  const read = (): Buffer | null => (isRecipe ? cooked(folder, pack, bytes()) : bytes());
  return { size: Number(entry.readBigUInt64LE(52)), read };
}

/** What a recipe makes. */
function cooked(folder: string, own: string, recipe: Buffer): Buffer | null {
  const sources: string[] = [];
  let at = 20;
  for (let left = recipe.readUInt32LE(16); left > 0; left--, at += 33) {
    const hash = recipe.toString("hex", at + 1, at + 33);
    sources.push(fileOf(folder, recipe[at] === 0 ? "blobs" : "packs", recipe[at] === 2 ? own : hash));
  }
  const parts: (Buffer | null)[] = [];
  let left = recipe.readUInt32LE(at);
  for (at += 4; left > 0; left--) {
    const codec = recipe[at + 36] as number;
    const offset = Number(recipe.readBigUInt64LE(at + 41));
    const stored = partOf(sources[recipe.readUInt32LE(at + 37)] as string, {
      offset,
      stored: recipe.readUInt32LE(at + 49),
    });
    parts.push(decoded(CODECS[codec], stored));
    at += SEGMENT[codec] as number;
  }
  return parts.includes(null) ? null : Buffer.concat(parts as Buffer[]);
}

function decoded(codec: string | undefined, stored: Buffer): Buffer | null {
  if (codec === undefined) return null;
  return codec === "raw" ? stored : inflateRawSync(stored);
}

function partOf(file: string, { offset, stored }: { offset: number; stored: number }): Buffer {
  const bytes = Buffer.alloc(stored);
  const fd = fs.openSync(file, "r");
  try {
    if (fs.readSync(fd, bytes, 0, stored, offset) < stored) throw new Error(`'${file}' ends too early`);
    return bytes;
  } finally {
    fs.closeSync(fd);
  }
}

function fileOf(folder: string, kind: string, hash: string): string {
  return join(folder, kind, hash.slice(0, 2), hash.slice(2));
}

function namesIn(folder: string): string[] {
  const shelves = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => /^[0-9a-f]{2}$/.test(name)) : [];
  return shelves.flatMap((shelf) => fs.readdirSync(join(folder, shelf)).map((name) => shelf + name));
}
