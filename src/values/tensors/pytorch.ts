/**
 * What `torch.save` writes: an archive with a pickle that says which tensors there are, and a file of bytes for each
 * storage.
 */
import { type RandomAccess, unreadable } from "./access.ts";
import { type Pickled, PickledCall, PickledDict, PickledName, PickledOutside, readPickle } from "./pickle.ts";
import { BYTES_OF, checkCount, checkPlace, countOf, distinctNames, type Tensor, type TensorFile } from "./tensor.ts";
import { placeOf, readZip, type ZipEntry } from "./zip.ts";

const PICKLE_CAP = 64 * 1024 * 1024;
/** Levels of a checkpoint that are looked into. */
const DEEPEST = 64;

const TYPES: Readonly<Record<string, string>> = {
  DoubleStorage: "f64",
  FloatStorage: "f32",
  HalfStorage: "f16",
  BFloat16Storage: "bf16",
  LongStorage: "i64",
  IntStorage: "i32",
  ShortStorage: "i16",
  CharStorage: "i8",
  ByteStorage: "u8",
  BoolStorage: "bool",
  ComplexFloatStorage: "c64",
  ComplexDoubleStorage: "c128",
  float64: "f64",
  float32: "f32",
  float16: "f16",
  bfloat16: "bf16",
  float8_e4m3fn: "f8_e4m3",
  float8_e5m2: "f8_e5m2",
  int64: "i64",
  uint64: "u64",
  int32: "i32",
  uint32: "u32",
  int16: "i16",
  uint16: "u16",
  int8: "i8",
  uint8: "u8",
  bool: "bool",
  complex64: "c64",
  complex128: "c128",
};

export async function readPytorch(access: RandomAccess): Promise<TensorFile> {
  const entries = await readZip(access);
  const pickle = [...entries.values()].find(({ name }) => /^[^/]*\/?data\.pkl$/.test(name));
  if (pickle === undefined) return unreadable("it is an archive, but not of torch.save");
  if (!pickle.isStored) unreadable("its list of tensors is packed, which torch.save does not do");
  if (pickle.size > PICKLE_CAP) unreadable("its list of tensors is longer than any real one");
  const byteOrder = entries.get(pickle.name.replace(/data\.pkl$/, "byteorder"));
  if (byteOrder !== undefined && (await bytesOf(access, byteOrder))[0] === 0x62)
    unreadable("it is of a machine with the other order of bytes");
  const found = new Found();
  found.walk(readPickle(await bytesOf(access, pickle)), "", 0);
  const places = new Map<string, { at: number; size: number } | null>();
  const tensors: Tensor[] = [];
  for (const { tensor, storage, from, span } of found.tensors) {
    if (!places.has(storage)) {
      const entry = entries.get(pickle.name.replace(/data\.pkl$/, `data/${storage}`));
      places.set(storage, entry?.isStored ? { at: await placeOf(access, entry), size: entry.size } : null);
    }
    const place = places.get(storage) ?? null;
    if (place !== null && from + span > place.size) unreadable("a tensor in it has more values than its bytes");
    tensors.push(
      checkPlace(
        place === null ? tensor : { ...tensor, place: { offset: place.at + from, length: span } },
        access.size,
      ),
    );
  }
  return { format: "pytorch", tensors: distinctNames(tensors), notes: found.notes };
}

async function bytesOf(access: RandomAccess, entry: ZipEntry): Promise<Uint8Array> {
  return access.read(await placeOf(access, entry), Math.min(entry.packed, PICKLE_CAP));
}

interface InStorage {
  tensor: Tensor;
  storage: string;
  /** Bytes. */
  from: number;
  span: number;
}

/** Tensors by the path of keys that leads to them: `model.layer.0.weight`. */
class Found {
  readonly tensors: InStorage[] = [];
  readonly notes: string[] = [];
  /** What several lead to is looked into once: it may lead to itself. */
  readonly #seen = new Set<object>();

