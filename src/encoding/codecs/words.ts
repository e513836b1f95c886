/** Bytes as little-endian words of two or four bytes, from any beginning, on every machine. */
import { endianness } from "node:os";

const IS_LITTLE = endianness() === "LE";

/** Bytes of a word. */
export type Width = 2 | 4;

/** Bytes taken apart: before the first word, words, and what is too short for one. */
export interface Parts {
  front: Uint8Array;
  body: Uint8Array;
  tail: Uint8Array;
}

/** The words begin `phase` bytes after the beginning. */
export function partsOf(bytes: Uint8Array, width: Width, phase: number): Parts {
  const from = Math.min(phase, bytes.length);
  const to = bytes.length - ((bytes.length - from) % width);
  return { front: bytes.subarray(0, from), body: bytes.subarray(from, to), tail: bytes.subarray(to) };
}

/** The words of a body; not always a copy. */
export function words16(body: Uint8Array): Uint16Array {
  const bytes = aligned(body, 2);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

/** The words of a body; not always a copy. */
export function words32(body: Uint8Array): Uint32Array {
  const bytes = aligned(body, 4);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function aligned(body: Uint8Array, width: Width): Uint8Array {
  if (isAligned(body, width)) return body;
  const copy = new Uint8Array(body);
  if (!IS_LITTLE) swap(copy, width);
  return copy;
}

/** Lets `fill` write the words of a body, all of them. */
export function fill16(body: Uint8Array, fill: (words: Uint16Array) => void): void {
  const words = isAligned(body, 2) ? words16(body) : new Uint16Array(body.length / 2);
  fill(words);
  if (words.buffer !== body.buffer) body.set(bytesOf(words));
}

/** Lets `fill` write the words of a body, all of them. */
export function fill32(body: Uint8Array, fill: (words: Uint32Array) => void): void {
  const words = isAligned(body, 4) ? words32(body) : new Uint32Array(body.length / 4);
  fill(words);
  if (words.buffer !== body.buffer) body.set(bytesOf(words));
}

function isAligned(body: Uint8Array, width: Width): boolean {
  return IS_LITTLE && body.byteOffset % width === 0;
}

function bytesOf(words: Uint16Array | Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  if (!IS_LITTLE) swap(bytes, words.BYTES_PER_ELEMENT as Width);
  return bytes;
}

function swap(bytes: Uint8Array, width: Width): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (width === 2) buffer.swap16();
  else buffer.swap32();
}
