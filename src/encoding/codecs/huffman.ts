/**
 * Deflate that looks for nothing that repeats: a Huffman code for each block of bytes (RFC 1951, blocks of type 2). For
 * bytes of weights, where only how often each is there counts, zlib's own strategy of that kind makes as much of them
 * and takes four times as long.
 */

import { kernel } from "../kernel/kernel.ts";
import type { BitSink } from "../kernel/types.ts";
import { countLog } from "./guess.ts";

/** Bytes that are counted together: a block has some of these, as long as they are alike. */
const STEP = 32 * 1024;
/** Bits that another block takes, about. */
const BLOCK_HEAD = 8 * 60;
/** The symbol that ends a block. */
const END = 256;
/** Bits of the longest code: of two, and what is left of a byte, 32 bits have room for. */
const LONGEST = 12;
/** The same for the code by which the lengths of codes are told, as the format has it. */
const LONGEST_OF_LENGTHS = 7;
/** The order in which lengths of that code stand. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A complete prefix code. */
interface Code {
  /** Bits of each symbol; 0 for one that is not used. */
  lengths: Uint8Array;
  /** The bits, the first in the lowest; above them, from bit 16 on, how many there are. */
  table: Uint32Array;
}

/** Bytes that one code is for. */
interface Block {
  from: number;
  until: number;
  counts: Uint32Array;
  /** That they take, about. */
  bits: number;
}

/** At least one byte, deflated; in memory of its own. */
export function deflateByHuffman(bytes: Uint8Array): Buffer {
  const blocks = blocksOf(bytes).map(({ from, until, counts }) => {
    const code = codeOf(counts, LONGEST);
    const told = tellLengths(code.lengths);
    const bits = counts.reduce((sum, count, symbol) => sum + count * (code.lengths[symbol] as number), 3 + told.bits);
    return { part: bytes.subarray(from, until), code, told, bits };
  });
  const out = new BitWriter(Math.ceil(blocks.reduce((sum, { bits }) => sum + bits, 0) / 8));
  blocks.forEach(({ part, code, told }, at) => {
    out.put(at === blocks.length - 1 ? 1 : 0, 1);
    out.put(2, 2);
    writeLengths(out, told);
    out.putBytes(part, code.table);
    out.put((code.table[END] as number) & 0xffff, code.lengths[END] as number);
  });
  return out.bytes;
}

/** What comes next joins the block before where one code for both takes less than two. */
function blocksOf(bytes: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let from = 0; from < bytes.length; from += STEP) {
    const until = Math.min(from + STEP, bytes.length);
    const counts = countSymbols(bytes.subarray(from, until));
    const next: Block = { from, until, counts, bits: bitsOf(counts) };
    const last = blocks.at(-1);
    const both = last && last.counts.map((count, symbol) => (symbol === END ? 1 : count + (counts[symbol] as number)));
    const bits = both ? bitsOf(both) : Infinity;
    if (last && both && bits <= last.bits + next.bits + BLOCK_HEAD) {
      blocks[blocks.length - 1] = { from: last.from, until, counts: both, bits };
    } else blocks.push(next);
  }
  return blocks;
}

function bitsOf(counts: Uint32Array): number {
  let [all, bits] = [0, 0];
  for (let symbol = 0; symbol < END; symbol++) {
    all += counts[symbol] as number;
    bits -= countLog(counts[symbol] as number);
  }
  return bits + countLog(all);
}

/** How often each byte is there, and once the end. */
function countSymbols(part: Uint8Array): Uint32Array {
  const counts = new Uint32Array(END + 1);
  kernel().count(part, counts);
  counts[END] = 1;
  return counts;
}

/** The best code for these counts, or nearly so where the best has longer ones. Two symbols at least are used. */
function codeOf(counts: Uint32Array, longest: number): Code {
  const used = Float64Array.from(
    [...counts.keys()].filter((symbol) => (counts[symbol] as number) > 0),
    (symbol) => (counts[symbol] as number) * 512 + symbol,
  ).sort();
  const lengths = new Uint8Array(counts.length);
  const depths = depthsOf(used, longest);
  let at = 0;
  // The rarest have the longest.
  for (let bits = longest; bits > 0; bits--)
    for (let left = depths[bits] as number; left > 0; left--) lengths[(used[at++] as number) % 512] = bits;
  return { lengths, table: tableOf(lengths, longest) };
}

