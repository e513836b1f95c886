/**
 * Looks at a pack from outside before isomorphic-git reads it. That reader inflates whatever comes, passes over what it
 * cannot resolve, and follows a delta that names itself for ever.
 */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { MvgitError } from "../../base/errors.ts";
import { notGit } from "./pkt-line.ts";

export interface PackLimits {
  /** Bytes of all objects, unpacked. */
  unpacked: number;
  objects: number;
}

/** Git's own programs never make longer chains of deltas. */
const MAX_DEPTH = 4095;
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** The number of objects in a whole, well-formed pack within the limits. Throws `remote-unavailable` for a damaged one, `not-supported` beyond the limits. */
export function checkPack(pack: Buffer, limits: PackLimits): number {
  const body = pack.subarray(0, -20);
  if (pack.length < 32 || body.toString("latin1", 0, 4) !== "PACK" || body.readUInt32BE(4) !== 2) throw notGit("it sent no pack");
  if (!createHash("sha1").update(body).digest().equals(pack.subarray(-20))) throw notGit("its pack is damaged");
  const count = body.readUInt32BE(8);
  if (count > limits.objects) throw beyond(`has ${count} objects`);
  const depths = new Map<number, number>();
  let at = 12;
  let unpacked = 0;
  for (let index = 0; index < count; index++) {
    const entry = readEntry(body, at);
    const base = entry.base === null ? -1 : depths.get(entry.base);
    if (base === undefined || base >= MAX_DEPTH) throw notGit("its pack has a delta without a base");
    depths.set(at, base + 1);
    unpacked += entry.size;
    if (unpacked > limits.unpacked) throw beyond(`unpacks to more than ${Math.round(limits.unpacked / 1_048_576)} MiB`);
    const data = inflate(body.subarray(entry.data), entry.size);
    if (entry.isDelta) unpacked += resultSize(data.bytes);
    if (unpacked > limits.unpacked) throw beyond(`unpacks to more than ${Math.round(limits.unpacked / 1_048_576)} MiB`);
    at = entry.data + data.consumed;
  }
  if (at !== body.length) throw notGit("its pack is damaged");
  return count;
}

interface Entry {
  /** Bytes of the object, or of the delta. */
  size: number;
  isDelta: boolean;
  /** Where the base of an offset delta begins, else null. */
  base: number | null;
  /** Where the deflated bytes begin. */
  data: number;
}

function readEntry(pack: Buffer, start: number): Entry {
  let at = start;
  const next = (): number => {
    const byte = pack[at++];
    if (byte === undefined) throw notGit("its pack is damaged");
    return byte;
  };
  let byte = next();
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte & 128; factor *= 128) {
    byte = next();
    size += (byte & 127) * factor;
    if (size > Number.MAX_SAFE_INTEGER) throw notGit("its pack is damaged");
  }
  if (type === 0 || type === 5) throw notGit("its pack is damaged");
  let base: number | null = null;
  if (type === OFFSET_DELTA) {
    byte = next();
    let back = byte & 127;
    while (byte & 128) {
      byte = next();
      back = (back + 1) * 128 + (byte & 127);
    }
    base = start - back;
  }
  if (type === REFERENCE_DELTA) at += 20;
  return { size, isDelta: type === OFFSET_DELTA || type === REFERENCE_DELTA, base, data: at };
}

function inflate(deflated: Buffer, size: number): { bytes: Buffer; consumed: number } {
  try {
    // The type of `info` is not declared: with it, zlib tells how many bytes it took.
    const { buffer, engine } = inflateSync(deflated, { info: true, maxOutputLength: Math.max(size, 1) }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length === size) return { bytes: buffer, consumed: engine.bytesWritten };
  } catch {
    // Falls through: damaged, or larger than it says.
  }
  throw notGit("its pack is damaged");
}

/** The size that a delta says its result has: the second of two numbers at its start. */
function resultSize(delta: Buffer): number {
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
  number();
  return number();
}

function beyond(why: string): MvgitError {
  return new MvgitError("not-supported", `what the Git server sends ${why}`, { hint: "clone the repository with Git, and use the clone" });
}
