/**
 * Distances laid out for deflate: words whose base has the same key stand together, since they move alike. In a group
 * whose distances are nearly all 0, 1 or 2, four of them share a byte, and 3 says that the distance stands elsewhere.
 */
import { demand } from "../malformed.ts";
import type { Scratch } from "./scratch.ts";
import type { Width } from "./words.ts";

const KEYS = 256;
/** The first distance that two bits have no room for: they say that it stands elsewhere, less this. */
export const FAR = 3;
/** At most this share of a packed group's distances stands elsewhere. */
const MOST_FAR = 0.12;

/** By which words are grouped. */
export interface Keys {
  /** A byte for each word; null where all words are one group, of key 0. */
  of: Uint8Array | null;
  /** How many words have each key. */
  counts: Uint32Array;
  words: number;
  /** Of one group: how many of its distances two bits have room for, where that was counted. */
  near?: number;
}

/** What distances become. */
export interface Layout {
  /** A bit for each key, the lowest first: its group is packed four to a byte. */
  packedKeys: Uint8Array;
  /** Distances of packed groups in ascending order of their keys, the first in the lowest bits. */
  packed: Uint8Array;
  /**
   * Bytes of the distances of other groups, and then of those elsewhere less 3: all lowest ones, all second ones, and
   * so on.
   */
  planes: Uint8Array[];
}

/** Where each group begins among the distances: packed ones first, each kind in ascending order of its keys. */
interface Places {
  begins: Uint32Array;
  /** Distances of packed groups. */
  packed: number;
}

/** Keys with their counts. */
export function countKeys(of: Uint8Array): Keys {
  const counts = new Uint32Array(KEYS);
  for (let at = 0; at < of.length; at++) {
    const key = of[at] as number;
    counts[key] = (counts[key] as number) + 1;
  }
  return { of, counts, words: of.length };
}

/** The keys of so many words that are not to be grouped. */
export function oneKey(words: number, near?: number): Keys {
  const counts = new Uint32Array(KEYS);
  counts[0] = words;
  return { of: null, counts, words, ...(near === undefined ? {} : { near }) };
}

/** The layout of distances, one for each key. */
export function layOut(distances: Uint32Array, keys: Keys, width: Width, scratch: Scratch): Layout {
  const near = countNear(distances, keys);
  const isPacked = Uint8Array.from(keys.counts, (count, key) =>
    count > 0 && count - (near[key] as number) <= count * MOST_FAR ? 1 : 0,
  );
  const places = placesOf(keys.counts, isPacked);
  const far = keys.counts.reduce(
    (sum, count, key) => sum + (isPacked[key] === 1 ? count - (near[key] as number) : 0),
    0,
  );
  const grouped = scratch.words(distances.length + far);
  if (keys.of === null) grouped.set(distances);
  else gather(grouped, distances, { next: places.begins, of: keys.of });
  const packed = scratch.bytes(Math.ceil(places.packed / 4));
  pack(packed, grouped, { count: places.packed, far: distances.length });
  const planes = Array.from({ length: width }, () => scratch.bytes(grouped.length - places.packed));
  planes.forEach((plane, place) => writePlane(plane, grouped.subarray(places.packed), place));
  return { packedKeys: toBits(isPacked), packed, planes };
}

/** Bytes that the packed distances of a layout take; each of its planes has at most one for each word. */
export function packedLength({ counts }: Keys, packedKeys: Uint8Array): number {
  return Math.ceil(placesOf(counts, fromBits(packedKeys)).packed / 4);
}

/** The distances of a layout by group, and where each group begins. Throws `Malformed` where its parts do not fit. */
export function takeUp(
  { packedKeys, packed, planes }: Layout,
  { counts, words }: Keys,
  scratch: Scratch,
): [Uint32Array, Uint32Array] {
  const places = placesOf(counts, fromBits(packedKeys));
  demand(packed.length === Math.ceil(places.packed / 4), "a sequence is shorter than it must be");
  const others = planes[0]?.length ?? 0;
  demand(
    others >= words - places.packed && planes.every(({ length }) => length === others),
    "its sequences do not fit together",
  );
  const grouped = scratch.words(places.packed + others);
  joinPlanes(grouped.subarray(places.packed), planes);
  const taken = unpack(grouped, packed, { until: places.packed, far: words });
  demand(taken === grouped.length, "its sequences do not fit together");
  return [grouped, places.begins];
}