  walk(value: Pickled, name: string, depth: number): void {
    if (value === null || typeof value !== "object" || value instanceof Uint8Array) return;
    if (value instanceof PickledCall) return this.#call(value, name, depth);
    if (this.#seen.has(value)) return;
    this.#seen.add(value);
    if (depth > DEEPEST) return this.#note("what lies more than 64 levels deep was not looked at");
    if (value instanceof PickledDict)
      for (const [key, each] of value.entries) this.walk(each, join(name, keyOf(key)), depth + 1);
    else if (Array.isArray(value)) for (const [at, each] of value.entries()) this.walk(each, join(name, at), depth + 1);
  }

  #call(made: PickledCall, name: string, depth: number): void {
    const callee = made.callee instanceof PickledName ? made.callee.name : "";
    const args = Array.isArray(made.args) ? made.args : [];
    if (callee === "torch._utils._rebuild_tensor_v2" || callee === "torch._utils._rebuild_tensor")
      return this.#add(name, args, null);
    if (callee === "torch._utils._rebuild_tensor_v3") return this.#add(name, args, args[6] ?? null);
    if (/^torch\._utils\._rebuild_\w*tensor/.test(callee))
      return this.#note("tensors that are sparse, quantised or on no device were not compared");
    if (this.#seen.has(made)) return;
    this.#seen.add(made);
    if (depth > DEEPEST) return this.#note("what lies more than 64 levels deep was not looked at");
    if (callee.startsWith("torch._utils._rebuild_parameter")) return this.walk(args[0] ?? null, name, depth + 1);
    if (callee === "torch._tensor._rebuild_from_type_v2")
      return this.#call(new PickledCall(args[0] ?? null, args[2] ?? null), name, depth + 1);
    this.walk(made.args, name, depth + 1);
    this.walk(made.state, name, depth + 1);
  }

  #note(note: string): void {
    if (!this.notes.includes(note)) this.notes.push(note);
  }

  /** `args`: storage, where in it, size, strides. */
  #add(name: string, [storage, from, size, strides]: readonly Pickled[], type: Pickled): void {
    checkCount(this.tensors.length + 1);
    const id = storage instanceof PickledOutside ? storage.id : null;
    const [kind, of, key] = Array.isArray(id) ? id : [];
    const shape = numbers(size);
    if (kind !== "storage" || !(of instanceof PickledName) || typeof key !== "string" || typeof from !== "number")
      return unreadable("a tensor in it is described in a way that is not understood");
    const typeName = (type instanceof PickledName ? type : of).name.replace(/^.*\./, "");
    const dtype = Object.hasOwn(TYPES, typeName) ? (TYPES[typeName] as string) : typeName.toLowerCase().slice(0, 40);
    const each = BYTES_OF[dtype] ?? 1;
    const steps = numbers(strides);
    const count = countOf(shape);
    const reach = count === 0 ? 0 : shape.reduce((sum, length, at) => sum + (length - 1) * (steps[at] ?? 0), 1);
    const isInARow = reach === count && isContiguous(shape, steps);
    this.tensors.push({
      tensor: { name, dtype, shape, place: null, ...(isInARow ? {} : { layout: `strides ${steps.join(",")}` }) },
      storage: key,
      from: from * each,
      span: reach * each,
    });
  }
}

function isContiguous(shape: readonly number[], steps: readonly number[]): boolean {
  let expected = 1;
  for (let at = shape.length - 1; at >= 0; at--) {
    if (shape[at] !== 1 && steps[at] !== expected) return false;
    expected *= shape[at] as number;
  }
  return true;
}

function numbers(value: Pickled | undefined): number[] {
  return Array.isArray(value) &&
    value.length <= 64 &&
    value.every((each) => Number.isSafeInteger(each) && Number(each) >= 0)
    ? (value as number[])
    : unreadable("a shape in it is none");
}

function keyOf(key: Pickled): string | number {
  return typeof key === "string" || typeof key === "number" ? key : "?";
}

function join(name: string, key: string | number): string {
  return name === "" ? String(key) : `${name.slice(0, 2048)}.${key}`;
}
