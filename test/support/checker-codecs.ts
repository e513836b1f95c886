/** The codecs of docs/format.md, decoded for the checker with no code of mvgit's: simple, and slow. */
import { inflateRawSync } from "node:zlib";

/** Reads forward; throws past the end. */
class Form {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error("coded bytes end too early");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** `size`: bytes, 1 to 4. */
  number(size: number): number {
    return this.take(size).readUIntLE(0, size);
  }

  /** Seven bits in each byte, the lowest first. */
  short(): number {
    let [value, shift] = [0, 1];
    for (;;) {
      const byte = this.number(1);
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      shift *= 128;
    }
  }

  sequence(): Buffer {
    const method = this.number(1);
    const bytes = this.take(this.number(4));
    return method === 0 ? bytes : inflateRawSync(bytes);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error("coded bytes have more than they should");
  }
}

/** `codec`: its number; `length`: of the plain bytes; `base`: those that a delta or a patch rests on. */
export function decode(codec: number, stored: Buffer, { length, base }: { length: number; base?: Buffer }): Buffer {
  const plain = decoded(codec, stored, { length, base: base ?? Buffer.alloc(0) });
  if (plain.length !== length) throw new Error(`codec ${codec} gives ${plain.length} bytes instead of ${length}`);
  return plain;
}

function decoded(codec: number, stored: Buffer, { length, base }: { length: number; base: Buffer }): Buffer {
  if (codec === 0) return stored;
  if (codec === 1) return inflateRawSync(stored);
  if (codec === 2 || codec === 3) return split(stored, length, codec === 2 ? 2 : 4);
  if (codec === 4 || codec === 5) return delta(stored, base, codec === 4 ? 2 : 4);
  if (codec === 6) return patch(stored, length, base);
  throw new Error(`there is no codec ${codec}`);
}

function split(stored: Buffer, length: number, width: number): Buffer {
  const form = new Form(stored);
  const phase = form.number(1);
  const planes = Array.from({ length: width }, () => form.sequence());
  const [front, tail] = [form.take(phase), form.take((length - phase) % width)];
  form.end();
  const half = 2 ** (8 * width - 1);
  const words = numbersOf(planes).map((turned) => (turned - (turned % 2)) / 2 + (turned % 2) * half);
  return Buffer.concat([front, bytesOf(words, width), tail]);
}

function delta(stored: Buffer, base: Buffer, width: number): Buffer {
  const form = new Form(stored);
  const [phase, order, bits] = [form.number(1), form.number(1), form.take(32)];
  const packed = form.sequence();
  const planes = Array.from({ length: width }, () => form.sequence());
  const count = Math.floor((base.length - phase) / width);
  const words = Array.from({ length: count }, (_, at) => base.readUIntLE(phase + at * width, width));
  const [front, tail] = [form.take(phase), form.take(base.length - phase - count * width)];
  form.end();
  const [half, all] = [2 ** (8 * width - 1), 2 ** (8 * width)];
  const keys = words.map((word) => (order === 1 ? Math.floor(word / 2 ** (8 * width - 9)) % 256 : 0));
  const distances = distancesOf(keys, { packed, others: numbersOf(planes), bits });
  const placeOf = (word: number): number => (word < half ? word + half : all - 1 - word);
  const wordAt = (place: number): number => (place >= half ? place - half : all - 1 - place);
  const moved = words.map((word, at) => {
    const far = distances[at] as number;
    const step = far % 2 === 0 ? far / 2 : -(far + 1) / 2;
    return wordAt((placeOf(word) + step + all) % all);
  });
  return Buffer.concat([front, bytesOf(moved, width), tail]);
}

/** By word. */
function distancesOf(
  keys: readonly number[],
  { packed, others, bits }: { packed: Buffer; others: readonly number[]; bits: Buffer },
): number[] {
  const isPacked = (key: number): boolean => (((bits[key >> 3] as number) >> (key & 7)) & 1) === 1;
  const inOrder = (kind: boolean): number[] =>
    [...keys.keys()]
      .filter((at) => isPacked(keys[at] as number) === kind)
      .sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  const found: number[] = [];
  let next = 0;
  for (const at of inOrder(false)) found[at] = others[next++] as number;
  const short = inOrder(true);
  if (packed.length !== Math.ceil(short.length / 4)) throw new Error("a delta has another number of packed words");
  for (const [n, at] of short.entries()) {
    const two = ((packed[n >> 2] as number) >> (2 * (n & 3))) & 3;
    found[at] = two < 3 ? two : (others[next++] as number) + 3;
  }
  if (next !== others.length) throw new Error("a delta has another number of distances");
  return found;
}

function patch(stored: Buffer, length: number, base: Buffer): Buffer {
  const form = new Form(inflateRawSync(stored));
  const parts: Buffer[] = [];
  for (let [have, follows] = [0, 0]; have < length;) {
    const between = form.take(form.short());
    parts.push(between);
    have += between.length;
    if (have === length) break;
    const [run, far] = [form.short(), form.short()];
    const start = follows + between.length + (far % 2 === 0 ? far / 2 : -(far + 1) / 2);
    if (run === 0 || start < 0 || start + run > base.length) throw new Error("a patch names what its base has not");
    parts.push(base.subarray(start, start + run));
    have += run;
    follows = start + run;
  }
  form.end();
  return Buffer.concat(parts);
}

/** Byte k of each number is in plane k. */
function numbersOf(planes: readonly Buffer[]): number[] {
  if (new Set(planes.map(({ length }) => length)).size > 1) throw new Error("sequences of different lengths");
  const factors = planes.map((_, k) => 256 ** k);
  return Array.from({ length: planes[0]?.length ?? 0 }, (_, at) =>
    planes.reduce((sum, plane, k) => sum + (plane[at] as number) * (factors[k] as number), 0),
  );
}

function bytesOf(words: readonly number[], width: number): Buffer {
  const bytes = Buffer.alloc(words.length * width);
  for (const [at, word] of words.entries()) bytes.writeUIntLE(word, at * width, width);
  return bytes;
}
