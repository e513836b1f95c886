/** Floating-point values as their distances from those of a base, such as weights before a fine-tune. */
import { FormReader } from "../bytes-form.ts";
import { demand } from "../malformed.ts";
import { distance16, distance32, distances16, distances32, keys16, keys32, move16, move32 } from "./differences.ts";
import { disorderOf } from "./guess.ts";
import { countKeys, isOneKeyPacked, type Keys, type Layout, layOut, oneKey, packedLength, takeUp } from "./groups.ts";
import { layOutNear16, moveNear16 } from "./near-words.ts";
import { phaseOf, readWords } from "./phase.ts";
import { Scratch, withScratch } from "./scratch.ts";
import { packStreams, readStreams, type Stream, unpackStream } from "./streams.ts";
import { fill16, fill32, partsOf, type Width, words16, words32 } from "./words.ts";

/** Bytes of the bits for keys. */
const KEY_BITS = 32;
/** Words of which both orders are tried. */
const TRIED = 8 * 1024;
/** What is left by groups, of what is left without, must be less: they take three times as long, both ways. */
const WORTH = 0.7;

/** Which words stand together: `as they are`, or those whose base has the same key. */
const ORDERS = { asTheyAre: 0, byKey: 1 } as const;

/** The bytes coded; the base has as many. Never refuses any. */
export async function encodeDelta(plain: Uint8Array, base: Uint8Array, width: Width): Promise<Uint8Array> {
  const phase = phaseBeside(plain, base, width);
  const { front, body, tail } = partsOf(plain, width, phase);
  const known = partsOf(base, width, phase).body;
  return withScratch(async (scratch) => {
    const { isGrouped, isNear } = look(body, known, width);
    const layout =
      isNear && width === 2
        ? layOutNear16(body, known, scratch)
        : layOutAll(body, known, { width, isGrouped, scratch });
    const head = Uint8Array.of(phase, isGrouped ? ORDERS.byKey : ORDERS.asTheyAre);
    const streams = await packStreams([layout.packed, ...layout.planes]);
    return Buffer.concat([head, layout.packedKeys, ...streams, front, tail]);
  });
}

function layOutAll(
  body: Uint8Array,
  known: Uint8Array,
  { width, isGrouped, scratch }: { width: Width; isGrouped: boolean; scratch: Scratch },
): Layout {
  const [distances, near] = distancesOf(body, known, { width, scratch });
  const keys = isGrouped ? countKeys(keysOf(known, width, scratch)) : oneKey(distances.length, near);
  return layOut(distances, keys, width, scratch);
}

/** And how many of them are near. */
function distancesOf(
  body: Uint8Array,
  known: Uint8Array,
  { width, scratch }: { width: Width; scratch: Scratch },
): [Uint32Array, number] {
  const distances = scratch.words(body.length / width);
  const near =
    width === 2
      ? distances16(words16(body), words16(known), distances)
      : distances32(words32(body), words32(known), distances);
  return [distances, near];
}

/** Writes all of `plain`, and answers it; the base has as many bytes. Throws `Malformed`. */
export async function decodeDelta(
  stored: Uint8Array,
  { base, plain }: { base: Uint8Array; plain: Uint8Array },
  width: Width,
): Promise<Uint8Array> {
  const form = new FormReader(stored);
  const phase = form.u8();
  demand(phase < width && phase <= base.length, "its first word begins where none can");
  const order = form.u8();
  demand(order === ORDERS.asTheyAre || order === ORDERS.byKey, "its words are in an order that there is not");
  const packedKeys = form.take(KEY_BITS);
  const streams = readStreams(form, 1 + width);
  const { front, body, tail } = partsOf(plain, width, phase);
  front.set(form.take(front.length));
  tail.set(form.take(tail.length));
  form.end();
  const known = partsOf(base, width, phase).body;
  await withScratch(async (scratch) => {
    if (width === 2 && order === ORDERS.asTheyAre && isOneKeyPacked(packedKeys)) {
      const layout = await unpackLayout(streams, packedKeys, oneKey(known.length / width));
      return moveNear16(body, known, layout);
    }
    const keys = order === ORDERS.byKey ? countKeys(keysOf(known, width, scratch)) : oneKey(known.length / width);
    const layout = await unpackLayout(streams, packedKeys, keys);
    const [distances, next] = takeUp(layout, keys, scratch);
    const moves = { distances, next, keys: keys.of };
    if (width === 2) fill16(body, (words) => move16(words, words16(known), moves));
    else fill32(body, (words) => move32(words, words32(known), moves));
  });
  return plain;
}

async function unpackLayout(streams: readonly Stream[], packedKeys: Uint8Array, keys: Keys): Promise<Layout> {
  const most = [packedLength(keys, packedKeys)];
  const [packed, ...planes] = (await Promise.all(
    streams.map(async (stream, at) => unpackStream(stream, most[at] ?? keys.words)),
  )) as [Uint8Array, ...Uint8Array[]];
  return { packedKeys, packed, planes };
}

function phaseBeside(plain: Uint8Array, base: Uint8Array, width: Width): number {
  return phaseOf(plain, width, (start) => {
    const words = Math.floor((base.length - start) / width);
    const known = readWords(base, { width, start, words: Math.min(words, 4096) });
    const distance = width === 2 ? distance16 : distance32;
    return (word, at) => distance(word, known[at] as number);
  });
}

function keysOf(known: Uint8Array, width: Width, scratch: Scratch): Uint8Array {
  const keys = scratch.bytes(known.length / width);
  if (width === 2) keys16(words16(known), keys);
  else keys32(words32(known), keys);
  return keys;
}

/** How words are laid out best, by some from the middle. */
function look(body: Uint8Array, known: Uint8Array, width: Width): { isGrouped: boolean; isNear: boolean } {
  const scratch = new Scratch();
  const words = body.length / width;
  const from = Math.max(0, (words - TRIED) >> 1);
  const some = (bytes: Uint8Array): Uint8Array => bytes.subarray(from * width, (from + TRIED) * width);
  const [distances, near] = distancesOf(some(body), some(known), { width, scratch });
  const keys = keysOf(some(known), width, scratch);
  const grouped = lengthOf(layOut(distances, countKeys(keys), width, scratch));
  const alone = layOut(distances, oneKey(distances.length, near), width, scratch);
  const isGrouped = grouped < WORTH * lengthOf(alone);
  scratch.release();
  return { isGrouped, isNear: !isGrouped && isOneKeyPacked(alone.packedKeys) };
}

/** Bytes, about. */
function lengthOf({ packed, planes }: Layout): number {
  return [packed, ...planes].reduce((sum, bytes) => sum + disorderOf(bytes) / 8, 0);
}
