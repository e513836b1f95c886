/** How a pack writes its objects down: headers of entries, and deltas. */
import type { ObjectType } from "../reader.ts";
import { notGit } from "./pkt-line.ts";

export interface PackEntry {
  /** Null for a delta. */
  type: ObjectType | null;
  /** Bytes of the object, or of the delta, as the pack says. */
  size: number;
  /** Of a delta: where its base begins, or the base's id. */
  base: number | string | null;
  /** Where the deflated bytes begin. */
  data: number;
}

const TYPES: readonly (ObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** The entry that begins at `start`. Throws `remote-unavailable` for what is none. */
export function readEntry(pack: Buffer, start: number): PackEntry {
  let at = start;
  const next = (): number => {
    const byte = pack[at++];
    if (byte === undefined) throw notGit("its pack is damaged");
    return byte;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte & 128; factor *= 128) {
    byte = next();
    size += (byte & 127) * factor;
    if (size > Number.MAX_SAFE_INTEGER) throw notGit("its pack is damaged");
  }
  const type = TYPES[kind] ?? null;
  if (type !== null) return { type, size, base: null, data: at };
  if (kind === REFERENCE_DELTA) return { type, size, base: pack.toString("hex", at, at + 20), data: at + 20 };
  if (kind !== OFFSET_DELTA) throw notGit("its pack is damaged");
  byte = next();
  let back = byte & 127;
  while (byte & 128) {
    byte = next();
    back = (back + 1) * 128 + (byte & 127);
  }
  return { type, size, base: start - back, data: at };
}

/** The sizes that a delta says its base and its result have, and where its orders begin. */
export function deltaSizes(delta: Buffer): { base: number; result: number; at: number } {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = delta[at++];
      if (byte === undefined || factor > 2 ** 42) throw notGit("its pack is damaged");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const base = number();
  return { base, result: number(), at };
}

/**
 * What a delta makes of its base; the caller knows that the result is small enough. Throws `remote-unavailable` where
 * the two do not fit.
 */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const sizes = deltaSizes(delta);
  let { at } = sizes;
  const result = Buffer.alloc(sizes.result);
  let done = 0;
  if (sizes.base !== base.length) throw notGit("its pack is damaged");
  while (at < delta.length) {
    const order = delta[at++] as number;
    const field = (bit: number): number => (order & bit ? (delta[at++] ?? 0) : 0);
    const isCopy = (order & 128) !== 0;
    const from = isCopy ? field(1) + field(2) * 2 ** 8 + field(4) * 2 ** 16 + field(8) * 2 ** 24 : at;
    const length = isCopy ? field(16) + field(32) * 2 ** 8 + field(64) * 2 ** 16 || 65_536 : order;
    const source = isCopy ? base : delta;
    if (length === 0 || from + length > source.length || done + length > result.length)
      throw notGit("its pack is damaged");
    source.copy(result, done, from, from + length);
    done += length;
    if (!isCopy) at += length;
  }
  if (done !== result.length) throw notGit("its pack is damaged");
  return result;
}
