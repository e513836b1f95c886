/**
 * Floating-point values with their bytes apart: each word turned left by one bit, so that the exponent fills a byte of
 * its own, and then all lowest bytes, all second ones, and so on, each sequence deflated where that is worth it.
 */
import { FormReader } from "../bytes-form.ts";
import { kernel } from "../kernel/kernel.ts";
import { demand } from "../malformed.ts";
import { phaseOf } from "./phase.ts";
import { withScratch } from "./scratch.ts";
import { packStreams, readStreams, unpackStream } from "./streams.ts";
import { partsOf, type Width } from "./words.ts";

/** The bytes coded; never refuses any. */
export async function encodeSplit(plain: Uint8Array, width: Width): Promise<Uint8Array> {
  const turn = width === 2 ? turn16 : turn32;
  const phase = phaseOf(plain, width, () => turn);
  const { front, body, tail } = partsOf(plain, width, phase);
  return withScratch(async (scratch) => {
    const planes = Array.from({ length: width }, () => scratch.bytes(body.length / width));
    kernel().apart(body, planes);
    return Buffer.concat([Uint8Array.of(phase), ...(await packStreams(planes)), front, tail]);
  });
}

/** Writes all of `plain`, and answers it. Throws `Malformed`. */
export async function decodeSplit(stored: Uint8Array, plain: Uint8Array, width: Width): Promise<Uint8Array> {
  const form = new FormReader(stored);
  const phase = form.u8();
  demand(phase < width && phase <= plain.length, "its first word begins where none can");
  const streams = readStreams(form, width);
  const { front, body, tail } = partsOf(plain, width, phase);
  front.set(form.take(front.length));
  tail.set(form.take(tail.length));
  form.end();
  const count = body.length / width;
  const planes = await Promise.all(streams.map(async (stream) => unpackStream(stream, count)));
  demand(
    planes.every((plane) => plane.length === count),
    "a sequence is shorter than it must be",
  );
  kernel().together(planes, body);
  return plain;
}

function turn16(word: number): number {
  return ((word << 1) | (word >>> 15)) & 0xffff;
}

function turn32(word: number): number {
  return (word << 1) | (word >>> 31);
}
