/** Which format a file of weights is of, by its first bytes, and what tensors are in it. */
import { type RandomAccess, Unreadable } from "./access.ts";
import { isGguf, readGguf } from "./gguf.ts";
import { isNpy, readNpy } from "./npy.ts";
import { isNpz, readNpz } from "./npz.ts";
import { isOnnx, readOnnx } from "./onnx.ts";
import { readPytorch } from "./pytorch.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";
import type { TensorFile } from "./tensor.ts";
import { isZip, listZip } from "./zip.ts";

/** What may have tensors, by its name: nothing else is opened. */
const NAMES = /\.(safetensors|gguf|pt|pth|ckpt|bin|onnx|npy|npz|torch)$/i;

export function mayHaveTensors(path: string): boolean {
  return NAMES.test(path);
}

/** What has tensors for certain, by its name: `.bin` and `.ckpt` may be anything. */
export function isOfTensors(path: string): boolean {
  return /\.(safetensors|gguf|pt|pth|onnx|npy|npz)$/i.test(path);
}

/**
 * Null for what is of no format that has tensors; never throws for what the bytes are, but for what `access` throws.
 */
export async function readTensors(path: string, access: RandomAccess): Promise<TensorFile | { why: string } | null> {
  const start = await access.read(0, Math.min(access.size, 64));
  const reader = readerOf(path, start, access.size);
  if (reader === null) return isOldTorch(path, start) ? { why: "it is of the old format of torch.save" } : null;
  try {
    return await reader(access);
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.message };
    // A number that was right for the file and is none for an array.
    if (error instanceof RangeError) return { why: "its header makes no sense" };
    throw error;
  }
}

function readerOf(
  path: string,
  start: Uint8Array,
  size: number,
): ((access: RandomAccess) => Promise<TensorFile>) | null {
  if (isGguf(start)) return readGguf;
  if (isNpy(start)) return readNpy;
  if (isZip(start)) return readZipped;
  if (isOnnx(start, path)) return readOnnx;
  return isSafetensors(start, size) ? readSafetensors : null;
}

/** Of an archive of torch.save, or of numpy. */
export async function readZipped(access: RandomAccess): Promise<TensorFile> {
  const entries = await listZip(access);
  return isNpz(entries) ? readNpz(access, entries) : readPytorch(access);
}

/** A pickle that begins with the number that torch wrote until 1.5. */
function isOldTorch(path: string, start: Uint8Array): boolean {
  return /\.(pt|pth|ckpt|bin)$/i.test(path) && start[0] === 0x80 && start[2] === 0x8a && start[3] === 0x0a;
}
