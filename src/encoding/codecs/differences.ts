/**
 * How far values are from those of a base: floating-point words as integers in the order of their values, the distance
 * modulo the word, and its sign in the lowest bit. Every pair of words has one distance, so nothing is lost.
 */
import { isNear } from "./groups.ts";

/** Writes what a base's words say: a byte for each, the eight bits below the sign. */
export function keys16(base: Uint16Array, keys: Uint8Array): void {
  for (let at = 0; at < keys.length; at++) keys[at] = (base[at] as number) >>> 7;
}

/** Writes what a base's words say: a byte for each, the eight bits below the sign. */
export function keys32(base: Uint32Array, keys: Uint8Array): void {
  for (let at = 0; at < keys.length; at++) keys[at] = (base[at] as number) >>> 23;
}

/** Of one word from another. */
export function distance16(word: number, base: number): number {
  const far = ((ordered16(word) - ordered16(base)) << 16) >> 16;
  return ((far << 1) ^ (far >> 31)) & 0xffff;
}

/** Of one word from another. */
export function distance32(word: number, base: number): number {
  const far = (ordered32(word) - ordered32(base)) | 0;
  return ((far << 1) ^ (far >> 31)) >>> 0;
}

/** Writes those of all words from those of the base, which has as many; answers how many are near. */
export function distances16(words: Uint16Array, base: Uint16Array, distances: Uint32Array): number {
  let near = 0;
  for (let at = 0; at < words.length; at++) {
    const distance = distance16(words[at] as number, base[at] as number);
    near += isNear(distance);
    distances[at] = distance;
  }
  return near;
}

/** Writes those of all words from those of the base, which has as many; answers how many are near. */
export function distances32(words: Uint32Array, base: Uint32Array, distances: Uint32Array): number {
  let near = 0;
  for (let at = 0; at < words.length; at++) {
    const distance = distance32(words[at] as number, base[at] as number);
    near += isNear(distance);
    distances[at] = distance;
  }
  return near;
}

/** What happens to the words of a base. */
export interface Moves {
  /** By group. */
  distances: Uint32Array;
  /** The group of each word; null where the distances stand as the words do. */
  keys: Uint8Array | null;
  /** Where the next distance of each group stands; counts up. */
  next: Uint32Array;
}

/** Writes the words that are as far from the base's. */
export function move16(words: Uint16Array, base: Uint16Array, { distances, keys, next }: Moves): void {
  if (keys === null) {
    for (let at = 0; at < words.length; at++) words[at] = moved16(base[at] as number, distances[at] as number);
    return;
  }
  for (let at = 0; at < words.length; at++) {
    const key = keys[at] as number;
    const place = next[key] as number;
    next[key] = place + 1;
    words[at] = moved16(base[at] as number, distances[place] as number);
  }
}

/** Writes the words that are as far from the base's. */
export function move32(words: Uint32Array, base: Uint32Array, { distances, keys, next }: Moves): void {
  if (keys === null) {
    for (let at = 0; at < words.length; at++) words[at] = moved32(base[at] as number, distances[at] as number);
    return;
  }
  for (let at = 0; at < words.length; at++) {
    const key = keys[at] as number;
    const place = next[key] as number;
    next[key] = place + 1;
    words[at] = moved32(base[at] as number, distances[place] as number);
  }
}

/** The word at such a distance from one, modulo 2^16. */
export function moved16(base: number, far: number): number {
  const distance = far & 0xffff;
  const moved = ordered16(base) + ((distance >>> 1) ^ -(distance & 1));
  return moved ^ (0x8000 | (((moved >>> 15) & 1) - 1));
}

function moved32(base: number, distance: number): number {
  const moved = (ordered32(base) + ((distance >>> 1) ^ -(distance & 1))) | 0;
  return moved ^ (0x80000000 | ~(moved >> 31));
}

/**
 * Negative values in falling order below positive ones in rising order: what is next to a value is next in number.
 * Without a branch, since signs of weights are as good as random.
 */
function ordered16(word: number): number {
  return word ^ (0x8000 | (-(word >>> 15) & 0x7fff));
}

function ordered32(word: number): number {
  return word ^ (0x80000000 | (word >> 31));
}
