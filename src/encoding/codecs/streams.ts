/** Sequences of bytes inside coded ones: a method and a length stand before each. */
import { FormReader, FormWriter } from "../bytes-form.ts";
import { demand } from "../malformed.ts";
import { deflateIfSmaller, inflate } from "./deflate.ts";

const AS_IT_IS = 0;
const DEFLATED = 1;
const HEAD = 5;

/** A sequence as it is stored. */
export interface Stream {
  isDeflated: boolean;
  bytes: Uint8Array;
}

/** Head and bytes of each sequence, deflated where that is worth it. */
export async function packStreams(all: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const packed = await Promise.all(all.map(async (bytes) => [bytes, await deflateIfSmaller(bytes)] as const));
  return packed.flatMap(([bytes, deflated]) => {
    const head = new FormWriter(HEAD);
    head.u8(deflated === null ? AS_IT_IS : DEFLATED);
    head.u32((deflated ?? bytes).length);
    return [head.bytes, deflated ?? bytes];
  });
}

/** The next so many sequences, not yet inflated. Throws `Malformed`. */
export function readStreams(form: FormReader, count: number): Stream[] {
  return Array.from({ length: count }, () => {
    const method = form.u8();
    demand(method === AS_IT_IS || method === DEFLATED, "a method has a number that none has");
    return { isDeflated: method === DEFLATED, bytes: form.take(form.u32()) };
  });
}

/** The bytes of a sequence, of which there are at most so many. Throws `Malformed`. */
export async function unpackStream({ isDeflated, bytes }: Stream, most: number): Promise<Uint8Array> {
  const all = isDeflated ? await inflate(bytes, most) : bytes;
  demand(all.length <= most, "a sequence is longer than it can be");
  return all;
}
