import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PACK_FOOT, PACK_HEAD, parseTable } from "../../src/encoding/index-table.ts";
import {
  checkPackBeginning,
  type FinishedPack,
  PACK_BEGINNING,
  PackForm,
  parsePackTable,
  tableLengthOf,
} from "../../src/encoding/pack.ts";
import type { IndexEntry } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { refusal } from "./forms.ts";

function packOf(blobs: readonly Uint8Array[]): { bytes: Buffer; entries: IndexEntry[]; finished: FinishedPack } {
  const form = new PackForm();
  const entries = blobs.map((blob): IndexEntry => {
    const lengths = { stored: blob.length, plain: blob.length, size: blob.length };
    return { hash: hashBytes(blob), kind: "blob", codec: "raw", offset: form.add(blob), ...lengths };
  });
  const finished = form.finish(entries);
  return { bytes: Buffer.concat([PACK_BEGINNING, ...blobs, finished.end]), entries, finished };
}

/** As a reader does that knows nothing but the object. */
function readTable(bytes: Buffer): ReturnType<typeof parsePackTable> {
  checkPackBeginning(bytes.subarray(0, PACK_HEAD));
  const length = tableLengthOf(bytes.subarray(-PACK_FOOT), bytes.length);
  return parsePackTable(bytes.subarray(bytes.length - PACK_FOOT - length, bytes.length - PACK_FOOT), bytes.length);
}

const blobs = fc.uniqueArray(fc.uint8Array({ maxLength: 40 }), { maxLength: 9, selector: (each) => hashBytes(each) });

describe("a pack", () => {
  it("is named by its bytes, and says at its end what is in it", () => {
    fc.assert(
      fc.property(blobs, (drawn) => {
        const { bytes, entries, finished } = packOf(drawn);
        expect(finished.hash).toBe(hashBytes(bytes));
        expect(finished.size).toBe(bytes.length);
        const table = readTable(bytes);
        expect(table).toEqual(parseTable(finished.table));
        expect(table.entries).toHaveLength(entries.length);
        for (const { hash, offset, stored } of table.entries)
          expect(hashBytes(bytes.subarray(offset, offset + stored))).toBe(hash);
      }),
    );
  });

  it("cut anywhere, or with a bit changed in its beginning, table or foot, is refused", () => {
    const { bytes, finished } = packOf([Buffer.from("one"), Buffer.from("two")]);
    for (let length = 0; length < bytes.length; length++)
      expect(refusal(() => readTable(bytes.subarray(0, length)))).not.toBe("");
    const pieces = bytes.length - finished.end.length;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const at = bit >> 3;
      if (at >= PACK_HEAD && at < pieces) continue;
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << (bit & 7));
      expect(refusal(() => readTable(changed))).not.toBe("");
    }
  });

  it("takes no more than it may", () => {
    const form = new PackForm();
    const piece = Buffer.alloc(2 ** 25);
    form.add(piece);
    form.add(piece.subarray(0, -1));
    expect(form.hasRoomFor(1)).toBe(true);
    expect(form.hasRoomFor(2)).toBe(false);
    expect(refusal(() => form.add(Buffer.alloc(2)))).toContain("no room");
    form.add(Buffer.alloc(1));
    expect(form.finish([]).size).toBe(8 + 2 ** 26 + 52 + 12);
  });

  it("is told apart when a later format wrote it", () => {
    const { bytes } = packOf([]);
    const head = Buffer.from(bytes);
    head.write("2", 7);
    expect(refusal(() => readTable(head))).toBe("newer: it is of format 2");
    const foot = Buffer.from(bytes);
    foot.write("3", bytes.length - 1);
    expect(refusal(() => readTable(foot))).toBe("newer: it is of format 3");
  });

  it("has a table that is as long as the foot says, and of this pack", () => {
    const { bytes, finished } = packOf([Buffer.from("one")]);
    const foot = Buffer.from(bytes.subarray(-PACK_FOOT));
    for (const length of [0, 51, 2 ** 26, 2 ** 32 - 1]) {
      foot.writeUInt32LE(length);
      expect(refusal(() => tableLengthOf(foot, bytes.length))).toContain("its table");
    }
    expect(refusal(() => parsePackTable(finished.table, bytes.length + 1))).toContain("of another size");
  });
});
