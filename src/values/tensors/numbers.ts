/** Values of tensors as numbers, from bytes as they lie in a file: little-endian, as all machines that Node runs on. */

type Decode = (bytes: Uint8Array, into: Float64Array) => void;

/** The same bytes at an address that typed arrays take. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

function from(open: (bytes: ArrayBuffer) => ArrayLike<number>): Decode {
  return (bytes, into) => into.set(open(aligned(bytes)));
}

/** From the words of 32 bits of whole numbers of 64; nearly, above what JavaScript counts. */
function wide(high: (bytes: ArrayBuffer) => ArrayLike<number>): Decode {
  return (bytes, into) => {
    const buffer = aligned(bytes);
    const [low, top] = [new Uint32Array(buffer), high(buffer)];
    for (let at = 0; at < into.length; at++) into[at] = (top[2 * at + 1] as number) * 2 ** 32 + (low[2 * at] as number);
  };
}

/** A float of few bits, by its parts. */
function small(
  bits: number,
  { exponent, mantissa, isFinite }: { exponent: number; mantissa: number; isFinite: boolean },
): number {
  const sign = bits >> (exponent + mantissa) ? -1 : 1;
  const power = (bits >> mantissa) & ((1 << exponent) - 1);
  const part = bits & ((1 << mantissa) - 1);
  const bias = (1 << (exponent - 1)) - 1;
  if (power === 0) return sign * part * 2 ** (1 - bias - mantissa);
  if (power === (1 << exponent) - 1) {
    if (!isFinite) return part === 0 ? sign * Infinity : NaN;
    // Of e4m3 all but the last are numbers.
    if (part === (1 << mantissa) - 1) return NaN;
  }
  return sign * (1 + part / 2 ** mantissa) * 2 ** (power - bias);
}

function byTable(
  of: number,
  parts: Parameters<typeof small>[1],
  open: (bytes: ArrayBuffer) => ArrayLike<number>,
): Decode {
  let table: Float64Array | null = null;
  return (bytes, into) => {
    table ??= Float64Array.from({ length: of }, (_, bits) => small(bits, parts));
    const codes = open(aligned(bytes));
    for (let at = 0; at < into.length; at++) into[at] = table[codes[at] as number] as number;
  };
}

function bf16(bytes: Uint8Array, into: Float64Array): void {
  const codes = new Uint16Array(aligned(bytes));
  const floats = new Float32Array(codes.length);
  const words = new Uint32Array(floats.buffer);
  for (let at = 0; at < codes.length; at++) words[at] = (codes[at] as number) << 16;
  into.set(floats);
}

const DECODERS: Readonly<Record<string, Decode>> = {
  f64: from((bytes) => new Float64Array(bytes)),
  f32: from((bytes) => new Float32Array(bytes)),
  f16: byTable(65536, { exponent: 5, mantissa: 10, isFinite: false }, (bytes) => new Uint16Array(bytes)),
  bf16,
  f8_e4m3: byTable(256, { exponent: 4, mantissa: 3, isFinite: true }, (bytes) => new Uint8Array(bytes)),
  f8_e5m2: byTable(256, { exponent: 5, mantissa: 2, isFinite: false }, (bytes) => new Uint8Array(bytes)),
  i64: wide((bytes) => new Int32Array(bytes)),
  u64: wide((bytes) => new Uint32Array(bytes)),
  i32: from((bytes) => new Int32Array(bytes)),
  u32: from((bytes) => new Uint32Array(bytes)),
  i16: from((bytes) => new Int16Array(bytes)),
  u16: from((bytes) => new Uint16Array(bytes)),
  i8: from((bytes) => new Int8Array(bytes)),
  u8: from((bytes) => new Uint8Array(bytes)),
  bool: from((bytes) => new Uint8Array(bytes)),
};

/** What reads values of a type; null for types of which only the bytes are compared. */
export function decoderOf(dtype: string): Decode | null {
  return Object.hasOwn(DECODERS, dtype) ? (DECODERS[dtype] as Decode) : null;
}

/** By how much a tensor changed. */
export interface Change {
  /** The largest difference between two values; null where one is no number, such as NaN. */
  maxDifference: number | null;
  /** The length of the difference by the length of what was before (L2); null where that is 0, or no number. */
  relative: number | null;
  /** Values that differ, of all. */
  differing: number;
  values: number;
  /** Values that are NaN or infinite on one side or both, and differ; passed over by the two above. */
  notFinite: number;
}

/** Sums over values that come in pieces. */
export class ChangeSum {
  #largest = 0;
  #squares = 0;
  #before = 0;
  #differing = 0;
  #values = 0;
  #notFinite = 0;

  /** `differs`: of values that are one number here, and may be two in the file. */
  add(a: Float64Array, b: Float64Array, differs: (at: number) => boolean = () => false): void {
    let [largest, squares, before, differing, notFinite] = [0, 0, 0, 0, 0];
    for (let at = 0; at < a.length; at++) {
      const [x, y] = [a[at] as number, b[at] as number];
      const difference = Math.abs(y - x);
      if (difference < Infinity) {
        if (difference > 0 || (Math.abs(x) > Number.MAX_SAFE_INTEGER && differs(at))) differing++;
        if (difference > largest) largest = difference;
        squares += difference * difference;
        before += x * x;
      } else if (!Object.is(x, y)) {
        differing++;
        notFinite++;
      }
    }
    this.#largest = Math.max(this.#largest, largest);
    this.#squares += squares;
    this.#before += before;
    this.#differing += differing;
    this.#values += a.length;
    this.#notFinite += notFinite;
  }

  get change(): Change {
    const relative = Math.sqrt(this.#squares) / Math.sqrt(this.#before);
    const hasNumbers = this.#values > this.#notFinite;
    return {
      maxDifference: hasNumbers ? this.#largest : null,
      relative: hasNumbers && Number.isFinite(relative) ? relative : null,
      differing: this.#differing,
      values: this.#values,
      notFinite: this.#notFinite,
    };
  }
}
