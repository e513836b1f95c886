/** Packets of SFTP, version 3 (draft-ietf-secsh-filexfer-02): put together, and read as what anybody may have sent. */

export const TYPE = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  realpath: 16,
  stat: 17,
  rename: 18,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
} as const;

export const STATUS = { ok: 0, eof: 1, noSuchFile: 2, denied: 3, failure: 4, badMessage: 5, unsupported: 8 } as const;

/** Of `open`. */
export const OPEN = { read: 0x01, write: 0x02, create: 0x08, exclusive: 0x20 } as const;

const HAS = { size: 0x01, owner: 0x02, mode: 0x04, times: 0x08, more: 0x8000_0000 } as const;
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const KIND = 0o170000;
const FILE = 0o100000;
const FOLDER = 0o040000;

/** What is known of a file, a folder or another thing; null for what the other side does not tell. */
export interface Attributes {
  size: number | null;
  owner: { user: number; group: number } | null;
  /** Permissions, without the kind. */
  mode: number | null;
  kind: "file" | "folder" | "other" | null;
  /** Seconds since 1970. */
  modified: number | null;
}

/** A number is written with 4 bytes, a bigint with 8, text and bytes with their length before them. */
export type Field = number | bigint | string | Uint8Array | { raw: Buffer };

/** Attributes to be set: permissions, an owner, or both times in seconds since 1970. */
export function attributes({ mode, owner, times }: Partial<Settable>): { raw: Buffer } {
  const has = [owner && HAS.owner, mode !== undefined && HAS.mode, times !== undefined && HAS.times];
  const words = [has.reduce<number>((flags, each) => flags | Number(each || 0), 0)];
  if (owner) words.push(owner.user, owner.group);
  if (mode !== undefined) words.push(mode);
  if (times !== undefined) words.push(times, times);
  const raw = Buffer.alloc(4 * words.length);
  words.forEach((word, at) => raw.writeUInt32BE(word, 4 * at));
  return { raw };
}

interface Settable {
  mode: number;
  owner: { user: number; group: number };
  times: number;
}

/** A whole packet, with its length before it. */
export function packet(type: number, fields: readonly Field[]): Buffer {
  const bytes = Buffer.allocUnsafe(fields.reduce<number>((sum, field) => sum + lengthOf(field), 5));
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes[4] = type;
  let at = 5;
  for (const field of fields) at = put(bytes, field, at);
  return bytes;
}

function lengthOf(field: Field): number {
  if (typeof field === "number") return 4;
  if (typeof field === "bigint") return 8;
  if (typeof field === "string") return 4 + Buffer.byteLength(field);
  return "raw" in field ? field.raw.length : 4 + field.length;
}

function put(bytes: Buffer, field: Field, at: number): number {
  if (typeof field === "number") return bytes.writeUInt32BE(field, at);
  if (typeof field === "bigint") return bytes.writeBigUInt64BE(field, at);
  if (typeof field === "string") {
    const length = bytes.write(field, at + 4);
    return bytes.writeUInt32BE(length, at) + length;
  }
  if ("raw" in field) return at + field.raw.copy(bytes, at);
  bytes.set(field, at + 4);
  return bytes.writeUInt32BE(field.length, at) + field.length;
}

/** A packet that does not hold what it must: whoever sent it speaks another language, or lies. */
export class Malformed extends Error {}

/** What a packet holds, read from its beginning on. Throws `Malformed` where it ends before. */
export class Reading {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  number(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** A larger one than counts is the largest that does. */
  longOrLargest(): number {
    const value = this.#bytes.readBigUInt64BE(this.#take(8));
    return value > LARGEST ? Number.MAX_SAFE_INTEGER : Number(value);
  }

  long(): number {
    const value = this.longOrLargest();
    if (value === Number.MAX_SAFE_INTEGER) throw new Malformed("a number without end");
    return value;
  }

  /** A part of the packet's own memory. */
  bytes(): Buffer {
    const length = this.number();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  attributes(): Attributes {
    const flags = this.number();
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const size = has(HAS.size) ? this.long() : null;
    const owner = has(HAS.owner) ? { user: this.number(), group: this.number() } : null;
    const mode = has(HAS.mode) ? this.number() : null;
    const modified = has(HAS.times) ? (this.number(), this.number()) : null;
    for (let left = has(HAS.more) ? this.number() : 0; left > 0; left--) void [this.bytes(), this.bytes()];
    return { size, owner, mode: mode === null ? null : mode & 0o7777, kind: kindOf(mode), modified };
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new Malformed("a packet that ends early");
    this.#at += length;
    return start;
  }
}

function kindOf(mode: number | null): Attributes["kind"] {
  if (mode === null || (mode & KIND) === 0) return null;
  if ((mode & KIND) === FILE) return "file";
  return (mode & KIND) === FOLDER ? "folder" : "other";
}
