import { expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";
import type { BlobSource, WriteOutcome } from "../../src/store/bytes.ts";
import type { BlobStore } from "../../src/store/blob-store.ts";
import { together, writeEach } from "../../src/store/write-many.ts";
import { absentIn, copyAbsent, nothingCopied } from "../../src/transfer/copy.ts";
import { testWatch } from "../support/watch.ts";

const watch = testWatch();
const needs = Array.from({ length: 12 }, (_, index) => ({ hash: hashBytes(Buffer.from([index])), size: 1 }));

/** Has everything. */
const from = {
  name: "from",
  source: (_: Hash, size: number): BlobSource => ({ size, open: () => [Buffer.alloc(size)] }),
} as Partial<BlobStore> as BlobStore;

/** Has nothing, likes six at once, and counts how many writes were under way together. */
function makeTarget(): { to: BlobStore; most: () => number } {
  let now = 0;
  let most = 0;
  const write = async (): Promise<WriteOutcome> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return "written";
  };
  const to: Partial<BlobStore> = {
    name: "to",
    write,
    async *statMany(hashes) {
      for (const hash of hashes) yield { hash, stat: null };
    },
    writeMany: (items, { jobs } = {}) => writeEach({ write }, items, together({ small: 6, large: 6 }, jobs)),
  };
  return { to: to as BlobStore, most: () => most };
}

it.each([
  [undefined, 6],
  [1, 1],
  [3, 3],
  [12, 12],
])("with jobs %s, %s blobs move at a time", async (jobs, expected) => {
  const { to, most } = makeTarget();
  const report = nothingCopied();
  const left = await absentIn(to, needs, report);
  await copyAbsent(left, { from, to }, { watch, label: "copying", jobs, report });
  expect(report.copied).toBe(needs.length);
  expect(most()).toBe(expected);
});
