/** What a file of weights says of each tensor in it. */
import { unreadable } from "./access.ts";

export interface Tensor {
  name: string;
  /** `f32`, `bf16`, `i64`, `f8_e4m3`, `q4_k`, …: as the format calls it, in small letters. */
  dtype: string;
  /** The outermost first. */
  shape: number[];
  /**
   * Where its bytes are in this file, and how many; null where they are not in it, or in no form that can be read
   * through: compared by name, type and shape alone.
   */
  place: { offset: number; length: number } | null;
  /**
   * How its bytes are laid out, where that is not one value after the other. Where it is equal, equal bytes are equal
   * values.
   */
  layout?: string;
}

export type TensorFormat = "safetensors" | "gguf" | "pytorch" | "onnx" | "npy" | "npz";

export interface TensorFile {
  format: TensorFormat;
  tensors: Tensor[];
  /** What was left out, in sentences. */
  notes: string[];
}

/** Tensors of one file: the largest models have some ten thousand. */
export const MOST_TENSORS = 200_000;
/** Letters of a name, and dimensions. */
const LONGEST_NAME = 4096;
const MOST_DIMENSIONS = 64;

/** How many bytes a value of a type has. */
export const BYTES_OF: Readonly<Record<string, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  f8_e4m3: 1,
  f8_e5m2: 1,
  i64: 8,
  u64: 8,
  i32: 4,
  u32: 4,
  i16: 2,
  u16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
  c64: 8,
  c128: 16,
};

/** How many values a tensor of the shape has. Throws for a shape that cannot be. */
export function countOf(shape: readonly number[]): number {
  if (shape.length > MOST_DIMENSIONS) unreadable("a tensor in it has more dimensions than any real one");
  let count = 1;
  for (const each of shape) {
    if (!Number.isSafeInteger(each) || each < 0) unreadable("a shape in it is none");
    count *= each;
    if (!Number.isSafeInteger(count)) unreadable("a tensor in it has more values than any real one");
  }
  return count;
}

/** Throws for a place that is not in a file of that size, or has not the bytes that the values take. */
export function checkPlace(tensor: Tensor, size: number): Tensor {
  if (tensor.name.length > LONGEST_NAME) unreadable("a name in it is longer than any real one");
  const count = countOf(tensor.shape);
  if (tensor.place === null) return tensor;
  const { offset, length } = tensor.place;
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size)
    unreadable("it says that bytes of a tensor are where there are none");
  const each = BYTES_OF[tensor.dtype];
  if (each !== undefined && tensor.layout === undefined && length !== count * each)
    unreadable("it says another number of bytes than a tensor's shape has");
  return tensor;
}

/** Throws for more than any file has. */
export function checkCount(count: number): void {
  if (count > MOST_TENSORS) unreadable("it says that it has more tensors than any real one");
}

/** Each name once: of a name that comes again the later one has a number behind it. */
export function distinctNames(tensors: Tensor[]): Tensor[] {
  const times = new Map<string, number>();
  return tensors.map((tensor) => {
    const time = (times.get(tensor.name) ?? 0) + 1;
    times.set(tensor.name, time);
    return time === 1 ? tensor : { ...tensor, name: `${tensor.name} (${time})` };
  });
}
