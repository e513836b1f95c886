/** safetensors: a length, a header of JSON, and the bytes. */
import { Cursor, type RandomAccess, textOf, unreadable } from "./access.ts";
import { BYTES_OF, checkCount, checkPlace, MOST_TENSORS, type Tensor, type TensorFile } from "./tensor.ts";

/** Bytes of a header; that of a model with ten thousand tensors has one million. */
const HEADER_CAP = 32 * 1024 * 1024;

/** Whether the first bytes are those of one: the format has no sign of its own. */
export function isSafetensors(start: Uint8Array, size: number): boolean {
  if (start.length < 9 || start[8] !== 0x7b) return false;
  const view = new DataView(start.buffer, start.byteOffset);
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) + 8 <= size;
}

export async function readSafetensors(access: RandomAccess): Promise<TensorFile> {
  const cursor = new Cursor(access);
  const length = await cursor.u64();
  const bytes = await cursor.bytes(length, HEADER_CAP);
  checkParts(bytes);
  const header = parse(textOf(bytes));
  const begin = 8 + length;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  checkCount(entries.length);
  return {
    format: "safetensors",
    tensors: entries.map(([name, entry]) => checkPlace(tensorOf(name, entry, begin), access.size)),
    notes: [],
  };
}

/** Parts within each other, and all of them: a header lists tensors, each a mapping with two lists. */
const [DEEPEST, MOST_PARTS] = [32, 3 * MOST_TENSORS + 3];
const [QUOTE, ESCAPE] = [0x22, 0x5c];
const [OPENS, CLOSES] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];

/**
 * Throws where it has more parts than any real one, or deeper ones: once parsed, each takes fifty times the bytes that
 * it has.
 */
function checkParts(bytes: Uint8Array): void {
  let [depth, parts, isText] = [0, 0, false];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === ESCAPE ? 1 : 0;
    else if (CLOSES.has(byte)) depth--;
    else if (OPENS.has(byte) && (++depth > DEEPEST || ++parts > MOST_PARTS))
      unreadable("its header has more parts than any real one");
  }
}

function parse(text: string): object {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === "object" && header !== null && !Array.isArray(header)) return header;
  } catch {
    // Said below.
  }
  return unreadable("its header is no JSON object");
}

function tensorOf(name: string, entry: unknown, begin: number): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || dtype.length > 40 || !isNumbers(shape) || !isNumbers(offsets))
    return unreadable("an entry of its header is none of a tensor");
  const [from = 0, to = -1] = offsets;
  if (offsets.length !== 2 || to < from) unreadable("an entry of its header is none of a tensor");
  return { name, dtype: typeName(dtype), shape, place: { offset: begin + from, length: to - from } };
}

function typeName(dtype: string): string {
  const name = dtype.toLowerCase();
  const known = name === "f8_e4m3fn" ? "f8_e4m3" : name;
  return Object.hasOwn(BYTES_OF, known) ? known : name.replace(/[^a-z0-9_]/g, "?");
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && (each as number) >= 0);
}
