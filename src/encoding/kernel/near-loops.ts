/**
 * Words of two bytes as their distances from a base's, two bits for each that is near: as `near-words.ts`, eight words
 * at once, and those that are far one by one.
 */
import {
  type Code,
  during,
  i16x8,
  I32,
  i32,
  i32x4,
  i64,
  type Local,
  locals,
  type Loop,
  narrowBytes,
  V128,
  v128,
} from "./assembler.ts";
import { FAR } from "../codecs/groups.ts";

/** Words of one round. */
export const ROUND = 32;
/** Weights by which two, and then four, neighbours are added up to a byte. */
const [PAIRS, FOURS] = [
  [1, 4, 1, 4, 1, 4, 1, 4],
  [1, 16, 1, 16, 1, 16, 1, 16],
];
/** What brings the two bits of each of eight words to the top. */
const TO_TOP = Array.from({ length: 8 }, (_, word) => 1 << (14 - 2 * word));

/** Eight words as numbers in the order of their values. */
function ordered({ get }: Local): Code {
  const sign = i16x8.shrS(get, i32.of(15));
  return v128.xor(get, v128.or(v128.and(sign, i16x8.all(0x7fff)), i16x8.all(0x8000)));
}

/** For each of eight distances in `room` of which the mask has a bit, whose address is in `at` then. */
function eachFar({ far, room, at }: Record<"far" | "room" | "at", Local>, distances: Code, ...body: Code[]): Code {
  return [
    ...far.set(i16x8.bitmask(i16x8.gtU(distances, i16x8.all(FAR - 1)))),
    ...during(
      far.get,
      at.set(i32.add(room.get, i32.shl(i32.ctz(far.get), i32.of(1)))),
      ...body,
      far.set(i32.and(far.get, i32.sub(far.get, i32.of(1)))),
    ),
  ];
}

/**
 * (words, end of the words, base, packed, low, high, room for eight words): writes the bytes of what stands elsewhere
 * into `low` and `high`, and answers the end of `low`.
 */
function packNear16(): Loop {
  const all = locals(17);
  const [words, end, base, packed, low, high, room] = all as [Local, Local, Local, Local, Local, Local, Local];
  const [at, one, far, x, y, away, ...near] = all.slice(7) as [Local, Local, Local, Local, Local, Local, ...Local[]];
  const eight = (into: Local, offset: number): Code => [
    ...x.set(v128.load(words.get, offset)),
    ...y.set(v128.load(base.get, offset)),
    ...away.set(i16x8.sub(ordered(x), ordered(y))),
    ...x.set(v128.xor(i16x8.shl(away.get, i32.of(1)), i16x8.shrS(away.get, i32.of(15)))),
    ...v128.store(room.get, x.get),
    ...eachFar(
      { far, room, at },
      x.get,
      one.set(i32.sub(i32.load16(at.get), i32.of(FAR))),
      i32.store8(low.get, one.get),
      i32.store8(high.get, i32.shrU(one.get, i32.of(8))),
      low.add(1),
      high.add(1),
    ),
    ...into.set(i32x4.dot(i16x8.minU(x.get, i16x8.all(FAR)), i16x8.of(PAIRS))),
  ];
  const [a, b, c, d] = near as [Local, Local, Local, Local];
  const bytes = (one: Local, two: Local): Code => i32x4.dot(i16x8.narrow(one.get, two.get), i16x8.of(FOURS));
  const sixteen = i16x8.narrow(bytes(a, b), bytes(c, d));
  return {
    parameters: 7,
    locals: [I32, I32, I32, V128, V128, V128, V128, V128, V128, V128],
    body: during(
      i32.ltU(words.get, end.get),
      eight(a, 0),
      eight(b, 16),
      eight(c, 32),
      eight(d, 48),
      x.set(sixteen),
      i64.store(packed.get, i64.lowOf(narrowBytes(x.get, x.get))),
      words.add(2 * ROUND),
      base.add(2 * ROUND),
      packed.add(ROUND / 4),
    ),
    answer: low.get,
  };
}

/**
 * (words, end of the words, base, packed, low, high, room for eight words): writes the words, takes what stands
 * elsewhere from `low` and `high`, and answers where the next of it is in `low`.
 */
function moveNear16(): Loop {
  const all = locals(13);
  const [words, end, base, packed, low, high, room] = all as [Local, Local, Local, Local, Local, Local, Local];
  const [at, far, distance, moved, known] = all.slice(7) as [Local, Local, Local, Local, Local];
  const elsewhere = i32.or(i32.load8(low.get), i32.shl(i32.load8(high.get), i32.of(8)));
  const step = v128.xor(i16x8.shrU(distance.get, i32.of(1)), i16x8.neg(v128.and(distance.get, i16x8.all(1))));
  const sign = i16x8.shrS(moved.get, i32.of(15));
  return {
    parameters: 7,
    locals: [I32, I32, V128, V128, V128],
    body: during(
      i32.ltU(words.get, end.get),
      distance.set(i16x8.shrU(i16x8.mul(i16x8.splat(i32.load16(packed.get)), i16x8.of(TO_TOP)), i32.of(14))),
      v128.store(room.get, distance.get),
      eachFar(
        { far, room, at },
        distance.get,
        i32.store16(at.get, i32.add(elsewhere, i32.of(FAR))),
        low.add(1),
        high.add(1),
      ),
      distance.set(v128.load(room.get)),
      known.set(v128.load(base.get)),
      moved.set(i16x8.add(ordered(known), step)),
      v128.store(words.get, v128.xor(moved.get, v128.or(v128.not(sign), i16x8.all(0x8000)))),
      words.add(16),
      base.add(16),
      packed.add(2),
    ),
    answer: low.get,
  };
}

export const NEAR_LOOPS = { packNear16: packNear16(), moveNear16: moveNear16() };
