/** The loops that see every byte of weights, as WebAssembly; `plain.ts` does the same, and says more plainly what. */
import {
  type Code,
  during,
  i16x8,
  I32,
  i32,
  i32x4,
  I64,
  i64,
  type Local,
  locals,
  type Loop,
  narrowBytes,
  V128,
  v128,
} from "./assembler.ts";
import { NEAR_LOOPS } from "./near-loops.ts";

/** Bytes from one plane of words of four bytes to the next. */
export const PLANE = 32 * 1024;
/** Bits by which words are turned. */
const TURN = 1;

type Five = [Local, Local, Local, Local, Local];
type Six = [...Five, Local];
type Seven = [...Six, Local];

/** (source, end of the source, low, high): 16 words, turned left by one bit. */
function apart16(): Loop {
  const [source, end, low, high, a, b] = locals(6) as Six;
  const lowest = ({ get }: Local): Code => v128.or(i16x8.shl(get, i32.of(TURN)), i16x8.shrU(get, i32.of(16 - TURN)));
  const highest = ({ get }: Local): Code => i16x8.shrU(get, i32.of(8 - TURN));
  const byte = (words: Code): Code => v128.and(words, i16x8.all(0xff));
  return {
    parameters: 4,
    locals: [V128, V128],
    body: during(
      i32.ltU(source.get, end.get),
      a.set(v128.load(source.get)),
      b.set(v128.load(source.get, 16)),
      v128.store(low.get, narrowBytes(byte(lowest(a)), byte(lowest(b)))),
      v128.store(high.get, narrowBytes(byte(highest(a)), byte(highest(b)))),
      source.add(32),
      low.add(16),
      high.add(16),
    ),
    answer: i32.of(0),
  };
}

/** (target, end of the target, low, high): what `apart16` took apart. */
function together16(): Loop {
  const [target, end, low, high, turned] = locals(5) as Five;
  const put = (half: (bytes: Code) => Code, offset: number): Code => [
    ...turned.set(v128.or(half(v128.load(low.get)), i16x8.shl(half(v128.load(high.get)), i32.of(8)))),
    ...v128.store(
      target.get,
      v128.or(i16x8.shrU(turned.get, i32.of(TURN)), i16x8.shl(turned.get, i32.of(16 - TURN))),
      offset,
    ),
  ];
  return {
    parameters: 4,
    locals: [V128],
    body: during(
      i32.ltU(target.get, end.get),
      put(i16x8.fromLow, 0),
      put(i16x8.fromHigh, 16),
      target.add(32),
      low.add(16),
      high.add(16),
    ),
    answer: i32.of(0),
  };
}

/** Lowest bytes of four words first, then all second ones, …: turned around once more, the words again. */
const TRANSPOSED = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];
const FIRST_HALVES = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const SECOND_HALVES = FIRST_HALVES.map((place) => place + 8);
const LOWER = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const UPPER = LOWER.map((place) => place + 8);

/** (source, end of the source, planes): 16 words, turned left by one bit; planes are `PLANE` bytes apart. */
function apart32(): Loop {
  const [source, end, plane, a, b, c, d] = locals(7) as Seven;
  const turned = ({ get }: Local): Code => v128.or(i32x4.shl(get, i32.of(TURN)), i32x4.shrU(get, i32.of(32 - TURN)));
  const read = (into: Local, offset: number): Code => [
    ...into.set(v128.load(source.get, offset)),
    ...into.set(turned(into)),
    ...into.set(v128.shuffle(into.get, into.get, TRANSPOSED)),
  ];
  const planes = (halves: Code, from: number): Code => {
    const [ab, cd] = [v128.shuffle(a.get, b.get, halves), v128.shuffle(c.get, d.get, halves)];
    return [
      ...v128.store(plane.get, v128.shuffle(ab, cd, LOWER), from * PLANE),
      ...v128.store(plane.get, v128.shuffle(ab, cd, UPPER), (from + 1) * PLANE),
    ];
  };
  return {
    parameters: 3,
    locals: [V128, V128, V128, V128],
    body: during(
      i32.ltU(source.get, end.get),
      read(a, 0),
      read(b, 16),
      read(c, 32),
      read(d, 48),
      planes(FIRST_HALVES, 0),
      planes(SECOND_HALVES, 2),
      source.add(64),
      plane.add(16),
    ),
    answer: i32.of(0),
  };
}

