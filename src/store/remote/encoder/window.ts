/** Reading on, in larger portions than are asked for. */
import type { RandomAccess } from "../../../values/tensors/access.ts";

/** Bytes read at once where one reading follows the other: at first, and, twice as many each time, at the most. */
const [FIRST, MOST] = [256 * 1024, 4 * 1024 * 1024];

/** The same bytes; what is read in order is read ahead. Bytes stay valid as long as somebody holds them. */
export function readAhead(access: RandomAccess): RandomAccess {
  const { size } = access;
  let window: Uint8Array = new Uint8Array(0);
  let from = 0;
  let next = -1;
  let portion = FIRST;
  return {
    size,
    async read(offset, length) {
      if (offset < from || offset + length > from + window.length) {
        const isBehind = offset === next;
        const wanted = isBehind ? Math.max(length, Math.min(portion, size - offset)) : length;
        portion = isBehind ? Math.min(2 * portion, MOST) : FIRST;
        window = await access.read(offset, wanted);
        from = offset;
      }
      next = offset + length;
      return window.subarray(offset - from, next - from);
    },
  };
}

/** The same bytes, at least so many at a time: for who looks here and there not far from where it looked before. */
export function inWindows(access: RandomAccess, least: number): RandomAccess {
  const { size } = access;
  let window: Uint8Array = new Uint8Array(0);
  let from = 0;
  return {
    size,
    async read(offset, length) {
      if (offset < from || offset + length > from + window.length) {
        window = await access.read(offset, Math.max(length, Math.min(least, size - offset)));
        from = offset;
      }
      return window.subarray(offset - from, offset - from + length);
    },
  };
}
