/** ONNX: a protobuf, of which the initializers of the graph are the weights. */
import { ahead, Cursor, type RandomAccess, textOf, Unreadable, unreadable } from "./access.ts";
import { checkCount, checkPlace, distinctNames, type Tensor, type TensorFile } from "./tensor.ts";

/** Fields of a message that are walked over. */
const MOST_FIELDS = 4_000_000;
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

const TYPES: readonly string[] = [
  ...["none", "f32", "u8", "i8", "u16", "i16", "i32", "i64", "text", "bool", "f16", "f64", "u32", "u64"],
  ...["c64", "c128", "bf16", "f8_e4m3", "f8_e4m3fnuz", "f8_e5m2", "f8_e5m2fnuz", "u4", "i4", "f4_e2m1"],
];

interface Range {
  from: number;
  to: number;
}

/** A field of a message: where its bytes are, or the number that it is. */
type Field = ({ number: number } & Range) | { number: number; value: number };

/** Only a name tells: the format has no sign of its own. */
export function isOnnx(start: Uint8Array, path: string): boolean {
  // The version of the format comes first.
  return /\.onnx$/i.test(path) && start[0] === 0x08;
}

/** Of the outermost message: numbers and messages that it may consist of, and how many parts are looked at. */
const [MODEL_NUMBERS, MODEL_PARTS, MODEL_FIELDS] = [[1, 5], [2, 3, 4, 6, 7, 8, 14, 20, 25, 26], 20_000];

/** Whether its parts are those of a model, a graph among them, to the last byte: what a file without a name goes by. */
export async function mayBeOnnx(access: RandomAccess, start: Uint8Array): Promise<boolean> {
  if (start[0] !== 0x08) return false;
  const cursor = new Cursor(access);
  let isGraph = false;
  try {
    for (let count = 0; !cursor.isAtEnd; count++) {
      const tag = await cursor.varint();
      const [number, wire] = [Math.floor(tag / 8), tag % 8];
      const known = wire === 0 ? MODEL_NUMBERS : MODEL_PARTS;
      if (count > MODEL_FIELDS || (wire !== 0 && wire !== 2) || !known.includes(number)) return false;
      const value = await cursor.varint();
      if (wire === 2) cursor.skip(value);
      isGraph ||= number === 7;
    }
  } catch (error) {
    if (error instanceof Unreadable) return false;
    throw error;
  }
  return isGraph;
}

async function* fields(access: RandomAccess, from: number, to: number): AsyncGenerator<Field> {
  const cursor = new Cursor(access, from, to);
  for (let count = 0; !cursor.isAtEnd; count++) {
    if (count > MOST_FIELDS) unreadable("it has more parts than any real one");
    const tag = await cursor.varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) yield { number, value: await cursor.varint() };
    else if (wire === 2) {
      const length = await cursor.varint();
      const at = cursor.at;
      cursor.skip(length);
      yield { number, from: at, to: at + length };
    } else cursor.skip(FIXED[wire] ?? unreadable("it is no protobuf"));
  }
}

export async function readOnnx(file: RandomAccess): Promise<TensorFile> {
  const access = ahead(file, NEAR);
  const found = new Found(access);
  let isGraph = false;
  for await (const graph of fields(access, 0, access.size)) {
    if (graph.number !== 7 || "value" in graph) continue;
    isGraph = true;
    await found.graph(graph, 0);
  }
  if (!isGraph) unreadable("it has no graph");
  const notes = [
    ...(found.isElsewhere
      ? ["the values of some tensors are in other files: of them only type and shape are compared"]
      : []),
    ...(found.isSparse ? ["sparse tensors were not compared"] : []),
  ];
  return { format: "onnx", tensors: distinctNames(found.tensors), notes };
}

/** Bytes that are read at once: of a graph, most parts are small. */
const NEAR = 64 * 1024;
/** Graphs in nodes of graphs. */
const DEEPEST = 16;
/** Bytes of a constant of a node that is told, and so of such a node: most are the few numbers of a shape. */
const LEAST_CONSTANT = 1024;

