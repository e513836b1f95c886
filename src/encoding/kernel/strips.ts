/** The loops in WebAssembly, a strip of bytes at a time: what is copied to and fro stays in the processor's cache. */
import type { BitSink, Kernel, Near } from "./types.ts";
import { LOOPS, PLANE } from "./loops.ts";
import { ROUND } from "./near-loops.ts";
import { type Running, startOf } from "./program.ts";

/** Bytes of words, or of what is coded. */
const [STRIP, CODED_STRIP] = [64 * 1024, 32 * 1024];
/** Where in the memory the words are, those of a base, two planes or four, and what is small. */
const [WORDS, BASE, PLANES, TABLES] = [0, 128 * 1024, 256 * 1024, 512 * 1024];
/** Two bits a word, and the bytes of distances that stand elsewhere. */
const [PACKED, LOW, HIGH] = [TABLES + 16 * 1024, PLANES, PLANES + 64 * 1024];
/** Where the state of bits, and eight words, have room. */
const [STATE, ROOM] = [TABLES + 6 * 1024, TABLES + 7 * 1024];
const PAGES = 9;

type Loops = Running<keyof typeof LOOPS>;

const start = startOf(LOOPS, { pages: PAGES });

/** Null where this machine's WebAssembly does not have what the loops need. */
export function stripKernel(): Kernel | null {
  const running = start();
  return running && new Strips(running);
}

class Strips implements Kernel {
  readonly #loops: Loops["loops"];
  readonly #bytes: Uint8Array;
  readonly #tables: Uint32Array;
  readonly #state: Uint32Array;

  constructor({ loops, memory }: Loops) {
    this.#loops = loops;
    this.#bytes = new Uint8Array(memory);
    this.#tables = new Uint32Array(memory, TABLES, 4 * 256);
    this.#state = new Uint32Array(memory, STATE, 2);
  }

  apart(words: Uint8Array, planes: readonly Uint8Array[]): void {
    const width = planes.length;
    for (let from = 0; from < words.length; from += STRIP) {
      const end = this.#put(WORDS, words, from, STRIP);
      if (width === 2) this.#loops.apart16(WORDS, end, PLANES, PLANES + PLANE);
      else this.#loops.apart32(WORDS, end, PLANES);
      planes.forEach((plane, at) => this.#take(PLANES + at * PLANE, plane, from / width, (end - WORDS) / width));
    }
  }

  together(planes: readonly Uint8Array[], words: Uint8Array): void {
    const width = planes.length;
    for (let from = 0; from < words.length; from += STRIP) {
      planes.forEach((plane, at) => this.#put(PLANES + at * PLANE, plane, from / width, STRIP / width));
      const length = Math.min(STRIP, words.length - from);
      if (width === 2) this.#loops.together16(WORDS, WORDS + length, PLANES, PLANES + PLANE);
      else this.#loops.together32(WORDS, WORDS + length, PLANES);
      this.#take(WORDS, words, from, length);
    }
  }

  count(bytes: Uint8Array, counts: Uint32Array): void {
    const whole = bytes.length & ~3;
    this.#tables.fill(0);
    for (let from = 0; from < whole; from += STRIP)
      this.#loops.count(WORDS, this.#put(WORDS, bytes.subarray(0, whole), from, STRIP), TABLES);
    for (let slot = 0; slot < this.#tables.length; slot++) counts[slot & 0xff]! += this.#tables[slot] as number;
    for (const byte of bytes.subarray(whole)) counts[byte]!++;
  }

  putCodes(bytes: Uint8Array, codes: Uint32Array, sink: BitSink): void {
    const whole = bytes.length & ~3;
    this.#tables.set(codes.subarray(0, 256));
    this.#state.set([sink.bits, sink.kept]);
    for (let from = 0; from < whole; from += CODED_STRIP) {
      const end = this.#put(WORDS, bytes.subarray(0, whole), from, CODED_STRIP);
      const coded = this.#loops.putCodes(WORDS, end, TABLES, PLANES, STATE) - PLANES;
      sink.bytes.set(this.#bytes.subarray(PLANES, PLANES + coded), sink.at);
      sink.at += coded;
    }
    [sink.bits, sink.kept] = this.#state as unknown as [number, number];
    for (const byte of bytes.subarray(whole)) putOne(codes[byte] as number, sink);
  }

  packNear16(words: Uint8Array, base: Uint8Array, near: Near): number {
    let far = 0;
    for (let from = 0; from < words.length; from += STRIP) {
      const end = this.#put(WORDS, words, from, STRIP);
      this.#put(BASE, base, from, STRIP);
      // What fills the last round is near.
      for (const start of [WORDS, BASE]) this.#bytes.fill(0, start + end - WORDS, start + end - WORDS + 2 * ROUND);
      const count = this.#loops.packNear16(WORDS, end, BASE, PACKED, LOW, HIGH, ROOM) - LOW;
      this.#take(PACKED, near.packed, from / 8, Math.ceil((end - WORDS) / 8));
      this.#take(LOW, near.low, far, count);
      this.#take(HIGH, near.high, far, count);
      far += count;
    }
    return far;
  }

  moveNear16(words: Uint8Array, base: Uint8Array, { packed, low, high }: Near): number {
    let far = 0;
    for (let from = 0; from < words.length; from += STRIP) {
      const end = this.#put(BASE, base, from, STRIP) - BASE;
      this.#put(LOW, low, far, STRIP / 2);
      this.#put(HIGH, high, far, STRIP / 2);
      this.#bytes.fill(0, this.#put(PACKED, packed, from / 8, Math.ceil(end / 8)), PACKED + STRIP / 8 + ROUND);
      // The last byte may have more than the last word's.
      this.#bytes[PACKED + (end >>> 3)]! &= (1 << (end & 7)) - 1;
      far += this.#loops.moveNear16(WORDS, WORDS + end, BASE, PACKED, LOW, HIGH, ROOM) - LOW;
      this.#take(WORDS, words, from, end);
    }
    return far;
  }

  /** Brings bytes from a place on, as many as there are up to `most`, into the memory; answers where they end there. */
  #put(to: number, bytes: Uint8Array, from: number, most: number): number {
    const part = bytes.subarray(from, from + most);
    this.#bytes.set(part, to);
    return to + part.length;
  }

  #take(from: number, bytes: Uint8Array, to: number, length: number): void {
    bytes.set(this.#bytes.subarray(from, from + length), to);
  }
}

function putOne(code: number, sink: BitSink): void {
  sink.bits |= (code & 0xffff) << sink.kept;
  sink.kept += code >>> 16;
  for (; sink.kept >= 8; sink.kept -= 8, sink.bits >>>= 8) sink.bytes[sink.at++] = sink.bits;
}
