/**
 * Words of two bytes that stand as they are and are nearly all close to those of a base, laid out and taken up in one
 * pass: what `groups.ts` says of one group that is packed, without the memory for its distances.
 */
import { kernel } from "../kernel/kernel.ts";
import { demand } from "../malformed.ts";
import { type Layout, oneKeyPacked } from "./groups.ts";
import type { Scratch } from "./scratch.ts";

/** The layout of the distances of words from those of a base, which has as many. */
export function layOutNear16(words: Uint8Array, base: Uint8Array, scratch: Scratch): Layout {
  const count = words.length / 2;
  const packed = scratch.bytes(Math.ceil(count / 4));
  const [low, high] = [scratch.bytes(count + 1), scratch.bytes(count + 1)];
  const far = kernel().packNear16(words, base, { packed, low, high });
  return { packedKeys: oneKeyPacked(), packed, planes: [low.subarray(0, far), high.subarray(0, far)] };
}

/** Writes the words that are as far from the base's as the layout of one packed group says. Throws `Malformed`. */
export function moveNear16(words: Uint8Array, base: Uint8Array, { packed, planes }: Layout): void {
  const [low, high] = planes as [Uint8Array, Uint8Array];
  demand(packed.length === Math.ceil(words.length / 8), "a sequence is shorter than it must be");
  demand(low.length === high.length, "its sequences do not fit together");
  demand(kernel().moveNear16(words, base, { packed, low, high }) === low.length, "its sequences do not fit together");
}
