/**
 * WebAssembly by hand: what the loops in `loops.ts` are put together from, and the module around them. An expression is
 * the bytes that compute it, so that one contains the other; the specification of WebAssembly has the numbers.
 */

/** Instructions one behind the other; an expression leaves one value. */
export type Code = readonly number[];

type Unary = (value: Code) => Code;
type Binary = (left: Code, right: Code) => Code;
/** `offset`: bytes behind the address. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const unary =
  (...op: number[]): Unary =>
  (value) => [...value, ...op];
const binary =
  (...op: number[]): Binary =>
  (left, right) => [...left, ...right, ...op];
const load =
  (...op: number[]): Load =>
  (address, offset = 0) => [...address, ...op, 0, ...unsigned(offset)];
const store =
  (...op: number[]): Store =>
  (address, value, offset = 0) => [...address, ...value, ...op, 0, ...unsigned(offset)];

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  ltU: binary(0x49),
  /** The lowest bit that is set, by its number. */
  ctz: unary(0x68),
  add: binary(0x6a),
  sub: binary(0x6b),
  and: binary(0x71),
  or: binary(0x72),
  shl: binary(0x74),
  shrU: binary(0x76),
  load: load(0x28),
  load8: load(0x2d),
  load16: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
};

export const i64 = {
  fromU32: unary(0xad),
  or: binary(0x84),
  shl: binary(0x86),
  shrU: binary(0x88),
  load: load(0x29),
  store: store(0x37),
  /** The lower half of sixteen bytes. */
  lowOf: unary(0xfd, 0x1d, 0),
};

/** Sixteen bytes at once. */
export const v128 = {
  load: load(0xfd, 0x00),
  store: store(0xfd, 0x0b),
  and: binary(0xfd, 0x4e),
  or: binary(0xfd, 0x50),
  xor: binary(0xfd, 0x51),
  not: unary(0xfd, 0x4d),
  /** The bytes of both, 0 to 15 and 16 to 31, that `places` name. */
  shuffle: (left: Code, right: Code, places: Code): Code => [...left, ...right, 0xfd, 0x0d, ...places],
};

/** Eight values of two bytes. */
export const i16x8 = {
  of: (values: readonly number[]): Code => [
    0xfd,
    0x0c,
    ...values.flatMap((value) => [value & 0xff, (value >>> 8) & 0xff]),
  ],
  all: (value: number): Code => i16x8.of(Array.from({ length: 8 }, () => value)),
  splat: unary(0xfd, 0x10),
  /** A bit for each value: its highest. */
  bitmask: unary(0xfd, 0x84, 1),
  gtU: binary(0xfd, 0x32),
  neg: unary(0xfd, 0x81, 1),
  shl: binary(0xfd, 0x8b, 1),
  shrS: binary(0xfd, 0x8c, 1),
  shrU: binary(0xfd, 0x8d, 1),
  add: binary(0xfd, 0x8e, 1),
  sub: binary(0xfd, 0x91, 1),
  mul: binary(0xfd, 0x95, 1),
  minU: binary(0xfd, 0x97, 1),
  /** Eight of one byte each, of the first or the second half. */
  fromLow: unary(0xfd, 0x89, 1),
  fromHigh: unary(0xfd, 0x8a, 1),
  /** Of two times four values of four bytes. */
  narrow: binary(0xfd, 0x86, 1),
};

/** Four values of four bytes. */
export const i32x4 = {
  shl: binary(0xfd, 0xab, 1),
  shrU: binary(0xfd, 0xad, 1),
  /** The sum of each two products. */
  dot: binary(0xfd, 0xba, 1),
};

/** Sixteen bytes of two times eight values of two bytes, none above 255. */
export const narrowBytes = binary(0xfd, 0x66);

export const [I32, I64, V128] = [0x7f, 0x7e, 0x7b];

/** A local variable, a parameter first. */
export interface Local {
  get: Code;
  set(value: Code): Code;
  add(by: number): Code;
  /** Sets it and leaves the value. */
  tee(value: Code): Code;
}

/** So many locals. */
export function locals(count: number): Local[] {
  return Array.from({ length: count }, (_, at) => ({
    get: [0x20, at],
    set: (value) => [...value, 0x21, at],
    add: (by) => [0x20, at, ...i32.of(by), 0x6a, 0x21, at],
    tee: (value) => [...value, 0x22, at],
  }));
}

/** Again and again as long as the condition holds. */
export function during(condition: Code, ...body: Code[]): Code {
  return [0x03, 0x40, ...condition, 0x04, 0x40, ...body.flat(), 0x0c, 1, 0x0b, 0x0b];
}

/** Ends the function with the answer where the value is zero. */
export function whenZero(value: Code, answer: Code): Code {
  return [...value, 0x45, 0x04, 0x40, ...answer, 0x0f, 0x0b];
}

/** A function. It has as many parameters as it says, all `I32`, and locals of these types behind them. */
export interface Loop {
  parameters: number;
  locals: readonly number[];
  body: Code;
  /** `I32`. */
  answer: Code;
}

/** The bytes of a module that exports these functions, and so much memory as `memory`. */
export function assemble(loops: Readonly<Record<string, Loop>>, { pages }: { pages: number }): Uint8Array<ArrayBuffer> {
  const all = Object.values(loops);
  const names = Object.keys(loops);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      all.map(({ parameters }) => [0x60, ...list(Array.from({ length: parameters }, () => [I32])), 1, I32]),
    ),
    ...section(
      3,
      all.map((_, at) => unsigned(at)),
    ),
    ...section(5, [[1, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(7, [[...text("memory"), 2, 0], ...names.map((name, at) => [...text(name), 0, ...unsigned(at)])]),
    ...section(
      10,
      all.map((each) => sized([...list(each.locals.map((type) => [1, type])), ...each.body, ...each.answer, 0x0b])),
    ),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(list(items))];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: Code): Code {
  return [...unsigned(bytes.length), ...bytes];
}

function text(words: string): Code {
  return sized([...Buffer.from(words)]);
}
