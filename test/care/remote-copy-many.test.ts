/** Of very many blobs: what is held of them, and how a place that has some is asked. */
import { expect, it } from "vitest";
import { settlePresent } from "../../src/care/remote-copy/bring.ts";
import type { Repo } from "../../src/repo/repo.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { NeedTable } from "../../src/transfer/need-table.ts";
import { Remotes } from "../../src/transfer/remotes.ts";
import type { Hash } from "../../src/values/hash.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { testWatch } from "../support/watch.ts";

const hashOf = (at: number): Hash => at.toString(16).padStart(64, "0") as Hash;

it("a table of needs has each blob once, and gives those that are not settled", () => {
  const needs = new NeedTable();
  for (const size of [0, 5, 2 ** 40]) needs.add({ hash: hashOf(size), size });
  needs.add({ hash: hashOf(5), size: 6 });
  expect([needs.size, needs.open(hashOf(5)), needs.open(hashOf(9)), needs.has(hashOf(9))]).toEqual([3, 5, null, false]);
  for (const size of [0, 5, 5]) needs.settle(hashOf(size));
  expect([...needs]).toEqual([{ hash: hashOf(2 ** 40), size: 2 ** 40 }]);
  expect([needs.open(hashOf(0)), needs.has(hashOf(0))]).toEqual([null, true]);
  needs.reopen();
  expect([...needs].map(({ size }) => size)).toEqual([0, 5, 2 ** 40]);
});

it.each([100, 20_000])("of %i needs those that the place has, with their size, are settled", async (count) => {
  const bucket = new MemoryBucket();
  const to = new Remote("new", bucket);
  await to.place.prepare();
  const needs = new NeedTable();
  for (let at = 0; at < count; at++) needs.add({ hash: hashOf(at), size: 1 });
  for (const at of [1, 2, 3, count + 7]) bucket.put(blobName(hashOf(at)), Buffer.from(at === 3 ? "cut" : "x"));
  const watch = testWatch();
  const moving = { repo: { watch } as unknown as Repo, from: new Remotes([], watch), to, jobs: undefined };
  expect(await settlePresent(needs, moving)).toEqual({ present: 2, differing: 1 });
  expect([1, 2, 3, 4].map((at) => needs.open(hashOf(at)))).toEqual([null, null, 1, 1]);
});
