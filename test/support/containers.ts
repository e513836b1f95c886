/** Archives, tables and weights made by hand, as their formats are; and what lies about itself. */
import { deflateRawSync } from "node:zlib";
import type { RandomAccess } from "../../src/values/tensors/access.ts";

/** As a file would be; `reads` counts what was taken out of it. A read beyond it is a fault of the reader. */
export function accessTo(bytes: Uint8Array): RandomAccess & { reads: number } {
  return {
    size: bytes.length,
    reads: 0,
    async read(offset, length) {
      if (!(offset >= 0) || !(length >= 0) || offset + length > bytes.length)
        throw new Error(`read beyond: ${offset} ${length}`);
      this.reads += length;
      return bytes.slice(offset, offset + length);
    },
  };
}

/** Bytes that look random, and are the same for the same number. */
export function noise(length: number, seed = 1): Buffer {
  const words = new Int32Array(Math.ceil(length / 4));
  let state = seed | 0;
  for (let at = 0; at < words.length; at++) {
    state = (state + 0x6d2b79f5) | 0;
    let drawn = Math.imul(state ^ (state >>> 15), 1 | state);
    drawn = (drawn + Math.imul(drawn ^ (drawn >>> 7), 61 | drawn)) ^ drawn;
    words[at] = drawn ^ (drawn >>> 14);
  }
  return Buffer.from(words.buffer, 0, length);
}

interface InTar {
  name: string;
  bytes: Uint8Array;
  time?: number;
  type?: string;
  /** What the header says, where that is not the truth. */
  size?: number;
}

export function tarOf(members: readonly InTar[]): Buffer {
  const parts = members.flatMap((member) => [
    tarHeader(member),
    member.bytes,
    Buffer.alloc((512 - (member.bytes.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

export function tarHeader({ name, bytes, time = 0, type = "0", size = bytes.length }: InTar): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  if (size < 8 ** 11) header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else {
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(`${time.toString(8).padStart(11, "0")}\0`, 136);
  header.write(type, 156);
  header.write("ustar\x0000", 257);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

interface InZip {
  name: string;
  bytes: Uint8Array;
  isPacked?: boolean;
  time?: number;
}

/** `large`: numbers of its list stand where those above 4 GiB do. `comment`: behind all of it. */
export function zipOf(members: readonly InZip[], { large = false, comment = "" } = {}): Buffer {
  const [parts, listed]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const { name, bytes, isPacked = false, time = 0 } of members) {
    const path = Buffer.from(name, "latin1");
    const packed = isPacked ? deflateRawSync(bytes) : Buffer.from(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(isPacked ? 8 : 0, 4);
    common.writeUInt32LE(time, 6);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, path, packed);
    listed.push(listedOf(common, { path, packed: packed.length, size: bytes.length, at, large }));
    at += 30 + path.length + packed.length;
  }
  const list = Buffer.concat(listed);
  return Buffer.concat([...parts, list, endOf({ count: members.length, list: list.length, at, large, comment })]);
}

function listedOf(
  common: Buffer,
  { path, packed, size, at, large }: { path: Buffer; packed: number; size: number; at: number; large: boolean },
): Buffer {
  const head = Buffer.concat([Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, Buffer.alloc(14)]);
  head.writeUInt32LE(large ? 0xffffffff : at, 42);
  if (!large) return Buffer.concat([head, path]);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  for (const [place, value] of [size, packed, at].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * place);
  head.writeUInt32LE(0xffffffff, 20);
  head.writeUInt32LE(0xffffffff, 24);
  head.writeUInt16LE(extra.length, 30);
  return Buffer.concat([head, path, extra]);
}

function endOf(of: { count: number; list: number; at: number; large: boolean; comment: string }): Buffer {
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(of.large ? 0xffff : of.count, 8);
  end.writeUInt16LE(of.large ? 0xffff : of.count, 10);
  end.writeUInt32LE(of.large ? 0xffffffff : of.list, 12);
  end.writeUInt32LE(of.large ? 0xffffffff : of.at, 16);
  end.writeUInt16LE(of.comment.length, 20);
  const comment = Buffer.from(of.comment, "latin1");
  if (!of.large) return Buffer.concat([end, comment]);
  const whole = Buffer.alloc(56);
  whole.write("PK\x06\x06", "latin1");
  whole.writeBigUInt64LE(44n, 4);
  for (const [place, value] of [of.count, of.count, of.list, of.at].entries())
    whole.writeBigUInt64LE(BigInt(value), 24 + 8 * place);
  const place = Buffer.alloc(20);
  place.write("PK\x06\x07", "latin1");
  place.writeBigUInt64LE(BigInt(of.at + of.list), 8);
  place.writeUInt32LE(1, 16);
  return Buffer.concat([whole, place, end, comment]);
}

interface InSafetensors {
  name: string;
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
  /** What the header says, where that is not the truth. */
  offsets?: [number, number];
}

export function safetensorsOf(tensors: readonly InSafetensors[], metadata: Record<string, string> = {}): Buffer {
  let at = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes, offsets }) => {
    at += bytes.length;
    return [name, { dtype, shape, data_offsets: offsets ?? [at - bytes.length, at] }] as const;
  });
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...tensors.map(({ bytes }) => bytes)]);
}

export function npyOf(descr: string, shape: readonly number[], bytes: Uint8Array): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`);
  const length = Buffer.from([header.length & 255, header.length >> 8]);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, header, bytes]);
}

/** A field of Thrift's compact form, its number given as the step from the one before. */
const field = (step: number, type: number, bytes: readonly number[]): number[] => [(step << 4) | type, ...bytes];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}

const signed = (value: number): number[] => varint(value < 0 ? -2 * value - 1 : 2 * value);
const text = (value: string): number[] => [...varint(value.length), ...Buffer.from(value)];
const list = (type: number, items: readonly (readonly number[])[]): number[] => [
  ...(items.length < 15 ? [(items.length << 4) | type] : [0xf0 | type, ...varint(items.length)]),
  ...items.flat(),
];

interface InParquet {
  column: string;
  bytes: Uint8Array;
  /** What the list says, where that is not the truth. */
  offset?: number;
  length?: number;
}

/** Row groups of columns; only what tells where they lie is as in a real one. */
export function parquetOf(groups: readonly (readonly InParquet[])[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from("PAR1")];
  let at = 4;
  const told = groups.map((columns) => {
    const chunks = columns.map(({ column, bytes, offset = at, length = bytes.length }) => {
      parts.push(bytes);
      at += bytes.length;
      const place = [
        ...field(1, 5, signed(1)),
        ...field(1, 9, list(5, [signed(0)])),
        ...field(1, 9, list(8, [text(column)])),
        ...field(4, 6, signed(length)),
        ...field(2, 6, signed(offset)),
        0,
      ];
      return [...field(2, 6, signed(offset)), ...field(1, 12, place), 0];
    });
    return [...field(1, 9, list(12, chunks)), ...field(1, 6, signed(0)), ...field(1, 6, signed(7)), 0];
  });
  return parquetWith(parts, [...field(1, 5, signed(1)), ...field(3, 9, list(12, told)), 0]);
}

/** With a list of anybody's. */
export function parquetWith(parts: readonly Uint8Array[], footer: readonly number[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, Buffer.from(footer), length, Buffer.from("PAR1")]);
}