/** (target, end of the target, planes): what `apart32` took apart. */
function together32(): Loop {
  const [target, end, plane, a, b, c, d] = locals(7) as Seven;
  const planeAt = (place: number): Code => v128.load(plane.get, place * PLANE);
  /** Bytes of both in turn, of the first half of each or of the second. */
  const mixed = (size: number, from: number): number[] =>
    Array.from({ length: 16 }, (_, at) => {
      const [pair, place] = [Math.floor(at / (2 * size)), at % (2 * size)];
      return from + pair * size + (place < size ? place : 16 + place - size);
    });
  const put = (words: Code, offset: number): Code => [
    ...a.set(words),
    ...v128.store(target.get, v128.or(i32x4.shrU(a.get, i32.of(TURN)), i32x4.shl(a.get, i32.of(32 - TURN))), offset),
  ];
  const four = (from: number, offset: number): Code => [
    ...c.set(v128.shuffle(planeAt(0), planeAt(1), mixed(1, from))),
    ...d.set(v128.shuffle(planeAt(2), planeAt(3), mixed(1, from))),
    ...b.set(v128.shuffle(c.get, d.get, mixed(2, 8))),
    ...put(v128.shuffle(c.get, d.get, mixed(2, 0)), offset),
    ...put(b.get, offset + 16),
  ];
  return {
    parameters: 3,
    locals: [V128, V128, V128, V128],
    body: during(i32.ltU(target.get, end.get), four(0, 0), four(8, 32), target.add(64), plane.add(16)),
    answer: i32.of(0),
  };
}

/** (source, end of the source, counts): adds to four tables of 256 counts each, of the bytes at every fourth place. */
function count(): Loop {
  const [source, end, counts, word, slot] = locals(5) as Five;
  const countOne = (place: number): Code => {
    const address = slot.tee(i32.add(counts.get, i32.shl(byteOf(word, place), i32.of(2))));
    return i32.store(address, i32.add(i32.load(slot.get, 1024 * place), i32.of(1)), 1024 * place);
  };
  return {
    parameters: 3,
    locals: [I32, I32],
    body: during(
      i32.ltU(source.get, end.get),
      word.set(i32.load(source.get)),
      countOne(0),
      countOne(1),
      countOne(2),
      countOne(3),
      source.add(4),
    ),
    answer: i32.of(0),
  };
}

function byteOf(word: Local, place: number): Code {
  return i32.and(i32.shrU(word.get, i32.of(8 * place)), i32.of(0xff));
}

/**
 * (source, end of the source, codes, target, state): the code of each byte, four to a store. The state is the bits that
 * fill no byte yet, and how many they are. Answers where the next byte goes.
 */
function putCodes(): Loop {
  const [source, end, codes, target, state, word, first] = locals(13) as Seven;
  const [a, b, c, d, kept, bits] = locals(13).slice(7) as [Local, Local, Local, Local, Local, Local];
  const codeOf = (place: number): Code => i32.load(i32.add(codes.get, i32.shl(byteOf(word, place), i32.of(2))));
  const lengthOf = (code: Local): Code => i32.shrU(code.get, i32.of(16));
  const bitsOf = (code: Local): Code => i32.and(code.get, i32.of(0xffff));
  const putTwo = (one: Local, two: Local): Code => [
    ...first.set(lengthOf(one)),
    ...bits.set(
      i64.or(
        bits.get,
        i64.shl(i64.fromU32(i32.or(bitsOf(one), i32.shl(bitsOf(two), first.get))), i64.fromU32(kept.get)),
      ),
    ),
    ...kept.set(i32.add(kept.get, i32.add(first.get, lengthOf(two)))),
  ];
  return {
    parameters: 5,
    locals: [I32, I32, I32, I32, I32, I32, I32, I64],
    body: [
      ...bits.set(i64.fromU32(i32.load(state.get))),
      ...kept.set(i32.load(state.get, 4)),
      ...during(
        i32.ltU(source.get, end.get),
        word.set(i32.load(source.get)),
        a.set(codeOf(0)),
        b.set(codeOf(1)),
        c.set(codeOf(2)),
        d.set(codeOf(3)),
        putTwo(a, b),
        putTwo(c, d),
        i64.store(target.get, bits.get),
        target.set(i32.add(target.get, i32.shrU(kept.get, i32.of(3)))),
        bits.set(i64.shrU(bits.get, i64.fromU32(i32.and(kept.get, i32.of(56))))),
        kept.set(i32.and(kept.get, i32.of(7))),
        source.add(4),
      ),
      ...i64.store(state.get, bits.get),
      ...i32.store(state.get, kept.get, 4),
    ],
    answer: target.get,
  };
}

export const LOOPS = {
  apart16: apart16(),
  together16: together16(),
  apart32: apart32(),
  together32: together32(),
  count: count(),
  putCodes: putCodes(),
  ...NEAR_LOOPS,
};
