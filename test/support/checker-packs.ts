/** Blobs in packs and by recipes, read as docs/format.md says, for the checker. */
import * as fs from "node:fs";
import { join } from "node:path";
import { decode } from "./checker-codecs.ts";

/** A blob as a table says that it lies in a pack. */
export interface PackedBlob {
  size: number;
  /** Throws where what it is read from is not there, or no coded bytes. */
  read(): Buffer;
}

const ENTRY = 60;
/** Bytes of a segment in a recipe, by its codec: a delta tells its base, a patch also how long that is. */
const SEGMENT = [53, 53, 53, 53, 70, 70, 74];
/** The first codec that has a base, and the one that tells how long that is. */
const DELTAS = 4;
const PATCH = 6;

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
  const [kind, codec] = [entry[32], entry[33] as number];
  const [offset, stored] = [Number(entry.readBigUInt64LE(36)), entry.readUInt32LE(44)];
  const bytes = (): Buffer =>
    decode(codec, partOf(fileOf(folder, "packs", pack), { offset, stored }), { length: entry.readUInt32LE(48) });
  return {
    size: Number(entry.readBigUInt64LE(52)),
    read: () => (kind === 1 ? cooked(folder, pack, bytes()) : bytes()),
  };
}

/** What a recipe makes. */
function cooked(folder: string, own: string, recipe: Buffer): Buffer {
  const sources: string[] = [];
  let at = 20;
  for (let left = recipe.readUInt32LE(16); left > 0; left--, at += 33) {
    const hash = recipe.toString("hex", at + 1, at + 33);
    sources.push(fileOf(folder, recipe[at] === 0 ? "blobs" : "packs", recipe[at] === 2 ? own : hash));
  }
  // Where its stored bytes lie: source, offset, length.
  const rangeAt = (from: number): Buffer =>
    partOf(sources[recipe.readUInt32LE(from)] as string, {
      offset: Number(recipe.readBigUInt64LE(from + 4)),
      stored: recipe.readUInt32LE(from + 12),
    });
  const parts: Buffer[] = [];
  let left = recipe.readUInt32LE(at);
  for (at += 4; left > 0; left--) {
    const [length, codec] = [recipe.readUInt32LE(at + 32), recipe[at + 36] as number];
    const told = codec === PATCH ? recipe.readUInt32LE(at + 70) : length;
    const base = codec < DELTAS ? {} : { base: decode(recipe[at + 53] as number, rangeAt(at + 54), { length: told }) };
    parts.push(decode(codec, rangeAt(at + 37), { length, ...base }));
    at += SEGMENT[codec] as number;
  }
  return Buffer.concat(parts);
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
