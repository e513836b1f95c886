/** Thrift's compact form, in which Parquet lists its parts: what is not asked for is passed over. */
import { unreadable } from "../tensors/access.ts";

const [TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
];
/** Structs within structs. */
const DEEPEST = 32;

/** What is done with a field of a struct, by the type that the file says; it must read all of the field. */
type Visit = Readonly<Record<number, (type: number) => void>>;

/** Throws `Unreadable` for what is none, wherever it shows. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** One struct; fields that `visit` does not name are passed over. */
  struct(visit: Visit): void {
    this.#struct(visit, 0);
  }

  #struct(visit: Visit, depth: number): void {
    if (depth > DEEPEST) unreadable("its parts lie deeper than those of any real one");
    for (let field = 0; ;) {
      const head = this.#byte();
      if (head === 0) return;
      const type = head & 15;
      field = head >> 4 === 0 ? this.#zigzag() : field + (head >> 4);
      const read = Object.hasOwn(visit, field) ? visit[field] : undefined;
      if (read === undefined) this.#pass(type, depth, false);
      else read(type);
    }
  }

  number(type: number): number {
    if (type !== I16 && type !== I32 && type !== I64) return this.#other();
    return this.#zigzag();
  }

  binary(type: number): Uint8Array {
    if (type !== BINARY) return this.#other();
    return this.#take(this.#varint());
  }

  /** Calls `each` once for every element, which must read it. */
  list(type: number, each: (type: number) => void): void {
    if (type !== LIST) return this.#other();
    const { count, of } = this.#listHead();
    for (let at = 0; at < count; at++) each(of);
  }

  /** A struct inside of another, or of a list. */
  inner(type: number, visit: Visit): void {
    if (type !== STRUCT) return this.#other();
    this.#struct(visit, 0);
  }

  #other(): never {
    return unreadable("a part of its list is of another type than it should be");
  }

  #listHead(): { count: number; of: number } {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    // Each has a byte at least.
    if (count > this.#bytes.length - this.#at) unreadable("its list of parts is cut short");
    return { count, of: head & 15 };
  }

  #pass(type: number, depth: number, isElement: boolean): void {
    if (depth > DEEPEST) unreadable("its parts lie deeper than those of any real one");
    if (type === TRUE || type === FALSE) this.#take(isElement ? 1 : 0);
    else if (type === BYTE) this.#take(1);
    else if (type === I16 || type === I32 || type === I64) this.#varint();
    else if (type === DOUBLE) this.#take(8);
    else if (type === BINARY) this.#take(this.#varint());
    else if (type === LIST || type === SET) this.#passList(depth);
    else if (type === MAP) this.#passMap(depth);
    else if (type === STRUCT) this.#struct({}, depth + 1);
    else unreadable("its list of parts makes no sense");
  }

  #passList(depth: number): void {
    const { count, of } = this.#listHead();
    for (let at = 0; at < count; at++) this.#pass(of, depth + 1, true);
  }

  #passMap(depth: number): void {
    const count = this.#varint();
    if (count === 0) return;
    if (count > this.#bytes.length - this.#at) unreadable("its list of parts is cut short");
    const types = this.#byte();
    for (let at = 0; at < count; at++) {
      this.#pass(types >> 4, depth + 1, true);
      this.#pass(types & 15, depth + 1, true);
    }
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? unreadable("its list of parts is cut short");
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) unreadable("its list of parts is cut short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Above what JavaScript counts nearly: who needs it right looks. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return unreadable("a number in it never ends");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
