/** Codecs as numbers, and what lengths coded bytes may have. */
import type { Codec, PlainCodec } from "./types.ts";
import { MOST_GROWTH } from "./limits.ts";
import { demand } from "./malformed.ts";

const CODECS: readonly Codec[] = ["raw", "deflate", "split16", "split32", "delta16", "delta32", "patch"];
const NUMBERS = new Map(CODECS.map((codec, number) => [codec, number]));

/** The number that stands for a codec in stored forms. */
export function codecNumber(codec: Codec): number {
  return NUMBERS.get(codec) as number;
}

/** The codec of a number; throws `Malformed`. */
export function codecOf(number: number): Codec {
  const codec = CODECS[number];
  demand(codec !== undefined, "a codec has a number that none has");
  return codec;
}

/** The codec of a number, where no base stands beside; throws `Malformed`. */
export function plainCodecOf(number: number): PlainCodec {
  const codec = codecOf(number);
  demand(!isDelta(codec), "a delta stands where no base can be");
  return codec;
}

/** Whether decoding needs the bytes of a base. */
export function isDelta(codec: Codec): codec is "delta16" | "delta32" | "patch" {
  return codec === "delta16" || codec === "delta32" || codec === "patch";
}

/** Throws `Malformed` for stored bytes of a length that the codec never makes of that many plain ones. */
export function checkCoded({ codec, stored, plain }: { codec: Codec; stored: number; plain: number }): void {
  if (codec === "raw") demand(stored === plain, "raw bytes have two lengths");
  else demand(stored >= 1 && stored <= plain + MOST_GROWTH, "coded bytes are longer than they can be");
}
