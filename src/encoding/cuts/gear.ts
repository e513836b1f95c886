/**
 * Content-defined cuts: whether one falls behind a byte depends on the 32 bytes up to it, so they come again after an
 * insertion. Of whatever starts at the same bytes the first cut is the same. docs/storage.md gives the rule.
 */

/** Bytes of a piece. */
export const [SHORTEST, LONGEST] = [8 * 1024, 128 * 1024];
/** Up to here a cut is harder to find than behind it, which makes pieces more alike. */
const USUAL = 32 * 1024;

/** A shift for each byte: what came before is out of 32 bits after as many. */
export const REACH = 32;
/** Bits of the sum that are zero at a cut, before `USUAL` and behind. */
const [HARD, EASY] = [-1 << 16, -1 << 18];
const SEED = 0x6d76676974n;

const TABLE = gearTable();

/** For each byte a number of 32 bits: the upper half of what splitmix64 draws in turn from the letters `mvgit`. */
export function gearTable(): Int32Array {
  let state = SEED;
  return Int32Array.from({ length: 256 }, () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let drawn = state;
    drawn = BigInt.asUintN(64, (drawn ^ (drawn >> 30n)) * 0xbf58476d1ce4e5b9n);
    drawn = BigInt.asUintN(64, (drawn ^ (drawn >> 27n)) * 0x94d049bb133111ebn);
    return Number((drawn ^ (drawn >> 31n)) >> 32n) | 0;
  });
}

/**
 * Where a piece that starts at `start` ends. `end`: where what is cut ends; or anywhere at least `LONGEST` behind the
 * start.
 */
export function gearCut(bytes: Uint8Array, start: number, end: number): number {
  return cutBy((from, to, mask) => scan(bytes, from, to, mask), start, end);
}

/** `look`: behind the first byte of some after which the bits of the mask are zero; 0 for none. */
export function cutBy(look: (from: number, to: number, mask: number) => number, start: number, end: number): number {
  const last = Math.min(end, start + LONGEST);
  if (last - start <= SHORTEST) return last;
  const usual = Math.min(last, start + USUAL);
  return look(start + SHORTEST - 1, usual, HARD) || look(usual, last, EASY) || last;
}

/**
 * Behind the first byte of these after which the bits of the mask are zero; 0 for none. There are `REACH` bytes before.
 * Four bytes in turn: nearly twice as fast as one.
 */
function scan(bytes: Uint8Array, from: number, to: number, mask: number): number {
  const table = TABLE;
  let hash = 0;
  for (let at = from - REACH + 1; at < from; at++) hash = ((hash << 1) + (table[bytes[at] as number] as number)) | 0;
  let at = from;
  for (const four = to - 3; at < four; at += 4) {
    const one = ((hash << 1) + (table[bytes[at] as number] as number)) | 0;
    const two = ((one << 1) + (table[bytes[at + 1] as number] as number)) | 0;
    const three = ((two << 1) + (table[bytes[at + 2] as number] as number)) | 0;
    hash = ((three << 1) + (table[bytes[at + 3] as number] as number)) | 0;
    if ((one & mask) === 0) return at + 1;
    if ((two & mask) === 0) return at + 2;
    if ((three & mask) === 0) return at + 3;
    if ((hash & mask) === 0) return at + 4;
  }
  for (; at < to; at++) {
    hash = ((hash << 1) + (table[bytes[at] as number] as number)) | 0;
    if ((hash & mask) === 0) return at + 1;
  }
  return 0;
}