/** For each length, how many codes have it: those of Huffman's tree, none longer than may be, and still complete. */
function depthsOf(used: Float64Array, longest: number): number[] {
  const leaves = used.length;
  const weights = new Float64Array(2 * leaves - 1);
  const parents = new Uint16Array(2 * leaves - 1);
  used.forEach((each, at) => (weights[at] = Math.floor(each / 512)));
  let [leaf, inner] = [0, leaves];
  for (let node = leaves; node < weights.length; node++) {
    for (let child = 0; child < 2; child++) {
      const isLeaf = leaf < leaves && (inner >= node || (weights[leaf] as number) <= (weights[inner] as number));
      const taken = isLeaf ? leaf++ : inner++;
      weights[node]! += weights[taken] as number;
      parents[taken] = node;
    }
  }
  const depths = new Uint16Array(weights.length);
  const counts = Array.from({ length: longest + 1 }, () => 0);
  let tooMany = 0;
  for (let node = weights.length - 2; node >= 0; node--) {
    depths[node] = (depths[parents[node] as number] as number) + 1;
    if (node < leaves) {
      const depth = Math.min(longest, depths[node] as number);
      counts[depth]!++;
      tooMany += 2 ** (longest - depth);
    }
  }
  // What is too long was counted as the longest, and takes room that others give: one of them goes a bit deeper.
  for (tooMany -= 2 ** longest; tooMany > 0; tooMany--) {
    let bits = longest - 1;
    while (counts[bits] === 0) bits--;
    counts[bits]!--;
    counts[bits + 1]! += 2;
    counts[longest]!--;
  }
  return counts;
}

/** Codes as the format gives them to lengths. */
function tableOf(lengths: Uint8Array, longest: number): Uint32Array {
  const table = new Uint32Array(lengths.length);
  let code = 0;
  for (let bits = 1; bits <= longest; bits++) {
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol] === bits) table[symbol] = turned(code++, bits) | (bits << 16);
    code <<= 1;
  }
  return table;
}

function turned(code: number, bits: number): number {
  let result = 0;
  for (let at = 0; at < bits; at++) result |= ((code >>> at) & 1) << (bits - 1 - at);
  return result;
}

/** How a block tells the lengths of its code. */
interface LengthsTold {
  /** Symbols of the code of lengths; with each the number that follows it, and its bits. */
  told: { symbol: number; more: number; bits: number }[];
  code: Code;
  /** How many lengths of that code are told. */
  own: number;
  /** Bits of all of it. */
  bits: number;
}

/** Lengths of literals, the end, and one distance, which is not used. */
function tellLengths(lengths: Uint8Array): LengthsTold {
  const all = [...lengths, 0];
  const told: LengthsTold["told"] = [];
  for (let at = 0; at < all.length;) {
    const length = all[at] as number;
    let run = 1;
    while (all[at + run] === length) run++;
    at += run;
    if (length > 0) {
      told.push({ symbol: length, more: 0, bits: 0 });
      run--;
    }
    while (run >= 3) {
      const taken = Math.min(run, length > 0 ? 6 : 138);
      if (length > 0) told.push({ symbol: 16, more: taken - 3, bits: 2 });
      else if (taken > 10) told.push({ symbol: 18, more: taken - 11, bits: 7 });
      else told.push({ symbol: 17, more: taken - 3, bits: 3 });
      run -= taken;
    }
    for (; run > 0; run--) told.push({ symbol: length, more: 0, bits: 0 });
  }
  const counts = new Uint32Array(ORDER.length);
  for (const { symbol } of told) counts[symbol]!++;
  const code = codeOf(counts, LONGEST_OF_LENGTHS);
  const own = ORDER.findLastIndex((symbol) => code.lengths[symbol] !== 0) + 1;
  const bits = told.reduce((sum, each) => sum + (code.lengths[each.symbol] as number) + each.bits, 14 + 3 * own);
  return { told, code, own, bits };
}

function writeLengths(out: BitWriter, { told, code, own }: LengthsTold): void {
  out.put(0, 5);
  out.put(0, 5);
  out.put(own - 4, 4);
  for (const symbol of ORDER.slice(0, own)) out.put(code.lengths[symbol] as number, 3);
  for (const { symbol, more, bits } of told) {
    out.put((code.table[symbol] as number) & 0xffff, code.lengths[symbol] as number);
    out.put(more, bits);
  }
}

/** Bits, the first in the lowest of a byte. */
class BitWriter {
  readonly bytes: Buffer;
  readonly #view: DataView;
  readonly #sink: BitSink;

  constructor(bytes: number) {
    // A store is of four bytes.
    const buffer = new ArrayBuffer(bytes + 4);
    this.bytes = Buffer.from(buffer, 0, bytes);
    this.#view = new DataView(buffer);
    this.#sink = { bytes: new Uint8Array(buffer), at: 0, bits: 0, kept: 0 };
  }

  /** At most 16 of them. */
  put(value: number, bits: number): void {
    const sink = this.#sink;
    sink.bits |= value << sink.kept;
    sink.kept += bits;
    this.#view.setUint32(sink.at, sink.bits, true);
    sink.at += sink.kept >>> 3;
    sink.bits >>>= sink.kept & ~7;
    sink.kept &= 7;
  }

  /** The code of each byte. */
  putBytes(part: Uint8Array, table: Uint32Array): void {
    kernel().putCodes(part, table, this.#sink);
  }
}
