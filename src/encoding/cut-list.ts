/** The cut list of a blob: length and hash of each of its parts, by which a later version is compared. */
import { FormWriter, HASH_BYTES, openForm } from "./bytes-form.ts";
import { MOST_CUT_LIST, MOST_PIECE } from "./limits.ts";
import { demand } from "./malformed.ts";
import type { Cut, CutList } from "./types.ts";

const MAGIC = "MVGCUTS1";
/** Bytes of magic, size and count. */
const HEAD = 20;
const CUT = HASH_BYTES + 4;

/** Throws `Malformed` for what no cut list can say. */
export function formatCutList(list: CutList): Buffer {
  checkList(list);
  const { size, cuts } = list;
  const form = new FormWriter(formLength(cuts.length));
  form.text(MAGIC);
  form.u64(size);
  form.u32(cuts.length);
  for (const { hash, length } of cuts) {
    form.hash(hash);
    form.u32(length);
  }
  return form.sum();
}

/** Throws `Malformed` for bytes that are no cut list in its only form. */
export function parseCutList(bytes: Uint8Array): CutList {
  const form = openForm(bytes, MAGIC, MOST_CUT_LIST);
  const size = form.u64();
  const count = form.u32();
  demand(form.left === count * CUT, "its count is not that of its cuts");
  const cuts: Cut[] = [];
  for (let at = 0; at < count; at++) cuts.push({ hash: form.hash(), length: form.u32() });
  const list = { size, cuts };
  checkList(list);
  return list;
}

function fitsCutList(cuts: number): boolean {
  return formLength(cuts) <= MOST_CUT_LIST;
}

function formLength(cuts: number): number {
  return HEAD + CUT * cuts + HASH_BYTES;
}

function checkList({ size, cuts }: CutList): void {
  demand(fitsCutList(cuts.length), "it has too many cuts");
  let sum = 0;
  for (const { length } of cuts) {
    demand(length >= 1 && length <= MOST_PIECE, "a cut has a length that none can have");
    sum += length;
  }
  demand(sum === size, "its cuts are together not as long as the blob");
}
