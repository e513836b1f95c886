/** GGUF, of llama.cpp: settings, a list of tensors, and their bytes, most often in blocks of few bits. */
import { Cursor, type RandomAccess, textOf, u64At, unreadable, viewOf } from "./access.ts";
import { checkCount, checkPlace, countOf, type Tensor, type TensorFile } from "./tensor.ts";

const SETTINGS_CAP = 100_000;
/** Values of one list of settings, such as the words of a tokenizer. */
const LIST_CAP = 16_000_000;
const TEXT_CAP = 16 * 1024 * 1024;

/** By number: name, values of a block, bytes of a block. */
const TYPES: Readonly<Record<number, readonly [name: string, values: number, bytes: number]>> = {
  0: ["f32", 1, 4],
  1: ["f16", 1, 2],
  2: ["q4_0", 32, 18],
  3: ["q4_1", 32, 20],
  6: ["q5_0", 32, 22],
  7: ["q5_1", 32, 24],
  8: ["q8_0", 32, 34],
  9: ["q8_1", 32, 36],
  10: ["q2_k", 256, 84],
  11: ["q3_k", 256, 110],
  12: ["q4_k", 256, 144],
  13: ["q5_k", 256, 176],
  14: ["q6_k", 256, 210],
  15: ["q8_k", 256, 292],
  16: ["iq2_xxs", 256, 66],
  17: ["iq2_xs", 256, 74],
  18: ["iq3_xxs", 256, 98],
  19: ["iq1_s", 256, 50],
  20: ["iq4_nl", 32, 18],
  21: ["iq3_s", 256, 110],
  22: ["iq2_s", 256, 82],
  23: ["iq4_xs", 256, 136],
  24: ["i8", 1, 1],
  25: ["i16", 1, 2],
  26: ["i32", 1, 4],
  27: ["i64", 1, 8],
  28: ["f64", 1, 8],
  29: ["iq1_m", 256, 56],
  30: ["bf16", 1, 2],
  34: ["tq1_0", 256, 54],
  35: ["tq2_0", 256, 66],
  39: ["mxfp4", 32, 17],
};

export function isGguf(start: Uint8Array): boolean {
  return start.length >= 4 && String.fromCharCode(...start.subarray(0, 4)) === "GGUF";
}

export async function readGguf(access: RandomAccess): Promise<TensorFile> {
  const cursor = new Cursor(access, 4);
  const version = await cursor.u32();
  if (version !== 2 && version !== 3) unreadable("it is of a version of GGUF that is not known");
  const [count, settings] = [await cursor.u64(), await cursor.u64()];
  checkCount(count);
  if (settings > SETTINGS_CAP) unreadable("it says that it has more settings than any real one");
  let alignment = 32;
  for (let each = 0; each < settings; each++) {
    const name = await text(cursor);
    const value = await skipValue(cursor, await cursor.u32());
    if (name === "general.alignment" && value !== null) alignment = value;
  }
  if (!(alignment > 0)) unreadable("its alignment is none");
  const found: (Tensor & { from: number })[] = [];
  for (let each = 0; each < count; each++) found.push(await entry(cursor));
  const begin = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = found.map(({ from, ...tensor }) =>
    checkPlace(tensor.place ? { ...tensor, place: { ...tensor.place, offset: begin + from } } : tensor, access.size),
  );
  return { format: "gguf", tensors, notes: [] };
}

async function text(cursor: Cursor): Promise<string> {
  return textOf(await cursor.bytes(await cursor.u64()));
}

async function entry(cursor: Cursor): Promise<Tensor & { from: number }> {
  const name = await text(cursor);
  const dimensions = await cursor.u32();
  if (dimensions > 8) unreadable("a tensor in it has more dimensions than any real one");
  const sizes = viewOf(await cursor.bytes(dimensions * 8));
  const shape = Array.from({ length: dimensions }, (_, at) => u64At(sizes, at * 8)).toReversed();
  const type = await cursor.u32();
  const from = await cursor.u64();
  const [dtype, values, bytes] = TYPES[type] ?? [`type ${type}`, 0, 0];
  const count = countOf(shape);
  if (values === 0) return { name, dtype, shape, from, place: null };
  return {
    name,
    dtype,
    shape,
    from,
    place: { offset: 0, length: Math.ceil(count / values) * bytes },
    ...(values === 1 ? {} : { layout: "blocks" }),
  };
}

/** Bytes of a value, by the number of its type; of texts (8) and lists (9) they are said. */
const SIZES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

/** What a value of 32 bits without a sign is; null for all else. */
async function skipValue(cursor: Cursor, type: number): Promise<number | null> {
  if (type === 4) return cursor.u32();
  if (type === 8) await skipText(cursor);
  else if (type === 9) await skipList(cursor);
  else cursor.skip(SIZES[type] ?? unreadable("a setting in it is of no type that is known"));
  return null;
}

async function skipList(cursor: Cursor): Promise<void> {
  const [type, count] = [await cursor.u32(), await cursor.u64()];
  const size = SIZES[type];
  if (count > LIST_CAP || size === undefined || type === 9) unreadable("a list of settings in it is none");
  if (type !== 8) return cursor.skip(count * (size as number));
  for (let each = 0; each < count; each++) await skipText(cursor);
}

async function skipText(cursor: Cursor): Promise<void> {
  const length = await cursor.u64();
  if (length > TEXT_CAP) unreadable("a text in it is longer than any real one");
  cursor.skip(length);
}
