/** Two files of weights tensor by tensor: by name, shape and type, and by their values as far as asked. */
import type { RandomAccess } from "./access.ts";
import { type Change, ChangeSum, decoderOf } from "./numbers.ts";
import { countOf, type Tensor, type TensorFile, type TensorFormat } from "./tensor.ts";

/** One side of a tensor. */
interface TensorSide {
  dtype: string;
  shape: number[];
}

/**
 * What became of a tensor; the first that is true. `unknown`: of the same name, shape and type, and its values were not
 * compared.
 */
type TensorChangeKind = "added" | "removed" | "reshaped" | "retyped" | "changed" | "unknown";

interface TensorChange {
  name: string;
  what: TensorChangeKind;
  a: TensorSide | null;
  b: TensorSide | null;
  /** By how much; null where nothing is to be counted, or it was not. */
  by: Change | null;
}

export interface TensorComparison {
  /** Of each side: its format, and how many tensors and values it has. */
  a: { format: TensorFormat; tensors: number; values: number };
  b: { format: TensorFormat; tensors: number; values: number };
  /** How many of each kind, and how many are the same in all. */
  counts: { [K in TensorChangeKind | "alike"]: number };
  /** The first `MOST_LISTED`: what came, went and has another shape or type, then by how much it changed. */
  tensors: TensorChange[];
  /** What was not compared, in sentences. */
  notes: string[];
}

const MOST_LISTED = 1000;
/** Bytes of one side that are held at a time; a multiple of the size of every value. */
const PIECE = 1024 * 1024;
const ORDER: readonly TensorChangeKind[] = ["added", "removed", "reshaped", "retyped", "changed", "unknown"];

/** One file: what is in it, and its bytes. */
export interface TensorSource {
  file: TensorFile;
  access: RandomAccess;
}

/**
 * `budget`: bytes of each side up to which values are compared, taken from as they are; null: headers alone. Throws
 * what `access` throws.
 */
export async function compareTensors(
  a: TensorSource,
  b: TensorSource,
  budget: { left: number } | null,
): Promise<TensorComparison> {
  const counts = { added: 0, removed: 0, reshaped: 0, retyped: 0, changed: 0, unknown: 0, alike: 0 };
  const changes: TensorChange[] = [];
  const before = new Map(a.file.tensors.map((tensor) => [tensor.name, tensor]));
  const reading = { budget: budget ?? { left: 0 }, isShort: false };
  for (const tensor of b.file.tensors) {
    const other = before.get(tensor.name);
    before.delete(tensor.name);
    const change = other === undefined ? one(null, tensor, "added") : await changeOf([a, b], [other, tensor], reading);
    if (change === null) counts.alike++;
    else changes.push(change);
  }
  for (const tensor of before.values()) changes.push(one(tensor, null, "removed"));
  for (const { what } of changes) counts[what]++;
  const short = "the values of some tensors were not compared, since that takes reading more than is read for it";
  return {
    a: summary(a.file),
    b: summary(b.file),
    counts,
    tensors: changes.toSorted(inOrder).slice(0, MOST_LISTED),
    notes: [...new Set([...a.file.notes, ...b.file.notes, ...(reading.isShort && budget !== null ? [short] : [])])],
  };
}

function summary({ format, tensors }: TensorFile): TensorComparison["a"] {
  return { format, tensors: tensors.length, values: tensors.reduce((sum, { shape }) => sum + countOf(shape), 0) };
}

function one(a: Tensor | null, b: Tensor | null, what: TensorChangeKind, by: Change | null = null): TensorChange {
  const side = (tensor: Tensor | null): TensorSide | null => tensor && { dtype: tensor.dtype, shape: tensor.shape };
  return { name: (b ?? a)?.name ?? "", what, a: side(a), b: side(b), by };
}

function inOrder(x: TensorChange, y: TensorChange): number {
  const much = ({ by }: TensorChange): number => by?.relative ?? (by === null ? 0 : Infinity);
  const kinds = ORDER.indexOf(x.what) - ORDER.indexOf(y.what);
  if (kinds !== 0 || much(x) === much(y)) return kinds;
  return much(y) > much(x) ? 1 : -1;
}

type Pair<T> = readonly [a: T, b: T];

/** Null: the same. */
async function changeOf(
  sources: Pair<TensorSource>,
  [x, y]: Pair<Tensor>,
  reading: { budget: { left: number }; isShort: boolean },
): Promise<TensorChange | null> {
  if (x.shape.join() !== y.shape.join()) return one(x, y, "reshaped");
  const isRetyped = x.dtype !== y.dtype;
  const bytes = Math.max(x.place?.length ?? 0, y.place?.length ?? 0);
  const isReadable = x.place !== null && y.place !== null;
  if (!isReadable || bytes > reading.budget.left) {
    reading.isShort ||= isReadable;
    return one(x, y, isRetyped ? "retyped" : "unknown");
  }
  reading.budget.left -= bytes;
  const decoders = [x, y].map((tensor) => (tensor.layout === undefined ? decoderOf(tensor.dtype) : null));
  const [decodeA, decodeB] = decoders;
  if (isRetyped) {
    const by = decodeA && decodeB ? await sumOf(sources, [x, y]) : null;
    return one(x, y, "retyped", by);
  }
  if (x.layout !== y.layout) return one(x, y, "unknown");
  if (await haveSameBytes(sources, [x, y])) return null;
  return one(x, y, "changed", decodeA && decodeB ? await sumOf(sources, [x, y]) : null);
}

async function haveSameBytes([a, b]: Pair<TensorSource>, [x, y]: Pair<Tensor>): Promise<boolean> {
  const [from, to] = [x.place, y.place];
  if (from?.length !== to?.length) return false;
  for (let at = 0; at < (from?.length ?? 0); at += PIECE) {
    const length = Math.min(PIECE, (from?.length ?? 0) - at);
    const pieces = await Promise.all([
      a.access.read((from?.offset ?? 0) + at, length),
      b.access.read((to?.offset ?? 0) + at, length),
    ]);
    if (!isSame(...pieces)) return false;
  }
  return true;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Of tensors that have as many values, each with a decoder. */
async function sumOf([a, b]: Pair<TensorSource>, [x, y]: Pair<Tensor>): Promise<Change> {
  const sum = new ChangeSum();
  const count = countOf(x.shape);
  const read = async (
    { access }: TensorSource,
    tensor: Tensor,
    at: number,
    into: Float64Array,
  ): Promise<Uint8Array> => {
    const each = (tensor.place?.length ?? 0) / count;
    const bytes = await access.read((tensor.place?.offset ?? 0) + at * each, into.length * each);
    decoderOf(tensor.dtype)?.(bytes, into);
    return bytes;
  };
  const most = PIECE / 8;
  for (let at = 0; at < count; at += most) {
    const length = Math.min(most, count - at);
    const values = [new Float64Array(length), new Float64Array(length)] as const;
    const [from, to] = await Promise.all([read(a, x, at, values[0]), read(b, y, at, values[1])]);
    sum.add(...values, x.dtype === y.dtype && /^[iu]64$/.test(x.dtype) ? differs(from, to) : undefined);
  }
  return sum.change;
}

/** Whether two values of 64 bits are other ones: as numbers neighbours are one, above what JavaScript counts. */
function differs(a: Uint8Array, b: Uint8Array): (at: number) => boolean {
  return (at) => {
    for (let byte = 8 * at; byte < 8 * at + 8; byte++) if (a[byte] !== b[byte]) return true;
    return false;
  };
}
