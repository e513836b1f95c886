/** What a sample of bytes says about all of them, without deflating it. */

const SLICES = 4;

/** Slices from all over the bytes, together at most so many; the bytes themselves where they are no more. */
export function sampleOf(bytes: Uint8Array, most: number): Uint8Array {
  if (bytes.length <= most) return bytes;
  const slice = most / SLICES;
  const step = (bytes.length - slice) / (SLICES - 1);
  const sample = new Uint8Array(most);
  for (let at = 0; at < SLICES; at++) {
    const from = Math.floor(at * step);
    sample.set(bytes.subarray(from, from + slice), at * slice);
  }
  return sample;
}

/** `count * log2(count)` for what counts of a sample there can be. */
const LOGS = Float64Array.from({ length: 8192 }, (_, count) => (count === 0 ? 0 : count * Math.log2(count)));

/** The same for any count. */
export function countLog(count: number): number {
  return count < LOGS.length ? (LOGS[count] as number) : count * Math.log2(count);
}

/** Bits that bytes take when each is coded by how often it is there. */
export function disorderOf(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    counts[byte] = (counts[byte] as number) + 1;
  }
  let sum = countLog(bytes.length);
  for (let byte = 0; byte < 256; byte++) sum -= countLog(counts[byte] as number);
  return sum;
}

const SLOTS = 4096;

/** The share of places whose eight bytes were there before: above it, looking for what repeats may pay. */
export function repeats(bytes: Uint8Array): number {
  const last = new Int32Array(SLOTS);
  // The newest four bytes, and the four before them.
  let [near, far, found] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    far = (far >>> 8) | (near << 24);
    near = (near >>> 8) | ((bytes[at] as number) << 24);
    const mixed = Math.imul(near ^ Math.imul(far, 0x9e3779b1), 0x85ebca6b);
    const slot = mixed >>> 20;
    if (last[slot] === mixed) found++;
    last[slot] = mixed;
  }
  return found / Math.max(1, bytes.length);
}
