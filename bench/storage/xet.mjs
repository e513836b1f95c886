/**
 * What a store of content-defined pieces as Hugging Face's Xet cuts them would have to take up, before it compresses:
 * gear hash, 64 KiB on average, 8 KiB at least, 128 KiB at most, each piece once.
 */
import { createHash } from "node:crypto";
import { piecesOf } from "./made.mjs";
import { stream } from "./random.mjs";

const [LEAST, MOST, MASK] = [8 * 1024, 128 * 1024, 0xffff0000];
const bytes = stream("gear")(256 * 4);
const GEAR = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

/** Adds the pieces of a file to those that are known; answers the bytes of those that were not. */
export function addXetPieces(file, known) {
  let added = 0;
  let rest = Buffer.alloc(0);
  const add = (piece) => {
    const name = createHash("sha1").update(piece).digest("latin1");
    if (known.has(name)) return;
    known.add(name);
    added += piece.length;
  };
  for (const chunk of piecesOf(file)) {
    const all = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = cutAt(all, start); end > 0; end = cutAt(all, start)) {
      add(all.subarray(start, end));
      start = end;
    }
    rest = Buffer.from(all.subarray(start));
  }
  if (rest.length > 0) add(rest);
  return added;
}

/** 0 where the piece does not end within these bytes. */
function cutAt(all, start) {
  let hash = 0;
  const end = Math.min(all.length, start + MOST);
  // 32 bits forget a byte after as many more.
  for (let at = start + LEAST - 32; at < end; at++) {
    hash = ((hash << 1) + GEAR[all[at]]) | 0;
    if (at >= start + LEAST && (hash & MASK) === 0) return at + 1;
  }
  return end - start === MOST ? end : 0;
}