function isLarge({ from, to }: Range): boolean {
  return to - from >= LEAST_CONSTANT;
}

/** What a graph has as its initializers, and its nodes as constants, graphs inside of these included. */
class Found {
  readonly tensors: Tensor[] = [];
  readonly #access: RandomAccess;
  #fields = 0;
  isSparse = false;
  isElsewhere = false;

  constructor(access: RandomAccess) {
    this.#access = access;
  }

  async graph(at: Range, depth: number): Promise<void> {
    if (depth > DEEPEST) unreadable("graphs in it lie deeper than those of any real one");
    for await (const field of this.#ranges(at)) {
      if (field.number === 15) this.isSparse = true;
      else if (field.number === 1 && isLarge(field)) await this.#node(field, depth);
      else if (field.number === 5) await this.#tensor(field, "");
    }
  }

  /** A constant has the name of what the node gives. */
  async #node(at: Range, depth: number): Promise<void> {
    let output = "";
    for await (const field of this.#ranges(at)) {
      if (field.number === 2) output ||= await this.#text(field);
      if (field.number !== 5) continue;
      for await (const value of this.#ranges(field)) {
        if ((value.number === 5 || value.number === 10) && isLarge(value)) await this.#tensor(value, output);
        if (value.number === 6 || value.number === 11) await this.graph(value, depth + 1);
      }
    }
  }

  async #tensor(at: Range, name: string): Promise<void> {
    checkCount(this.tensors.length + 1);
    const { tensor, external } = await readTensor(this.#access, at.from, at.to);
    this.isElsewhere ||= external;
    this.tensors.push(checkPlace({ ...tensor, name: tensor.name || name }, this.#access.size));
  }

  async #text({ from, to }: Range): Promise<string> {
    return textOf(await new Cursor(this.#access, from, to).bytes(to - from));
  }

  /** What is a message or a text; of all that is walked over together no more than any real file has. */
  async *#ranges({ from, to }: Range): AsyncGenerator<Range & { number: number }> {
    for await (const field of fields(this.#access, from, to)) {
      if (++this.#fields > MOST_FIELDS) unreadable("it has more parts than any real one");
      if (!("value" in field)) yield field;
    }
  }
}

async function readTensor(
  access: RandomAccess,
  from: number,
  to: number,
): Promise<{ tensor: Tensor; external: boolean }> {
  const tensor: Tensor = { name: "", dtype: "none", shape: [], place: null };
  let external = false;
  for await (const field of fields(access, from, to)) {
    if ("value" in field) {
      if (field.number === 1) pushDimension(tensor, field.value);
      if (field.number === 2) tensor.dtype = TYPES[field.value] ?? `type ${field.value}`;
      if (field.number === 14) external = field.value === 1;
      continue;
    }
    const length = field.to - field.from;
    const inside = async (): Promise<Uint8Array> => new Cursor(access, field.from, field.to).bytes(length);
    if (field.number === 8) tensor.name = textOf(await inside());
    if (field.number === 1) for await (const each of varints(access, field)) pushDimension(tensor, each);
    if (field.number === 9) tensor.place = { offset: field.from, length };
    // Values as numbers of the protobuf: equal bytes are equal values, and that is all that is asked of them.
    if (length > 0 && [4, 5, 6, 7, 10, 11].includes(field.number)) {
      tensor.place = { offset: field.from, length };
      tensor.layout = `field ${field.number}`;
    }
  }
  if (external) tensor.place = null;
  if (["u4", "i4", "f4_e2m1"].includes(tensor.dtype) && tensor.layout === undefined) tensor.layout = "packed";
  if (tensor.layout === "field 4" && tensor.dtype === "f32") delete tensor.layout;
  return { tensor, external };
}

function pushDimension(tensor: Tensor, size: number): void {
  if (tensor.shape.push(size) > 64) unreadable("a tensor in it has more dimensions than any real one");
}

async function* varints(access: RandomAccess, { from, to }: { from: number; to: number }): AsyncGenerator<number> {
  const cursor = new Cursor(access, from, to);
  while (!cursor.isAtEnd) yield await cursor.varint();
}
