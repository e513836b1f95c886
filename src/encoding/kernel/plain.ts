/** The loops in JavaScript: for machines without WebAssembly as it must be, and what `loops.ts` is held against. */
import { FAR } from "../codecs/groups.ts";
import { distance16, moved16 } from "../codecs/differences.ts";
import { fill16, fill32, words16, words32 } from "../codecs/words.ts";
import type { BitSink, Kernel, Near } from "./types.ts";

export const plainKernel: Kernel = {
  apart: (words, planes) => (planes.length === 2 ? apart16(words16(words), planes) : apart32(words32(words), planes)),
  together: (planes, words) =>
    planes.length === 2
      ? fill16(words, (filled) => together16(planes, filled))
      : fill32(words, (filled) => together32(planes, filled)),
  count,
  putCodes,
  packNear16: (words, base, near) => packNear16(words16(words), words16(base), near),
  moveNear16(words, base, near) {
    let far = 0;
    fill16(words, (filled) => (far = moveNear16(filled, words16(base), near)));
    return far;
  },
};

function apart16(words: Uint16Array, planes: readonly Uint8Array[]): void {
  const [low, high] = planes as [Uint8Array, Uint8Array];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    low[at] = (word << 1) | (word >>> 15);
    high[at] = word >>> 7;
  }
}

function together16(planes: readonly Uint8Array[], words: Uint16Array): void {
  const [low, high] = planes as [Uint8Array, Uint8Array];
  for (let at = 0; at < words.length; at++) {
    const turned = (low[at] as number) | ((high[at] as number) << 8);
    words[at] = (turned >>> 1) | (turned << 15);
  }
}

function apart32(words: Uint32Array, planes: readonly Uint8Array[]): void {
  const [a, b, c, d] = planes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    a[at] = (word << 1) | (word >>> 31);
    b[at] = word >>> 7;
    c[at] = word >>> 15;
    d[at] = word >>> 23;
  }
}

function together32(planes: readonly Uint8Array[], words: Uint32Array): void {
  const [a, b, c, d] = planes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  for (let at = 0; at < words.length; at++) {
    const turned = (a[at] as number) | ((b[at] as number) << 8) | ((c[at] as number) << 16) | ((d[at] as number) << 24);
    words[at] = (turned >>> 1) | (turned << 31);
  }
}

/** Four counts apart: one waits for the one before it. */
function count(bytes: Uint8Array, counts: Uint32Array): void {
  const apart = new Uint32Array(4 * 256);
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    apart[bytes[at] as number]!++;
    apart[256 + (bytes[at + 1] as number)]!++;
    apart[512 + (bytes[at + 2] as number)]!++;
    apart[768 + (bytes[at + 3] as number)]!++;
  }
  for (let at = whole; at < bytes.length; at++) apart[bytes[at] as number]!++;
  for (let slot = 0; slot < apart.length; slot++) counts[slot & 0xff]! += apart[slot] as number;
}

/** Two go into a store. */
function putCodes(bytes: Uint8Array, codes: Uint32Array, sink: BitSink): void {
  const view = new DataView(sink.bytes.buffer, sink.bytes.byteOffset, sink.bytes.byteLength);
  let { at, bits, kept } = sink;
  for (let index = 0; index < bytes.length; index += 2) {
    const first = codes[bytes[index] as number] as number;
    const second = index + 1 < bytes.length ? (codes[bytes[index + 1] as number] as number) : 0;
    bits |= (first & 0xffff) << kept;
    kept += first >>> 16;
    bits |= (second & 0xffff) << kept;
    kept += second >>> 16;
    view.setUint32(at, bits, true);
    at += kept >>> 3;
    bits >>>= kept & 24;
    kept &= 7;
  }
  Object.assign(sink, { at, bits, kept });
}

/**
 * Each distance is written elsewhere, and only a far one stays: a branch would be guessed wrong too often, and
 * `Math.min` is slow.
 */
function packNear16(words: Uint16Array, base: Uint16Array, { packed, low, high }: Near): number {
  let far = 0;
  packed.fill(0);
  for (let at = 0; at < words.length; at++) {
    const less = distance16(words[at] as number, base[at] as number) - FAR;
    const short = FAR + (less & (less >> 31));
    packed[at >>> 2]! |= short << ((at & 3) * 2);
    low[far] = less;
    high[far] = less >>> 8;
    far += 1 + (less >> 31);
  }
  return far;
}

function moveNear16(words: Uint16Array, base: Uint16Array, { packed, low, high }: Near): number {
  let far = 0;
  for (let at = 0; at < words.length; at++) {
    const bits = ((packed[at >>> 2] as number) >>> ((at & 3) * 2)) & 3;
    const isFar = bits & (bits >>> 1);
    const elsewhere = (low[far] as number) | ((high[far] as number) << 8);
    words[at] = moved16(base[at] as number, bits + (elsewhere & -isFar));
    far += isFar;
  }
  return far;
}
