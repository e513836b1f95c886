/** Numbers and hashes of stored forms as bytes: little-endian, without gaps. */
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { demand, Malformed } from "./malformed.ts";

/** Bytes of a hash. */
export const HASH_BYTES = 32;
const U32 = 2 ** 32;

/** Writes a form of a known length from its beginning to its end. */
export class FormWriter {
  readonly bytes: Buffer;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
  }

  text(ascii: string): void {
    this.#at += this.bytes.write(ascii, this.#at, "latin1");
  }

  hash(hash: Hash): void {
    this.#at += this.bytes.write(hash, this.#at, "hex");
  }

  u8(value: number): void {
    this.#at = this.bytes.writeUInt8(value, this.#at);
  }

  u16(value: number): void {
    this.#at = this.bytes.writeUInt16LE(value, this.#at);
  }

  u32(value: number): void {
    this.#at = this.bytes.writeUInt32LE(value, this.#at);
  }

  /** Of a number that a double holds exactly. */
  u64(value: number): void {
    this.u32(value % U32);
    this.u32(Math.floor(value / U32));
  }

  /** Ends the form with the hash of all before. */
  sum(): Buffer {
    this.hash(hashBytes(this.bytes.subarray(0, this.#at)));
    return this.bytes;
  }
}

/** Reads a form; throws `Malformed` where it ends too early. */
export class FormReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #skip(length: number): number {
    demand(length <= this.left, "it is cut short");
    const at = this.#at;
    this.#at += length;
    return at;
  }

  /** The next so many bytes, not copied. */
  take(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  hash(): Hash {
    const at = this.#skip(HASH_BYTES);
    return this.#bytes.toString("hex", at, at + HASH_BYTES) as Hash;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  u64(): number {
    const low = this.u32();
    const value = this.u32() * U32 + low;
    demand(Number.isSafeInteger(value), "a number is too large");
    return value;
  }

  /** The eight bytes that a form begins or ends with: letters, and the number of the format. */
  magic(magic: string): void {
    const at = this.#skip(magic.length);
    const found = this.#bytes.toString("latin1", at, at + magic.length);
    if (found === magic) return;
    const letters = magic.slice(0, -1);
    if (found.startsWith(letters) && /[2-9]$/.test(found))
      throw new Malformed(`it is of format ${found.slice(-1)}`, { isNewer: true });
    throw new Malformed(`it has not the letters ${magic}`);
  }

  end(): void {
    demand(this.left === 0, "something follows its end");
  }
}

/**
 * A form that begins with a magic and ends with the hash of all before: what is between, verified. Throws `Malformed`,
 * before anything is hashed where it is longer than `most`.
 */
export function openForm(bytes: Uint8Array, magic: string, most: number): FormReader {
  demand(bytes.length <= most, "it is too long");
  new FormReader(bytes).magic(magic);
  demand(bytes.length >= magic.length + HASH_BYTES, "it is cut short");
  const body = bytes.subarray(0, bytes.length - HASH_BYTES);
  const sum = new FormReader(bytes.subarray(bytes.length - HASH_BYTES)).hash();
  demand(hashBytes(body) === sum, "its own sum is wrong");
  return new FormReader(body.subarray(magic.length));
}
