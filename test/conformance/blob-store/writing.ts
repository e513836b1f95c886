/** Cells of `write`, `writeMany`, and of what is written as a whole. */
import { expect } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import type { WriteAnswer } from "../../../src/store/blob-store.ts";
import { type BlobSource, bytesSource } from "../../../src/store/bytes.ts";
import {
  type Cell,
  cell,
  codeOf,
  dieHalfway,
  errorOf,
  expectNew,
  expectInvisible,
  expectRight,
  failing,
  listed,
  MIB,
  plain,
  portions,
  type Sample,
  sample,
  storeWith,
  largeOf,
  one,
  reason,
  two,
} from "./cell.ts";

/** Gives its bytes, and stops the process before the last ones. */
function stopping({ bytes }: Sample, stop: AbortController): BlobSource {
  return {
    size: bytes.length,
    *open(from) {
      for (const portion of portions(bytes.subarray(from), 400)) {
        if (from + portion.length >= bytes.length || from > bytes.length / 2) stop.abort(reason);
        from += portion.length;
        yield portion;
      }
    },
  };
}

const outcomeOf = (answer: WriteAnswer): unknown => ("error" in answer ? answer.error : answer.outcome);

export const WRITING: readonly Cell[] = [
  cell("write, absent", async (place) => {
    const large = largeOf(place);
    const store = await place.open();
    for (const { hash, bytes } of [one, large]) {
      const source = { size: bytes.length, open: (from: number) => portions(bytes.subarray(from)) };
      expectNew(place, await store.write(hash, source));
      await expectRight(place, { hash, bytes, source });
    }
  }),
  cell("write, present", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one, large);
    for (const each of [store, await place.open()]) {
      for (const { hash, source } of [one, large]) {
        expect(await each.write(hash, source)).toBe("present");
        expect(await each.write(hash, source)).toBe("present");
      }
    }
    for (const each of [one, large]) await expectRight(place, each);
  }),
  cell("write, partial", async (place) => {
    const large = largeOf(place);
    for (const each of [one, large]) {
      for (const beginning of [each.bytes, sample(each.bytes.length, "other").bytes]) {
        await dieHalfway(place, each, beginning);
        const store = await place.open();
        expectNew(place, await store.write(each.hash, each.source));
        await expectRight(place, each);
        await store.delete(each.hash);
      }
    }
  }),
  cell("write, repeated", async (place) => {
    const large = largeOf(place);
    const stores = await Promise.all(Array.from({ length: 8 }, () => place.open()));
    for (const [each, writers] of [
      [one, stores],
      [large, stores.slice(0, 3)],
    ] as const) {
      const writing = writers.map(async (store) => plain(place, await store.write(each.hash, each.source)));
      const outcomes = await Promise.all(writing);
      expect(outcomes).toContain("written");
      expect(outcomes.filter((outcome) => outcome === "replaced")).toEqual([]);
      await expectRight(place, each);
    }
  }),
  cell("write, cancelled", async (place) => {
    const large = largeOf(place);
    await storeWith(place, two);
    for (const each of [one, large]) {
      const stopped = await place.open(AbortSignal.abort(reason));
      expect(await errorOf(stopped.write(each.hash, each.source))).toBe(reason);
      await expectInvisible(place, each);
      const stop = new AbortController();
      const store = await place.open(stop.signal);
      expect(await errorOf(store.write(each.hash, stopping(each, stop)))).toBe(reason);
      await expectInvisible(place, each);
      expectNew(place, await (await place.open()).write(each.hash, each.source));
    }
  }),
  cell("write, damaged", async (place) => {
    const store = await storeWith(place, one, two);
    const other = sample(one.bytes.length, "other");
    for (const cut of [one.bytes.subarray(1), Buffer.alloc(0), Buffer.concat([one.bytes, one.bytes])]) {
      await place.damage(one.hash, cut);
      expect(await codeOf(store.write(one.hash, other.source))).toBe("blob-damaged");
      await place.damage(one.hash, cut);
      expect(await store.write(one.hash, one.source)).toBe("replaced");
      await expectRight(place, one);
    }
    for (const by of ["folder", "link"] as const) {
      place.obstruct?.(one.hash, by);
      if (place.obstruct) expect(await store.write(one.hash, one.source)).toBe("replaced");
      await expectRight(place, one);
    }
    await place.damage(one.hash, other.bytes);
    expect(await store.write(one.hash, one.source)).toBe("present");
    expect(await codeOf(store.read(one.hash))).toBe("blob-damaged");
    await expectRight(place, two);
  }),
  cell("write, wrong bytes", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, two);
    for (const each of [sample(0), one, large]) {
      const { length } = each.bytes;
      const sources = [sample(length + 1, "other").source, ...(length > 0 ? [sample(length, "other").source] : [])];
      const inexact = [length > 0 ? [each.bytes.subarray(1)] : [Buffer.from("x")], [each.bytes, Buffer.from("more")]];
      for (const source of [...sources, ...inexact.map((chunks) => ({ size: length, open: () => chunks }))]) {
        expect(await codeOf(store.write(each.hash, source))).toBe("blob-damaged");
        await expectInvisible(place, each);
      }
    }
  }),
  cell("write, failing source", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, two);
    // What is read may be another remote that went away: nothing that whoever writes could try again.
    const own = new MvgitError("remote-unavailable", "the other remote does not answer");
    for (const each of [one, large])
      for (const after of [0, each.bytes.length / 2, each.bytes.length]) {
        expect(await errorOf(store.write(each.hash, failing(each.bytes, after, own)))).toBe(own);
        await expectInvisible(place, each);
      }
    expectNew(place, await store.write(one.hash, one.source));
  }),

  cell("writeMany, order", async (place) => {
    const store = await storeWith(place, two);
    const border = place.isPacked ? 10_000 : MIB;
    const fresh = Array.from({ length: 100 }, (_, at) => sample(at % 10 === 0 ? border + at : at, `${at}`));
    const items = [two, ...fresh, two, fresh[7] as Sample, fresh[20] as Sample];
    const answers: WriteAnswer[] = [];
    for await (const answer of store.writeMany(items)) answers.push(answer);
    expect(answers.map(({ item }) => item)).toEqual(items);
    const outcomes = answers.map((answer) => plain(place, outcomeOf(answer)));
    expect(outcomes.filter((outcome) => outcome !== "written" && outcome !== "present")).toEqual([]);
    expect([outcomes[0], outcomes[101]]).toEqual(["present", "present"]);
    expect((await listed(store)).size).toBe(101);
    for await (const _ of store.writeMany([])) expect.unreachable();
  }),
  cell("writeMany, failing item", async (place) => {
    const large = largeOf(place);
    const store = await place.open();
    // What is read may be another remote that went away: nothing that whoever writes could try again.
    const own = new MvgitError("remote-unavailable", "the other remote does not answer");
    const items = [
      { hash: one.hash, source: failing(one.bytes, 500, own) },
      { hash: two.hash, source: two.source },
      { hash: large.hash, source: failing(large.bytes, large.bytes.length / 2, own) },
      { hash: sample(0).hash, source: bytesSource(Buffer.from("wrong")) },
    ];
    const outcomes: unknown[] = [];
    for await (const answer of store.writeMany(items)) outcomes.push(plain(place, outcomeOf(answer)));
    expect(outcomes).toEqual([own, "written", own, expect.objectContaining({ code: "blob-damaged" })]);
    expect([...(await listed(store)).keys()]).toEqual([two.hash]);
  }),
  cell("writeMany, cancelled", async (place) => {
    const large = largeOf(place);
    await storeWith(place, two);
    const stopped = await place.open(AbortSignal.abort(reason));
    const errors: unknown[] = [];
    const writing = async (): Promise<void> => {
      for await (const answer of stopped.writeMany([one, large])) errors.push(outcomeOf(answer));
    };
    errors.push(await errorOf(writing()));
    expect(errors.filter((error) => error !== "no error" && error !== reason)).toEqual([]);
    expect(errors).toContain(reason);
    for (const each of [one, large]) await expectInvisible(place, each);
  }),

  cell("any, sizes", async (place) => {
    const store = await place.open();
    const borders = (place.isPacked ? [1] : [1, 8, 16]).flatMap((mib) => [mib * MIB, mib * MIB + 1]);
    for (const size of [0, 1, ...borders, ...(place.isPacked ? [] : [20 * MIB + 17])]) {
      const each = sample(size, `${size}`);
      expectNew(place, await store.write(each.hash, each.source));
      await expectRight(place, each);
      await store.delete(each.hash);
    }
  }),
  cell("any, another opening", async (place) => {
    const [store, other] = [await place.open(), await place.open()];
    await listed(other);
    expect(await other.stat(one.hash)).toBeNull();
    await store.write(one.hash, one.source);
    expect(await other.stat(one.hash)).toEqual({ size: 1000 });
    expect((await listed(other)).has(one.hash)).toBe(true);
    expect(await other.write(one.hash, one.source)).toBe("present");
    await expectRight(place, one);
    await store.delete(one.hash);
    expect(await other.stat(one.hash)).toBeNull();
    await storeWith(place, one, two);
    for (const { hash, bytes } of [one, two]) expect(await other.stat(hash)).toEqual({ size: bytes.length });
  }),
];
