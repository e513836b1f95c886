/** Weights as training leaves them: values of a bell curve, and the same after some more steps. */
import { noise, safetensorsOf } from "../../support/containers.ts";

export interface Weights {
  name: string;
  shape: [number, number];
  bytes: Buffer;
}

/** Values of about that size as bf16. */
export function bell(count: number, seed: number, spread = 0.02): Float32Array {
  const drawn = new Uint16Array(noise(count * 8, seed).buffer, 0, count * 4);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at++) {
    let sum = 0;
    for (let each = 0; each < 4; each++) sum += (drawn[at * 4 + each] as number) / 65536 - 0.5;
    values[at] = sum * spread;
  }
  return values;
}

export function bf16(values: Float32Array): Buffer {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let at = 0; at < halves.length; at++) {
    const bit = bits[at] as number;
    halves[at] = (bit + 0x7fff + ((bit >>> 16) & 1)) >>> 16;
  }
  return Buffer.from(halves.buffer);
}

/** Each value moved by up to that share of it. */
export function moved(values: Float32Array, share: number, seed: number): Float32Array {
  const drawn = new Uint16Array(noise(values.length * 2, seed).buffer, 0, values.length);
  return values.map((value, at) => value * (1 + share * ((drawn[at] as number) / 32768 - 1)));
}

export function safetensors(weights: readonly Weights[], about: Record<string, string> = {}): Buffer {
  return safetensorsOf(
    weights.map(({ name, shape, bytes }) => ({ name, dtype: "BF16", shape, bytes })),
    about,
  );
}
