/** Models as safetensors, of weights as they come out of training: normally distributed, in bf16. */
import { closeSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { bf16, normal, stream } from "./random.mjs";

const SPREAD = 0.02;

/** Names and numbers of values: layers of attention and feed-forward, with norms of a few thousand. */
export function layersOf(mib) {
  const layers = 16;
  const values = (mib * 1024 * 1024) / 2 / layers;
  const norm = 2048;
  const part = Math.floor((values - 2 * norm) / 12 / 1024) * 1024;
  const shapes = {
    "attn.q": part,
    "attn.k": part,
    "attn.v": part,
    "attn.o": part,
    "mlp.up": 4 * part,
    "mlp.down": 4 * part,
  };
  return Array.from({ length: layers }, (_, layer) => [
    ...Object.entries(shapes).map(([name, count]) => ({ name: `layers.${layer}.${name}.weight`, count })),
    { name: `layers.${layer}.norm1.weight`, count: norm },
    { name: `layers.${layer}.norm2.weight`, count: norm },
  ]).flat();
}

/**
 * The values of one tensor. `moved`: by how much of its length the whole is moved in training, as a share; each weight
 * by chance, before it is rounded.
 */
export function valuesOf({ name, count }, moved = 0) {
  const codes = new Uint16Array(count);
  const values = new Float64Array(count);
  normal(stream(`weights of ${name}`)(4 * count), (at, value) => (values[at] = value));
  if (moved > 0) normal(stream(`training of ${name}`)(4 * count), (at, value) => (values[at] += moved * value));
  for (let at = 0; at < count; at++) codes[at] = bf16(SPREAD * values[at]);
  return Buffer.from(codes.buffer);
}

/** `tensors`: in the order of the file; `bytes` gives those of one. */
export function writeSafetensors(file, tensors, { metadata = { format: "pt" }, bytes }) {
  let at = 0;
  const header = { __metadata__: metadata };
  for (const { name, count } of tensors) {
    header[name] = { dtype: "BF16", shape: [count / 1024, 1024], data_offsets: [at, at + 2 * count] };
    at += 2 * count;
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, "w");
  writeSync(fd, length);
  writeSync(fd, padded);
  for (const tensor of tensors) writeSync(fd, bytes(tensor));
  closeSync(fd);
}

/** Gives the bytes of tensors out of a file that `writeSafetensors` wrote. */
export function bytesIn(file, tensors) {
  const fd = openSync(file, "r");
  const head = Buffer.alloc(8);
  readSync(fd, head, 0, 8, 0);
  let at = 8 + Number(head.readBigUInt64LE());
  const places = new Map(tensors.map(({ name, count }) => [name, [at, (at += 2 * count)]]));
  return ({ name }) => {
    const [from, to] = places.get(name);
    const bytes = Buffer.allocUnsafe(to - from);
    readSync(fd, bytes, 0, bytes.length, from);
    return bytes;
  };
}
