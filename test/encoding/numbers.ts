/** Numbers as bytes, the same at every run: weights as they are drawn, rounded, and moved. */

/** Uniform numbers from 0 to below 1. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** So many bytes without any order. */
export function random(length: number, seed: number): Uint8Array {
  const next = uniform(seed);
  return Uint8Array.from({ length }, () => next() * 256);
}

/** So many draws of the normal distribution. */
export function normals(count: number, seed: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/** The bytes of numbers, on a little-endian machine as files have them. */
export function toBytes(words: Uint16Array | Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Values of four bytes. */
export function fp32(values: Float32Array): Uint8Array {
  return toBytes(values.slice());
}

/** Values of two bytes, each rounded to the nearest. */
export function bf16(values: Float32Array): Uint8Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return toBytes(Uint16Array.from(words, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16));
}

/** The bytes of bf16, every seventh value moved by one step of its last place. */
export function finetuned(plain: Uint8Array): Uint8Array {
  return plain.map((byte, at) => (at % 14 === 0 ? byte ^ 1 : byte));
}

/** Whether bytes are the same: faster than a matcher over a mebibyte. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
