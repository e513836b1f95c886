/** Deflate in the strategy that a sample finds best, and inflate that makes no more than it was told. */
import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync, type ZlibOptions } from "node:zlib";
import { isMainThread } from "node:worker_threads";
import { demand, Malformed } from "../malformed.ts";
import { deflateByHuffman } from "./huffman.ts";
import { disorderOf, repeats, sampleOf } from "./guess.ts";

const deflateThere = promisify(deflateRaw) as (bytes: Uint8Array, options: ZlibOptions) => Promise<Buffer>;

/** Bytes of a portion that inflates at once. */
const PORTION = 4 * 1024 * 1024;
/** At most so many are done at once: a way to another thread and back takes longer. A worker has no other work. */
const AT_ONCE = isMainThread ? 32 * 1024 : Infinity;
/** Bytes of a sample that is deflated, of a file and of a sequence, and of one that is only counted. */
const [TRIED, TRIED_OF_SEQUENCE, COUNTED] = [16 * 1024, 8 * 1024, 4 * 1024];
/** What is left to gain beside the bytes as they are must be more. */
const MOST_LEFT = 0.97;
/** Bytes that tell how a block is coded, about. */
const BLOCK_HEAD = 60;
/** Where fewer places repeat, only how often each byte is there counts. */
const FEW_REPEATS = 0.05;

interface Plan {
  level: number;
  strategy: number;
  /** How much less than others it must make of a sample, since it takes longer. */
  handicap: number;
}

const HUFFMAN: Plan = { level: 1, strategy: constants.Z_HUFFMAN_ONLY, handicap: 1 };
const THOROUGH: Plan = { level: 6, strategy: constants.Z_DEFAULT_STRATEGY, handicap: 1 };

/** For files. */
const OF_FILES: readonly Plan[] = [HUFFMAN, THOROUGH];

/** For sequences of bytes that are about as good as random: the thorough one takes up to twenty times as long there. */
const OF_SEQUENCES: readonly Plan[] = [
  HUFFMAN,
  { level: 1, strategy: constants.Z_RLE, handicap: 1 },
  { ...THOROUGH, handicap: 1.07 },
];

/** What a sample of bytes says about all of them. */
interface Estimate {
  plan: Plan;
  /** Deflated bytes for each plain one. */
  share: number;
  /** The bytes themselves, where they were the sample. */
  all?: Buffer;
}

/** Deflated, whatever becomes of it; in memory of its own. */
export async function deflate(bytes: Uint8Array): Promise<Buffer> {
  // What zlib answers holds on to as much memory as the plain bytes have.
  return Buffer.from(await deflateAs(bytes, tryPlans(bytes, OF_FILES)));
}

/** A sequence deflated, or null where a sample or the result says that nothing much is gained. */
export async function deflateIfSmaller(bytes: Uint8Array): Promise<Buffer | null> {
  const guess = estimate(bytes);
  if (guess.share > MOST_LEFT) return null;
  const deflated = await deflateAs(bytes, guess);
  return deflated.length < bytes.length ? deflated : null;
}

async function deflateAs(bytes: Uint8Array, { all, plan, share }: Estimate): Promise<Buffer> {
  if (all !== undefined) return all;
  if (plan === HUFFMAN && bytes.length > TRIED) return deflateByHuffman(bytes);
  const options = optionsOf(plan, bytes.length, share);
  return bytes.length <= AT_ONCE ? deflateRawSync(bytes, options) : deflateThere(bytes, options);
}

/** With room for about as much as is expected. */
function optionsOf({ level, strategy }: Plan, length: number, share = 1): ZlibOptions {
  const chunkSize = 1024 + Math.ceil(length * Math.min(1.01, share * 1.05));
  return { level, strategy, memLevel: length > TRIED ? 9 : 8, chunkSize };
}

/** Of a sequence: where hardly anything repeats, nothing needs to be tried. */
function estimate(bytes: Uint8Array): Estimate {
  const sample = sampleOf(bytes, COUNTED);
  if (repeats(sample) > FEW_REPEATS) return tryPlans(bytes, OF_SEQUENCES, TRIED_OF_SEQUENCE);
  const left = disorderOf(sample) / 8 / Math.max(1, sample.length);
  return { plan: HUFFMAN, share: left + BLOCK_HEAD / Math.max(1, bytes.length) };
}

function tryPlans(bytes: Uint8Array, plans: readonly Plan[], most = TRIED): Estimate {
  const sample = sampleOf(bytes, most);
  let best: (Estimate & { score: number }) | undefined;
  for (const plan of plans) {
    const tried = deflateRawSync(sample, optionsOf(plan, sample.length));
    const score = tried.length * plan.handicap;
    if (best !== undefined && best.score <= score) continue;
    best = { plan, score, share: tried.length / Math.max(1, sample.length) };
    if (sample === bytes) best.all = tried;
  }
  return best as Estimate;
}

/** Inflated to at most so many bytes. Throws `Malformed` for more, for what is no deflate, and for what follows. */
export async function inflate(bytes: Uint8Array, most: number): Promise<Buffer> {
  // One byte more shows that there would be more, and lets the usual case end in one portion.
  const chunkSize = Math.max(64, Math.min(most + 1, PORTION));
  const options = { chunkSize, maxOutputLength: Math.max(1, most), info: true };
  const { buffer, engine } = most <= AT_ONCE ? inflateAtOnce(bytes, options) : await inflateThere(bytes, options);
  demand(engine.bytesWritten === bytes.length, "something follows its deflated bytes");
  return buffer;
}

/** With `info`, which the types do not know, the engine comes along. */
interface Inflated {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

function inflateAtOnce(bytes: Uint8Array, options: ZlibOptions): Inflated {
  try {
    return inflateRawSync(bytes, options) as unknown as Inflated;
  } catch (error) {
    throw notInflating(error);
  }
}

async function inflateThere(bytes: Uint8Array, options: ZlibOptions): Promise<Inflated> {
  return new Promise((resolve, reject) =>
    inflateRaw(bytes, options, (error, result) => {
      if (error === null) resolve(result as unknown as Inflated);
      else reject(notInflating(error));
    }),
  );
}

function notInflating(error: unknown): Malformed {
  return new Malformed(`it does not inflate (${error instanceof Error ? error.message : String(error)})`);
}
