/**
 * Words of two bytes that stand as they are and are nearly all close to those of a base, laid out and taken up in one
 * pass: what `groups.ts` says of one group that is packed, without the memory for its distances.
 */
import { demand } from "../malformed.ts";
import { distance16, moved16 } from "./differences.ts";
import { FAR, type Layout, oneKeyPacked } from "./groups.ts";
import type { Scratch } from "./scratch.ts";

/** The layout of the distances of words from those of a base, which has as many. */
export function layOutNear16(words: Uint16Array, base: Uint16Array, scratch: Scratch): Layout {
  const packed = scratch.bytes(Math.ceil(words.length / 4));
  // One more than can be far, since each is written.
  const elsewhere = scratch.halves(words.length + 1);
  const far = packNear16(words, base, { packed, elsewhere });
  const [low, high] = [scratch.bytes(far), scratch.bytes(far)];
  for (let at = 0; at < far; at++) {
    low[at] = elsewhere[at] as number;
    high[at] = (elsewhere[at] as number) >>> 8;
  }
  return { packedKeys: oneKeyPacked(), packed, planes: [low, high] };
}

/**
 * Answers how many stand elsewhere. Each distance is written there, and only a far one stays: a branch would be guessed
 * wrong too often, and `Math.min` is slow.
 */
function packNear16(
  words: Uint16Array,
  base: Uint16Array,
  { packed, elsewhere }: { packed: Uint8Array; elsewhere: Uint16Array },
): number {
  let far = 0;
  const whole = words.length >>> 2;
  for (let byte = 0; byte < whole; byte++) {
    const at = byte * 4;
    const a = distance16(words[at] as number, base[at] as number) - FAR;
    const b = distance16(words[at + 1] as number, base[at + 1] as number) - FAR;
    const c = distance16(words[at + 2] as number, base[at + 2] as number) - FAR;
    const d = distance16(words[at + 3] as number, base[at + 3] as number) - FAR;
    packed[byte] = short(a) | (short(b) << 2) | (short(c) << 4) | (short(d) << 6);
    elsewhere[far] = a;
    far += 1 + (a >> 31);
    elsewhere[far] = b;
    far += 1 + (b >> 31);
    elsewhere[far] = c;
    far += 1 + (c >> 31);
    elsewhere[far] = d;
    far += 1 + (d >> 31);
  }
  if (whole < packed.length) packed[whole] = 0;
  for (let at = whole * 4; at < words.length; at++) {
    const less = distance16(words[at] as number, base[at] as number) - FAR;
    packed[whole]! |= short(less) << ((at & 3) * 2);
    elsewhere[far] = less;
    far += 1 + (less >> 31);
  }
  return far;
}

/** The two bits for a distance, of which 3 was taken. */
function short(less: number): number {
  return FAR + (less & (less >> 31));
}

/** Writes the words that are as far from the base's as the layout of one packed group says. Throws `Malformed`. */
export function moveNear16(words: Uint16Array, base: Uint16Array, layout: Layout, scratch: Scratch): void {
  const { packed } = layout;
  const [low, high] = layout.planes as [Uint8Array, Uint8Array];
  demand(packed.length === Math.ceil(words.length / 4), "a sequence is shorter than it must be");
  demand(low.length === high.length, "its sequences do not fit together");
  // As many as there may be: what a damaged one has too few of reads as anything, and is refused at the end.
  const elsewhere = scratch.halves(words.length + 1);
  for (let at = 0; at < low.length; at++) elsewhere[at] = (low[at] as number) | ((high[at] as number) << 8);
  const whole = words.length >>> 2;
  let far = 0;
  for (let byte = 0; byte < whole; byte++) {
    const bits = packed[byte] as number;
    const at = byte * 4;
    const a = isFar(bits & 3);
    words[at] = moved16(base[at] as number, (bits & 3) + ((elsewhere[far] as number) & -a));
    far += a;
    const b = isFar((bits >>> 2) & 3);
    words[at + 1] = moved16(base[at + 1] as number, ((bits >>> 2) & 3) + ((elsewhere[far] as number) & -b));
    far += b;
    const c = isFar((bits >>> 4) & 3);
    words[at + 2] = moved16(base[at + 2] as number, ((bits >>> 4) & 3) + ((elsewhere[far] as number) & -c));
    far += c;
    const d = isFar(bits >>> 6);
    words[at + 3] = moved16(base[at + 3] as number, (bits >>> 6) + ((elsewhere[far] as number) & -d));
    far += d;
  }
  for (let at = whole * 4; at < words.length; at++) {
    const bits = ((packed[whole] as number) >>> ((at & 3) * 2)) & 3;
    words[at] = moved16(base[at] as number, bits + ((elsewhere[far] as number) & -isFar(bits)));
    far += isFar(bits);
  }
  demand(far === low.length, "its sequences do not fit together");
}

/** 1 for the two bits that say so. */
function isFar(bits: number): number {
  return bits & (bits >>> 1);
}
