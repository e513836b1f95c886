/** What numpy writes of one array: a line that describes it, and its bytes. */
import { type RandomAccess, textOf, unreadable, viewOf } from "./access.ts";
import { checkPlace, countOf, type TensorFile } from "./tensor.ts";

const HEADER_CAP = 1024 * 1024;
const SIGN = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const KINDS: Readonly<Record<string, string>> = { f: "f", i: "i", u: "u", c: "c", b: "bool" };

export function isNpy(start: Uint8Array): boolean {
  return start.length >= 10 && SIGN.every((byte, at) => start[at] === byte);
}

/** Throws for what is no array of plain values. */
export async function readNpy(access: RandomAccess): Promise<TensorFile> {
  const begin = await access.read(0, Math.min(access.size, 12));
  if (!isNpy(begin)) unreadable("it is no array of numpy");
  if (begin.length < 12) unreadable("it is cut short");
  const start = viewOf(begin);
  const isFirst = start.getUint8(6) === 1;
  const [from, length] = isFirst ? [10, start.getUint16(8, true)] : [12, start.getUint32(8, true)];
  if (length > HEADER_CAP) unreadable("its header is larger than any real one");
  if (from + length > access.size) unreadable("it is cut short");
  const text = textOf(await access.read(from, length));
  const [, order = "", kind = "", bytes = ""] = /'descr': '([<>|=])([a-zA-Z])(\d{1,6})'/.exec(text) ?? [];
  const [, sizes = null] = /'shape': \(([\d, ]*)\)/.exec(text) ?? [];
  if (kind === "" || kind === "O" || sizes === null) return unreadable("its header describes no plain array");
  const shape = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  const place = { offset: from + length, length: access.size - from - length };
  const each = Number(bytes) * (kind === "U" ? 4 : 1);
  if (countOf(shape) * each !== place.length) unreadable("it has another number of bytes than its shape");
  const tensor = { name: "array", dtype: dtypeOf(order, kind, Number(bytes)), shape, place };
  return { format: "npy", tensors: [checkPlace(tensor, access.size)], notes: [] };
}

/** `V2` is how numbers of bf16 are kept, which numpy has no name for; the other order of bytes is another type. */
function dtypeOf(order: string, kind: string, bytes: number): string {
  const name = KINDS[kind];
  if (order === ">" && bytes > 1) return `big-endian ${kind}${bytes}`;
  if (kind === "V" && bytes === 2) return "bf16";
  if (name === undefined) return `${kind}${bytes}`.toLowerCase();
  return name === "bool" ? name : `${name}${bytes * 8}`;
}
