/** Small blobs as packs store them: deflated where their bytes look like text, and that saves enough. */
import { deflateRawSync } from "node:zlib";
import type { PlainCodec } from "../../../encoding/types.ts";

/** Bytes that are looked at. */
const LOOKED_AT = 512;
/** n * log2(n). */
const WEIGHTS = Float64Array.from({ length: LOOKED_AT + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)));
/** Fewer bytes than this are not worth it. */
const LEAST = 64;
/** Bits of information a byte, by their frequencies alone, above which nothing much is gained. */
const MOST_ENTROPY = 6.5;
/** Of the bytes that deflating leaves. */
const MOST_LEFT = 0.9;

/** Answers with the same memory where nothing is gained. */
export function encodeSmall(plain: Uint8Array): { codec: PlainCodec; stored: Uint8Array } {
  if (plain.length < LEAST || entropyOf(plain) > MOST_ENTROPY) return { codec: "raw", stored: plain };
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(plain.length + 262))));
  const memLevel = plain.length < 16 * 1024 ? 6 : 8;
  const stored = deflateRawSync(plain, { level: 6, windowBits, memLevel, chunkSize: Math.max(1024, plain.length) });
  return stored.length <= plain.length * MOST_LEFT ? { codec: "deflate", stored } : { codec: "raw", stored: plain };
}

const counts = new Uint32Array(256);

/** Bits a byte in slices of the bytes: from their beginning, middle and end. */
function entropyOf(bytes: Uint8Array): number {
  counts.fill(0);
  const slice = Math.floor(LOOKED_AT / 4);
  const step = bytes.length <= LOOKED_AT ? slice : Math.floor((bytes.length - slice) / 3);
  let seen = 0;
  for (let part = 0; part < 4; part++) {
    const end = Math.min(bytes.length, part * step + slice);
    for (let at = part * step; at < end; at++, seen++) (counts[bytes[at] as number] as number) += 1;
  }
  let known = 0;
  for (let value = 0; value < 256; value++) known += WEIGHTS[counts[value] as number] as number;
  return Math.log2(seen) - known / seen;
}
