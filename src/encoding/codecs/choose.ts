/** Which codec suits a part of a file, by a few of its pieces. */
import type { Codec, Region } from "../types.ts";
import { encode } from "./codecs.ts";

/** A piece, and what stood in its place in an earlier version, where that has as many bytes. */
export interface Sample {
  plain: Uint8Array;
  base?: Uint8Array;
}

/** Bytes of a piece that are looked at. */
const LOOKED_AT = 64 * 1024;
/** A codec that saves less than this is not worth its time. */
const LEAST_GAIN = 0.03;
/** What each codec must leave of what the one before does, since reading takes longer; `opaque`: of who knows what. */
const STEP = { known: 0.99, opaque: 0.95 };

/**
 * The codec that makes the least of the samples; a delta only where each has a base. `width` is that of the region's
 * values; without one, bytes that turn out to be values of two or four are still found.
 */
export async function chooseCodec(samples: readonly Sample[], width: Region["width"]): Promise<Codec> {
  const parts = samples.map(middleOf).filter(({ plain }) => plain.length > 0);
  const all = sum(parts.map(({ plain }) => plain.length));
  let best: { codec: Codec; size: number } = { codec: "raw", size: all * (1 - LEAST_GAIN) };
  const hasBases = parts.every(({ base }) => base !== undefined);
  for (const codec of candidates(width, hasBases)) {
    const sizes = await Promise.all(parts.map(async ({ plain, base }) => (await encode(codec, plain, base)).length));
    const size = sum(sizes);
    const step = width === 1 ? STEP.opaque : STEP.known;
    if (size < best.size * (best.codec === "raw" ? 1 : step)) best = { codec, size };
  }
  return best.codec;
}

/** Plain and stored bytes of one piece, raw where the codec gains less than it must. */
export async function encodePiece(
  codec: Codec,
  plain: Uint8Array,
  base?: Uint8Array,
): Promise<{ codec: Codec; stored: Uint8Array }> {
  const stored = await encode(codec, plain, base);
  return stored.length <= plain.length * (1 - LEAST_GAIN) ? { codec, stored } : { codec: "raw", stored: plain };
}

function candidates(width: Region["width"], hasBases: boolean): Codec[] {
  const codecs: Codec[] = ["deflate"];
  if (width !== 4) codecs.push("split16");
  if (width !== 2) codecs.push("split32");
  if (hasBases && width !== 4) codecs.push("delta16");
  if (hasBases && width !== 2) codecs.push("delta32");
  return codecs;
}

function middleOf({ plain, base }: Sample): Sample {
  // Whole words from the beginning on, so that their places stay.
  const from = Math.max(0, Math.floor((plain.length - LOOKED_AT) / 8) * 4);
  const part = (bytes: Uint8Array): Uint8Array => bytes.subarray(from, from + LOOKED_AT);
  return base?.length === plain.length ? { plain: part(plain), base: part(base) } : { plain: part(plain) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
