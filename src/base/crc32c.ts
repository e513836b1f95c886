/** CRC32C (RFC 3720, appendix B.4): the native implementation where it loads, a table everywhere else. */
import { createRequire } from "node:module";

/** The sum of bytes, an unsigned number of 32 bits; `before` is that of the bytes that stand before them. */
export type Crc32c = (bytes: Uint8Array, before?: number) => number;

const load = createRequire(import.meta.url);

/** Castagnoli's polynomial, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256: the one with number `n` is of a byte that `n` others follow. */
function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
    return sum;
  });
  const tables = [first];
  while (tables.length < 8) {
    const before = tables.at(-1) as Uint32Array;
    tables.push(before.map((sum) => (sum >>> 8) ^ (first[sum & 255] as number)));
  }
  return tables;
}

let made: Uint32Array[] | undefined;

/** Eight bytes at a time ("slicing by 8", Kounavis and Berry, 2005). */
export function tableCrc32c(bytes: Uint8Array, before = 0): number {
  made ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = made;
  const at = (table: Uint32Array | undefined, index: number): number => (table as Uint32Array)[index & 255] as number;
  const byte = (index: number): number => bytes[index] as number;
  let sum = ~before;
  let i = 0;
  for (const whole = bytes.length - 7; i < whole; i += 8) {
    const low = sum ^ (byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24));
    const near = at(t7, low) ^ at(t6, low >>> 8) ^ at(t5, low >>> 16) ^ at(t4, low >>> 24);
    sum = near ^ at(t3, byte(i + 4)) ^ at(t2, byte(i + 5)) ^ at(t1, byte(i + 6)) ^ at(t0, byte(i + 7));
  }
  for (; i < bytes.length; i++) sum = (sum >>> 8) ^ at(t0, sum ^ byte(i));
  return ~sum >>> 0;
}

/** The native implementation; throws where this system has none. */
export function openNativeCrc32c(): Crc32c {
  const native = load("@node-rs/crc32") as { crc32c(bytes: Uint8Array, before?: number): number };
  return (bytes, before = 0) => native.crc32c(bytes, before);
}

function choose(): Crc32c {
  try {
    const native = openNativeCrc32c();
    // "123456789" is what such sums are told by.
    if (native(Buffer.from("123456789")) === 0xe3069283) return native;
  } catch {
    // No prebuilt program for this system.
  }
  return tableCrc32c;
}

let chosen: Crc32c | undefined;

/** By the fastest implementation that works here. */
export function crc32c(bytes: Uint8Array, before?: number): number {
  chosen ??= choose();
  return chosen(bytes, before);
}
