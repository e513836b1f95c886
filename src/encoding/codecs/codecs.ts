/** Plain bytes to stored ones and back, exactly, for every codec; docs/format.md says what the stored ones are. */
import { demand } from "../malformed.ts";
import type { Codec } from "../types.ts";
import { deflate, inflate } from "./deflate.ts";
import { decodeDelta, encodeDelta } from "./delta.ts";
import { decodePatch, encodePatch } from "./patch.ts";
import { decodeSplit, encodeSplit } from "./split.ts";

/** What decoding must know. */
export interface Expected {
  /** Plain bytes. */
  length: number;
  /** Plain bytes of a delta's base, as many; of a patch's, any number. */
  base?: Uint8Array;
  /** Memory for as many plain bytes, which are not always put there. */
  into?: Uint8Array;
}

/**
 * The bytes as the codec stores them, which may be more. A delta needs the base's plain bytes, as many, and a patch any
 * number; other codecs look at none. Throws `Malformed` where they are missing.
 */
export async function encode(codec: Codec, plain: Uint8Array, base?: Uint8Array): Promise<Uint8Array> {
  if (codec === "raw") return plain;
  if (codec === "deflate") return deflate(plain);
  if (codec === "split16") return encodeSplit(plain, 2);
  if (codec === "split32") return encodeSplit(plain, 4);
  if (codec === "patch") return encodePatch(plain, anyBase(base));
  return encodeDelta(plain, baseOf(plain.length, base), codec === "delta16" ? 2 : 4);
}

/** Just so many bytes, or `Malformed`: never more memory than for a few times as many. */
export async function decode(codec: Codec, stored: Uint8Array, expected: Expected): Promise<Uint8Array> {
  const plain = await decoded(codec, stored, expected);
  demand(plain.length === expected.length, "it is not as long as it must be");
  return plain;
}

async function decoded(codec: Codec, stored: Uint8Array, { length, base, into }: Expected): Promise<Uint8Array> {
  if (codec === "raw") return stored;
  if (codec === "deflate") return inflate(stored, length);
  if (codec === "patch") return decodePatch(stored, length, anyBase(base));
  const plain = into ?? new Uint8Array(length);
  if (codec === "split16") return decodeSplit(stored, plain, 2);
  if (codec === "split32") return decodeSplit(stored, plain, 4);
  return decodeDelta(stored, { base: baseOf(length, base), plain }, codec === "delta16" ? 2 : 4);
}

function baseOf(length: number, base: Uint8Array | undefined): Uint8Array {
  demand(base?.length === length, "its base is not as long as it must be");
  return base;
}

function anyBase(base: Uint8Array | undefined): Uint8Array {
  demand(base !== undefined, "its base is missing");
  return base;
}