/** For each key, how many distances two bits have room for. */
function countNear(distances: Uint32Array, { of, near: all }: Keys): Uint32Array {
  const near = new Uint32Array(KEYS);
  if (of === null) {
    near[0] = all ?? distances.reduce((sum, distance) => sum + isNear(distance), 0);
    return near;
  }
  for (let at = 0; at < distances.length; at++) {
    const key = of[at] as number;
    near[key] = (near[key] as number) + isNear(distances[at] as number);
  }
  return near;
}

/** 1 for a distance that two bits have room for; without a branch, which would be guessed wrong too often. */
export function isNear(distance: number): number {
  const signed = distance | 0;
  return ((signed - FAR) & ~signed) >>> 31;
}

function placesOf(counts: Uint32Array, isPacked: Uint8Array): Places {
  const begins = new Uint32Array(KEYS);
  let at = 0;
  const place = (wanted: 0 | 1): void => {
    for (let key = 0; key < KEYS; key++) {
      if (isPacked[key] !== wanted) continue;
      begins[key] = at;
      at += counts[key] as number;
    }
  };
  place(1);
  const packed = at;
  place(0);
  return { begins, packed };
}

function gather(
  grouped: Uint32Array,
  distances: Uint32Array,
  { next, of }: { next: Uint32Array; of: Uint8Array },
): void {
  for (let at = 0; at < distances.length; at++) {
    const key = of[at] as number;
    const place = next[key] as number;
    next[key] = place + 1;
    grouped[place] = distances[at] as number;
  }
}

/** The first so many, four to a byte; what they have no room for is written from `far` on, less 3. */
function pack(packed: Uint8Array, grouped: Uint32Array, { count, far }: { count: number; far: number }): void {
  let elsewhere = far;
  for (let byte = 0; byte < packed.length; byte++) {
    const from = byte * 4;
    if (from + 4 <= count) {
      const [a, b] = [grouped[from] as number, grouped[from + 1] as number];
      const [c, d] = [grouped[from + 2] as number, grouped[from + 3] as number];
      if (a < FAR && b < FAR && c < FAR && d < FAR) {
        packed[byte] = a | (b << 2) | (c << 4) | (d << 6);
        continue;
      }
    }
    const end = Math.min(count - from, 4);
    let bits = 0;
    for (let at = 0; at < end; at++) {
      const distance = grouped[from + at] as number;
      bits |= Math.min(distance, FAR) << (at * 2);
      if (distance >= FAR) grouped[elsewhere++] = distance - FAR;
    }
    packed[byte] = bits;
  }
}

/** Undoes `pack`; answers where what stood elsewhere ends. */
function unpack(grouped: Uint32Array, packed: Uint8Array, { until, far }: { until: number; far: number }): number {
  let elsewhere = far;
  for (let byte = 0; byte < packed.length; byte++) {
    const bits = packed[byte] as number;
    const from = byte * 4;
    if ((bits & (bits >>> 1) & 0x55) === 0 && from + 4 <= until) {
      grouped[from] = bits & 3;
      grouped[from + 1] = (bits >>> 2) & 3;
      grouped[from + 2] = (bits >>> 4) & 3;
      grouped[from + 3] = bits >>> 6;
      continue;
    }
    const end = Math.min(until - from, 4);
    for (let at = 0; at < end; at++) {
      const short = (bits >>> (at * 2)) & 3;
      // Beyond the end it reads 0 as well; the caller sees by the answer that there was nothing.
      grouped[from + at] = short < FAR ? short : ((grouped[elsewhere++] as number) | 0) + FAR;
    }
  }
  return elsewhere;
}

function writePlane(plane: Uint8Array, words: Uint32Array, place: number): void {
  const shift = 8 * place;
  for (let at = 0; at < plane.length; at++) plane[at] = (words[at] as number) >>> shift;
}

function joinPlanes(words: Uint32Array, planes: readonly Uint8Array[]): void {
  planes.forEach((plane, place) => {
    if (place === 0) {
      words.set(plane);
      return;
    }
    const shift = 8 * place;
    for (let at = 0; at < words.length; at++) words[at] = (words[at] as number) | ((plane[at] as number) << shift);
  });
}

/** As bits, that the group of key 0 is packed. */
export function oneKeyPacked(): Uint8Array {
  return toBits(Uint8Array.of(1));
}

export function isOneKeyPacked(packedKeys: Uint8Array): boolean {
  return ((packedKeys[0] as number) & 1) === 1;
}

function toBits(isPacked: Uint8Array): Uint8Array {
  const bits = new Uint8Array(KEYS / 8);
  isPacked.forEach((is, key) => {
    bits[key >>> 3] = (bits[key >>> 3] as number) | (is << (key & 7));
  });
  return bits;
}

function fromBits(bits: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: KEYS }, (_, key) => ((bits[key >>> 3] as number) >>> (key & 7)) & 1);
}
