/** Where in bytes of an unknown beginning the first word begins: the places that leave the least disorder. */
import { countLog } from "./guess.ts";
import type { Width } from "./words.ts";

/** Words that are looked at. */
const LOOKED_AT = 1024;

/** By how many bits another place than the first must be better: of noise, one always is by some. */
const MARGIN = 64;

/** How a word, at a place in the sample, becomes the one whose bytes are counted. */
type Turn = (word: number, at: number) => number;

/**
 * The number of bytes before the first word, less than a word has. `turnOf` gives what is done to each word before its
 * bytes go apart; it is told the words' beginning.
 */
export function phaseOf(bytes: Uint8Array, width: Width, turnOf: (start: number) => Turn): number {
  const words = Math.min(LOOKED_AT, Math.floor(bytes.length / width) - 1);
  if (words < 16) return 0;
  const middle = Math.floor((bytes.length - (words + 1) * width) / 2 / width) * width;
  let best = { phase: 0, disorder: Infinity };
  for (let phase = 0; phase < width; phase++) {
    const found = disorder(readWords(bytes, { width, start: middle + phase, words }), width, turnOf(middle + phase));
    if (found < best.disorder - (best.phase === 0 ? MARGIN : 0)) best = { phase, disorder: found };
  }
  return best.phase;
}

/** So many words from a byte on. */
export function readWords(
  bytes: Uint8Array,
  { width, start, words }: { width: Width; start: number; words: number },
): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = new Uint32Array(words);
  if (width === 2) for (let at = 0; at < words; at++) read[at] = view.getUint16(start + at * 2, true);
  else for (let at = 0; at < words; at++) read[at] = view.getUint32(start + at * 4, true);
  return read;
}

/** Bits that the bytes of the words take when each place in a word is coded by itself. */
function disorder(words: Uint32Array, width: Width, turn: Turn): number {
  const counts = new Uint32Array(256 * width);
  for (let at = 0; at < words.length; at++) {
    const turned = turn(words[at] as number, at);
    for (let place = 0; place < width; place++) {
      const slot = 256 * place + ((turned >>> (8 * place)) & 0xff);
      counts[slot] = (counts[slot] as number) + 1;
    }
  }
  let sum = width * countLog(words.length);
  for (let slot = 0; slot < counts.length; slot++) sum -= countLog(counts[slot] as number);
  return sum;
}
