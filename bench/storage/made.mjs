/** Second versions of models and datasets, made by a seed: what the figures of encodings are held against. */
import { closeSync, copyFileSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ROW, salesOf, writeParquet } from "./parquet.mjs";
import { stream } from "./random.mjs";
import { tarOf } from "./tar.mjs";
import { bytesIn, layersOf, valuesOf, writeSafetensors } from "./weights.mjs";

const MIB = 1024 * 1024;

function write(file, chunks) {
  const fd = openSync(file, "w");
  for (const chunk of chunks) writeSync(fd, chunk);
  closeSync(fd);
}

function* chain(...all) {
  for (const each of all) yield* each;
}

function* random(seed, mib) {
  const next = stream(seed);
  for (let at = 0; at < mib; at++) yield next(MIB);
}

/** As `random`, every 20th MiB of it another one. */
function* changed(seed, mib) {
  const other = stream(`${seed}, changed`);
  let at = 0;
  for (const chunk of random(seed, mib)) yield at++ % 20 === 10 ? other(MIB) : chunk;
}

const only = (name) => (dir) => join(dir, name);

/** The model of whose versions several rows are; `file` in the folder of the first. */
function models(mib) {
  const tensors = layersOf(mib);
  const file = only("model.safetensors");
  const first = (dir) => writeSafetensors(file(dir), tensors, { bytes: valuesOf });
  const again =
    (order, options = {}) =>
    (dir, before) =>
      writeSafetensors(file(dir), order, { ...options, bytes: bytesIn(file(before), tensors) });
  const resharded = (dir, before) => {
    const bytes = bytesIn(file(before), tensors);
    const parts = 4;
    const length = Math.ceil(tensors.length / parts);
    for (let part = 0; part < parts; part++)
      writeSafetensors(
        join(dir, `model-0000${part + 1}-of-0000${parts}.safetensors`),
        tensors.slice(part * length, (part + 1) * length),
        { bytes },
      );
  };
  const shuffled = tensors
    .map((tensor, at) => [Math.imul(at + 1, 0x9e3779b1) >>> 0, tensor])
    .sort(([a], [b]) => a - b)
    .map(([, tensor]) => tensor);
  const model = { input: "model", first };
  return [
    { ...model, work: "safetensors: tensors reordered", most: 0.5, second: again(shuffled) },
    { ...model, work: "safetensors: resharded, one file to four", most: 0.5, second: resharded },
    {
      ...model,
      work: "safetensors: header edited",
      most: 0.5,
      second: again(tensors, { metadata: { format: "pt", note: "edited by hand, so that all moves" } }),
    },
    {
      ...model,
      work: "safetensors bf16: full fine-tune, moved by 0.1 percent",
      most: 75,
      second: (dir) => writeSafetensors(file(dir), tensors, { bytes: (tensor) => valuesOf(tensor, 0.001) }),
    },
  ];
}

function images(mib) {
  const count = 600;
  const size = Math.floor((mib * MIB) / count) - 1024;
  function* files(label) {
    const next = stream("images");
    for (let at = 0; at < count; at++) {
      yield { name: `images/${at}.jpg`, data: next(size) };
      yield { name: `images/${at}.txt`, data: Buffer.from(label(at)) };
    }
  }
  const file = only("images.tar");
  return {
    input: "images",
    work: "tar of 600 images, every label changed",
    most: 5.12,
    first: (dir) => write(file(dir), tarOf(files((at) => `label: ${at % 10}\n`))),
    second: (dir) => write(file(dir), tarOf(files((at) => `label: ${(at + 3) % 10}, looked at again\n`))),
  };
}

function tables(mib) {
  const rows = Math.floor((mib * MIB) / ROW);
  const file = only("sales.parquet");
  const first = (dir) => writeParquet(file(dir), salesOf(), { rows });
  const table = { input: "table", first };
  return [
    {
      ...table,
      work: "Parquet: one column edited",
      most: 128,
      second: (dir) => writeParquet(file(dir), salesOf({ factor: 1.1 }), { rows }),
    },
    {
      ...table,
      work: "Parquet: 1 percent of rows appended",
      most: 20.48,
      second: (dir) => writeParquet(file(dir), salesOf(), { rows: Math.floor(rows * 1.01) }),
    },
  ];
}

/**
 * Each `{ input, work, most, first, second }`: `first(dir)` and `second(dir, before)` write a version into an empty
 * folder; `input`: rows of the same one share the first version; `most`: MiB that mvgit may store for the second, of
 * 512.
 */
export function madeRows(mib) {
  const file = only("model.bin");
  const blob = { input: "random", first: (dir) => write(file(dir), random("blob", mib)) };
  const rows = [
    {
      ...blob,
      work: "1 percent appended",
      most: 5.6,
      second: (dir) => write(file(dir), chain(random("blob", mib), [stream("more")(Math.floor((mib * MIB) / 100))])),
    },
    {
      ...blob,
      work: "every 20th MiB changed (5 percent)",
      most: 28,
      second: (dir) => write(file(dir), changed("blob", mib)),
    },
    {
      ...blob,
      work: "17 bytes put in front",
      most: 1.5,
      second: (dir) => write(file(dir), chain([stream("front")(17)], random("blob", mib))),
    },
    ...models(mib),
    images(mib),
    ...tables(mib),
  ];
  return rows;
}

/** What the first version of a model may take, of 512 MiB. */
export const FIRST_MODEL = 360;

/** A folder with the same files. */
export function copyFolder(from, to, names) {
  mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(join(from, name), join(to, name));
}

/** The bytes of a file, piece by piece. */
export function* piecesOf(file) {
  const fd = openSync(file, "r");
  const piece = Buffer.allocUnsafe(8 * MIB);
  for (let got = readSync(fd, piece); got > 0; got = readSync(fd, piece)) yield piece.subarray(0, got);
  closeSync(fd);
}
