/** Reading on, in larger portions than are asked for. */
import type { RandomAccess } from "../../../values/tensors/access.ts";

/** Bytes read at once where one reading follows the other. */
const PORTION = 4 * 1024 * 1024;

/** The same bytes; what is read in order is read ahead. Bytes stay valid as long as somebody holds them. */
export function readAhead(access: RandomAccess): RandomAccess {
  const { size } = access;
  let window: Uint8Array = new Uint8Array(0);
  let from = 0;
  let next = -1;
  return {
    size,
    async read(offset, length) {
      if (offset < from || offset + length > from + window.length) {
        const wanted = offset === next ? Math.max(length, Math.min(PORTION, size - offset)) : length;
        window = await access.read(offset, wanted);
        from = offset;
      }
      next = offset + length;
      return window.subarray(offset - from, next - from);
    },
  };
}
