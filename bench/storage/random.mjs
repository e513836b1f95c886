/** Bytes and numbers that are the same in every run: by a seed. */
import { createCipheriv, createHash } from "node:crypto";

/** As many bytes as are asked for, one after the other; none of them compress. */
export function stream(seed) {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), key.subarray(16, 32));
  return (length) => cipher.update(Buffer.alloc(length));
}

const GRID = 65536;

/** Values of the normal distribution, so that each is as likely as the other: by integrating its bell. */
function quantiles() {
  const table = new Float64Array(GRID + 1);
  const [from, steps] = [-6, 4_000_000];
  const step = -2 * (from / steps);
  let [sum, next] = [0, 0];
  for (let at = 0; at <= steps && next <= GRID; at++) {
    const x = from + at * step;
    sum += (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * step;
    while (next <= GRID && sum >= next / GRID - 1e-9) table[next++] = x;
  }
  table.fill(6, next);
  return table;
}

let table = null;

/** Normally distributed numbers, of as many bytes of 32 bits each as `bytes` has. */
export function normal(bytes, each) {
  table ??= quantiles();
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (let at = 0; at < words.length; at++) {
    const [index, part] = [words[at] >>> 16, (words[at] & 0xffff) / 65536];
    each(at, table[index] + part * (table[index + 1] - table[index]));
  }
}

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/** The nearest number of bf16, as its 16 bits. */
export function bf16(value) {
  number[0] = value;
  return (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) >>> 16;
}
