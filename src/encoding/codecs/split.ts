/**
 * Floating-point values with their bytes apart: each word turned left by one bit, so that the exponent fills a byte of
 * its own, and then all lowest bytes, all second ones, and so on, each sequence deflated where that is worth it.
 */
import { FormReader } from "../bytes-form.ts";
import { demand } from "../malformed.ts";
import { phaseOf } from "./phase.ts";
import { withScratch } from "./scratch.ts";
import { packStreams, readStreams, unpackStream } from "./streams.ts";
import { fill16, fill32, partsOf, type Width, words16, words32 } from "./words.ts";

/** The bytes coded; never refuses any. */
export async function encodeSplit(plain: Uint8Array, width: Width): Promise<Uint8Array> {
  const turn = width === 2 ? turn16 : turn32;
  const phase = phaseOf(plain, width, () => turn);
  const { front, body, tail } = partsOf(plain, width, phase);
  return withScratch(async (scratch) => {
    const planes = Array.from({ length: width }, () => scratch.bytes(body.length / width));
    if (width === 2) apart16(words16(body), planes);
    else apart32(words32(body), planes);
    return Buffer.concat([Uint8Array.of(phase), ...(await packStreams(planes)), front, tail]);
  });
}

/** So many plain bytes. Throws `Malformed`. */
export async function decodeSplit(stored: Uint8Array, length: number, width: Width): Promise<Uint8Array> {
  const form = new FormReader(stored);
  const phase = form.u8();
  demand(phase < width && phase <= length, "its first word begins where none can");
  const streams = readStreams(form, width);
  const plain = new Uint8Array(length);
  const { front, body, tail } = partsOf(plain, width, phase);
  front.set(form.take(front.length));
  tail.set(form.take(tail.length));
  form.end();
  const count = body.length / width;
  const planes = await Promise.all(streams.map(async (stream) => unpackStream(stream, count)));
  demand(
    planes.every((plane) => plane.length === count),
    "a sequence is shorter than it must be",
  );
  if (width === 2) fill16(body, (words) => together16(planes, words));
  else fill32(body, (words) => together32(planes, words));
  return plain;
}

function turn16(word: number): number {
  return ((word << 1) | (word >>> 15)) & 0xffff;
}

function turn32(word: number): number {
  return (word << 1) | (word >>> 31);
}

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
