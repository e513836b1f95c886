/** Bytes told as runs of another version's, wherever these stand there, and as the bytes between; docs/format.md. */
import { demand } from "../malformed.ts";
import { deflate, inflate } from "./deflate.ts";

/** Bytes by which places are found, and how far apart they are in the base. */
const [WINDOW, STEP] = [12, 8];
/** A shorter run is not worth telling: what tells of it must take less than itself. */
const LEAST_RUN = 24;
/** How many bytes more than plain ones the runs and the bytes between may take, before they are deflated. */
const MOST_MORE = 16;

/** Whatever becomes of it. The base has more bytes, or fewer. */
export async function encodePatch(plain: Uint8Array, base: Uint8Array): Promise<Uint8Array> {
  return deflate(formatRuns(plain, runsOf(plain, base)));
}

/** Null where less than half of the bytes are the base's. */
export async function encodeIfPatch(plain: Uint8Array, base: Uint8Array): Promise<Uint8Array | null> {
  const runs = runsOf(plain, base);
  const known = runs.reduce((sum, { length }) => sum + length, 0);
  return known * 2 < plain.length ? null : deflate(formatRuns(plain, runs));
}

/** Throws `Malformed`. */
export async function decodePatch(stored: Uint8Array, length: number, base: Uint8Array): Promise<Uint8Array> {
  const told = new Reader(await inflate(stored, length + MOST_MORE));
  const plain = Buffer.allocUnsafe(length);
  let [at, next] = [0, 0];
  while (at < length) {
    const between = told.number();
    demand(between <= length - at, "it has more bytes than it must have");
    plain.set(told.take(between), at);
    at += between;
    next += between;
    if (at === length) break;
    const run = told.number();
    const from = next + told.signed();
    demand(run >= 1 && run <= length - at, "it has more bytes than it must have");
    demand(from >= 0 && from <= base.length - run, "a run lies outside of the base");
    plain.set(base.subarray(from, from + run), at);
    at += run;
    next = from + run;
  }
  demand(told.left === 0, "something follows its last run");
  return plain;
}

/** Bytes that both have: where they begin, and how many they are. */
interface Run {
  at: number;
  from: number;
  length: number;
}

function runsOf(plain: Uint8Array, base: Uint8Array): Run[] {
  const places = placesOf(base);
  const runs: Run[] = [];
  let [done, next] = [0, 0];
  for (let at = 0; at + WINDOW <= plain.length;) {
    const run = runAt(plain, base, { at, done, near: [next + at - done, next, places.find(plain, at)] });
    if (run === null) at++;
    else {
      runs.push(run);
      at = done = run.at + run.length;
      next = run.from + run.length;
    }
  }
  return runs;
}

/** The first of these places in the base that gives a run. `done`: where the run before ends. */
function runAt(
  plain: Uint8Array,
  base: Uint8Array,
  { at, done, near }: { at: number; done: number; near: readonly number[] },
): Run | null {
  for (const from of near) {
    if (from < 0 || from >= base.length || plain[at] !== base[from]) continue;
    let end = 1;
    while (at + end < plain.length && from + end < base.length && plain[at + end] === base[from + end]) end++;
    let before = 0;
    while (at - before > done && from > before && plain[at - before - 1] === base[from - before - 1]) before++;
    if (before + end >= LEAST_RUN) return { at: at - before, from: from - before, length: before + end };
  }
  return null;
}

/** Where windows of the base stand: of those that are alike, and of a few others, the last. */
function placesOf(base: Uint8Array): { find(bytes: Uint8Array, at: number): number } {
  const bits = Math.max(8, Math.ceil(Math.log2(base.length / STEP + 1)) + 1);
  const shift = 32 - bits;
  const last = new Int32Array(2 ** bits).fill(-1);
  for (let at = 0; at + WINDOW <= base.length; at += STEP) last[hashAt(base, at) >>> shift] = at;
  return { find: (bytes, at) => last[hashAt(bytes, at) >>> shift] as number };
}

function hashAt(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + WINDOW; word += 4) {
    const value =
      (bytes[word] as number) |
      ((bytes[word + 1] as number) << 8) |
      ((bytes[word + 2] as number) << 16) |
      ((bytes[word + 3] as number) << 24);
    hash = Math.imul(hash ^ value, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca6b) >>> 0;
}

/** Of each run: how many bytes stand before it, these, how many it has, and how far it stands from where it would. */
function formatRuns(plain: Uint8Array, runs: readonly Run[]): Uint8Array {
  const told = new Writer(plain.length + MOST_MORE);
  let [done, next] = [0, 0];
  for (const { at, from, length } of runs) {
    told.number(at - done);
    told.bytes(plain.subarray(done, at));
    told.number(length);
    told.signed(from - (next + at - done));
    done = at + length;
    next = from + length;
  }
  if (done < plain.length) {
    told.number(plain.length - done);
    told.bytes(plain.subarray(done));
  }
  return told.all;
}

/** Numbers by seven bits a byte, the lowest first; the highest bit of a byte says that more follow. */
class Writer {
  readonly #bytes: Buffer;
  #length = 0;

  constructor(most: number) {
    this.#bytes = Buffer.allocUnsafe(most);
  }

  number(value: number): void {
    for (; value > 127; value = Math.floor(value / 128)) this.#bytes[this.#length++] = (value % 128) + 128;
    this.#bytes[this.#length++] = value;
  }

  /** Those below zero are the odd ones. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  get all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(): number {
    let value = 0;
    for (let unit = 1; unit < 2 ** 32; unit *= 128) {
      demand(this.left > 0, "it is cut short");
      const byte = this.#bytes[this.#at++] as number;
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
    demand(false, "a number in it is too long");
    return value;
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  take(length: number): Uint8Array {
    demand(length <= this.left, "it is cut short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
