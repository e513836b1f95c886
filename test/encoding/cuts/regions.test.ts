import fc from "fast-check";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cut } from "../../../src/encoding/cuts/cut.ts";
import { regionsOf } from "../../../src/encoding/cuts/regions.ts";
import { LEAST, Spans } from "../../../src/encoding/cuts/spans.ts";
import type { Region } from "../../../src/encoding/types.ts";
import {
  accessTo,
  noise,
  npyOf,
  parquetOf,
  parquetWith,
  safetensorsOf,
  tarHeader,
  tarOf,
  zipOf,
} from "../../support/containers.ts";

const MIB = 1024 * 1024;

/** What holds for any bytes: the regions are the file, in order, and the pieces too. */
async function regions(bytes: Uint8Array): Promise<Region[]> {
  const found = await regionsOf(accessTo(bytes));
  let at = 0;
  for (const { start, length } of found) {
    expect(start).toBe(at);
    expect(length).toBeGreaterThan(0);
    at += length;
  }
  expect(at).toBe(bytes.length);
  let done = 0;
  for await (const piece of cut(accessTo(bytes), found)) {
    expect(Buffer.compare(piece.bytes, bytes.subarray(piece.start, piece.start + piece.bytes.length))).toBe(0);
    done += piece.bytes.length;
  }
  expect(done).toBe(bytes.length);
  return found;
}

const shown = (found: readonly Region[]): string[] =>
  found.map(({ start, length, kind, width, identity }) =>
    [start, length, kind, width, identity ?? ""].join(" ").trim(),
  );
const isWhole = (found: readonly Region[]): boolean => found.length === 1 && found[0]?.kind === "opaque";
const startsOf = (found: readonly Region[]): number[] => found.map(({ start }) => start);

const tensors = (names: readonly string[], length = 20_000) =>
  names.map((name, at) => ({ name, dtype: "BF16", shape: [length / 2], bytes: noise(length, at + 1) }));

describe("weights", () => {
  it("of safetensors are cut at each tensor; small ones stay together", async () => {
    const bytes = safetensorsOf([
      { name: "a", dtype: "BF16", shape: [100, 100], bytes: noise(20_000) },
      { name: "b", dtype: "F32", shape: [10], bytes: noise(40) },
      { name: "c", dtype: "F32", shape: [10], bytes: noise(40) },
      { name: "d", dtype: "F32", shape: [2500], bytes: noise(10_000) },
      { name: "e", dtype: "I64", shape: [1250], bytes: noise(10_000) },
      { name: "f", dtype: "F32", shape: [0], bytes: noise(0) },
    ]);
    const begin = bytes.length - 40_080;
    expect(shown(await regions(bytes))).toEqual([
      `0 ${begin} opaque 1`,
      `${begin} 20000 tensor 2 a bf16 100x100`,
      `${begin + 20_000} 80 opaque 1`,
      `${begin + 20_080} 10000 tensor 4 d f32 2500`,
      `${begin + 30_080} 10000 tensor 1 e i64 1250`,
    ]);
  });

  it("of real programs are told by their bytes, and lie where they lie", async () => {
    const files = join(import.meta.dirname, "../../values/tensors/files");
    for (const name of fs.readdirSync(files).filter((each) => !each.endsWith(".py")))
      await regions(fs.readFileSync(join(files, name)));
  });

  it("of one array of numpy, alone and in an archive of them", async () => {
    const array = npyOf("<f2", [5000, 2], noise(20_000));
    expect(shown(await regions(array))).toEqual(["0 128 opaque 1", "128 20000 tensor 2 array f16 5000x2"]);
    const large = npyOf("|V2", [150_000], noise(300_000));
    const found = await regions(
      zipOf([
        { name: "w.npy", bytes: large },
        { name: "small.npy", bytes: array },
      ]),
    );
    const behind = expect.stringMatching(/^320330 \d+ opaque 1$/);
    expect(shown(found)).toEqual([
      "0 163 opaque 1",
      "163 300000 tensor 2 w bf16 150000",
      "300163 167 opaque 1",
      "300330 20000 tensor 2 small f16 5000x2",
      behind,
    ]);
    const packed = [
      { name: "w.npy", bytes: large },
      { name: "small.npy", bytes: array, isPacked: true },
    ];
    expect(shown(await regions(zipOf(packed)))).toContain("163 300000 tensor 2 w.npy/array bf16 150000");
    for (const lie of [
      npyOf("<f4", [5000, 2], noise(20_000)),
      npyOf("|O", [2500], noise(20_000)),
      array.subarray(0, 9_000),
    ])
      expect(isWhole(await regions(lie))).toBe(true);
  });

  it("that lie about where their tensors are are one region", async () => {
    const [a, b] = tensors(["a", "b"]) as [ReturnType<typeof tensors>[0], ReturnType<typeof tensors>[0]];
    for (const offsets of [
      [10_000, 30_000],
      [30_000, 50_000],
      [-20_000, 0],
      [0, 20_000],
      [2 ** 60, 2 ** 60 + 20_000],
    ])
      expect(isWhole(await regions(safetensorsOf([a, { ...b, offsets: offsets as [number, number] }])))).toBe(true);
    const lying = safetensorsOf([a]);
    for (const length of [0n, 1n, 20_000_000n, 2n ** 63n]) {
      lying.writeBigUInt64LE(length);
      expect(isWhole(await regions(lying))).toBe(true);
    }
  });
});

describe("archives", () => {
  const images = Array.from({ length: 12 }, (_, at) => noise(100_000 + 8111 * at, at + 1));
  const members = (time: number, label: string) =>
    images.flatMap((bytes, at) => [
      { name: `${at}.png`, bytes, time },
      { name: `${at}.txt`, bytes: Buffer.from(`${label} ${at}`), time },
    ]);

  it("of tar are cut at the bytes of each member that is not small", async () => {
    const found = await regions(tarOf(members(1, "cat")));
    expect(found.filter(({ kind }) => kind === "part").map(({ length }) => length)).toEqual(
      images.map(({ length }) => length),
    );
    expect(found).toHaveLength(25);
  });

  it("of which every label and time changed cost what changed", async () => {
    const parts = async (bytes: Buffer): Promise<Map<string, number>> => {
      const found = new Map<string, number>();
      for await (const piece of cut(accessTo(bytes), await regionsOf(accessTo(bytes))))
        found.set(Buffer.from(piece.bytes).toString("latin1"), piece.bytes.length);
      return found;
    };
    for (const build of [tarOf, (all: ReturnType<typeof members>) => zipOf(all)]) {
      const [before, after] = [await parts(build(members(1, "cat"))), await parts(build(members(2, "dogs")))];
      const fresh = [...after].filter(([text]) => !before.has(text)).map(([, length]) => length);
      // A header of each image and each label, and the label: no image.
      expect(fresh.reduce((sum, length) => sum + length, 0)).toBeLessThan(12 * 3 * 512 + 10_240);
    }
  });

  it("of tar with long names, sizes in pax and by powers of 256, and links", async () => {
    const large = noise(50_000);
    const pax = Buffer.from("17 path=\u00e4/b.bin\n14 size=50000\n");
    const padded = Buffer.concat([large, Buffer.alloc(512 - (large.length % 512))]);
    const bytes = Buffer.concat([
      tarOf([
        { name: "././@LongLink", type: "L", bytes: Buffer.from("n".repeat(300)) },
        { name: "n", bytes: large },
        { name: "link", type: "2", bytes: Buffer.alloc(0), size: 77_777 },
        { name: "PaxHeaders/x", type: "x", bytes: pax },
      ]).subarray(0, -1024),
      tarHeader({ name: "x", bytes: large, size: 0 }),
      padded,
      tarHeader({ name: "wide", bytes: large, size: 2 ** 33 }),
    ]);
    const found = await regions(bytes);
    expect(found.filter(({ kind }) => kind === "part").map(({ length }) => length)).toEqual([50_000, 50_000]);
    for (const { start } of found.filter(({ kind }) => kind === "part"))
      expect(bytes.subarray(start, start + 50_000).equals(large)).toBe(true);
  });

  it("of tar that are cut short or damaged are cut as far as they can be followed", async () => {
    const whole = tarOf(members(1, "cat"));
    const short = whole.subarray(0, 400_000);
    expect((await regions(short)).filter(({ kind }) => kind === "part")).toHaveLength(3);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(7, 512 + 100_352 + 3);
    expect((await regions(damaged)).filter(({ kind }) => kind === "part")).toHaveLength(1);
  });

  it("of zip are cut at the packed bytes of each member, and none is unpacked", async () => {
    const zeros = Buffer.alloc(40 * MIB);
    const bytes = zipOf([
      { name: "bomb", bytes: zeros, isPacked: true },
      { name: "a\xff", bytes: noise(30_000), isPacked: true },
      { name: "b", bytes: noise(40_000, 2) },
    ]);
    const access = accessTo(bytes);
    const found = await regionsOf(access);
    expect(found.filter(({ kind }) => kind === "part")).toHaveLength(3);
    expect(access.reads).toBeLessThan(2 * bytes.length);
    await regions(bytes);
  });

  it("of zip above 4 GiB, with a comment, behind a program, with ten thousand members, with none", async () => {
    const two = [
      { name: "a", bytes: noise(30_000) },
      { name: "b", bytes: noise(40_000, 2), isPacked: true },
    ];
    const starts = startsOf(await regions(zipOf(two)));
    expect(starts).toHaveLength(5);
    expect(startsOf(await regions(zipOf(two, { large: true })))).toEqual(starts);
    expect(startsOf(await regions(zipOf(two, { comment: "PK\x05\x06 and more" })))).toEqual(starts);
    const script = Buffer.concat([Buffer.from("#!/bin/sh\n"), zipOf([])]);
    expect(isWhole(await regions(script))).toBe(true);
    const tiny = Array.from({ length: 10_000 }, (_, at) => ({ name: `m/${at}`, bytes: Buffer.from(`${at}`) }));
    expect(isWhole(await regions(zipOf(tiny)))).toBe(true);
    expect(isWhole(await regions(zipOf([])))).toBe(true);
  });

  it("of zip whose members overlap, or are not in it, are one region", async () => {
    const bytes = zipOf([
      { name: "a", bytes: noise(30_000) },
      { name: "b", bytes: noise(30_000, 2) },
    ]);
    const list = bytes.lastIndexOf("PK\x01\x02", undefined, "latin1");
    for (const [at, value] of [
      [42, 0],
      [42, 0xfffffff0],
      [42, 5],
      [20, 60_000],
      [20, 0xfffffffe],
    ] as const) {
      const lying = Buffer.from(bytes);
      lying.writeUInt32LE(value, list + at);
      expect(isWhole(await regions(lying)), `${at} ${value}`).toBe(true);
    }
  });

  it("in archives are looked into, but not for ever", async () => {
    let bytes: Buffer = safetensorsOf(tensors(["a", "b"], 400_000));
    const kinds = async () =>
      (await regions(bytes)).filter(({ kind }) => kind === "tensor").map(({ identity }) => identity);
    bytes = tarOf([{ name: "model.safetensors", bytes }]);
    expect(await kinds()).toEqual(["model.safetensors/a bf16 200000", "model.safetensors/b bf16 200000"]);
    bytes = zipOf([{ name: "all.tar", bytes }]);
    expect(await kinds()).toEqual([
      "all.tar/model.safetensors/a bf16 200000",
      "all.tar/model.safetensors/b bf16 200000",
    ]);
    bytes = tarOf([{ name: "all.zip", bytes }]);
    expect(await kinds()).toEqual([]);
  });
});

describe("tables of Parquet", () => {
  const groups = [1, 2].map((group) =>
    ["id", "text"].map((column, at) => ({ column, bytes: noise(30_000 * (at + 1), group * 10 + at) })),
  );

  it("are cut at each column of each row group", async () => {
    const bytes = parquetOf(groups);
    expect(startsOf(await regions(bytes))).toEqual([0, 4, 30_004, 90_004, 120_004, 180_004]);
  });

  it("whose list lies are one region", async () => {
    const [first] = groups as [(typeof groups)[0]];
    const [id, text] = first as [(typeof first)[0], (typeof first)[0]];
    const lies = [
      parquetOf([[id, { ...text, offset: 20_000 }]]),
      parquetOf([[id, { ...text, length: 2 ** 50 }]]),
      parquetOf([[id, { ...text, length: -1 }]]),
      parquetWith([Buffer.from("PAR1"), noise(20_000)], []),
      // Lists of more than there is, structures without end, numbers without end.
      parquetWith([Buffer.from("PAR1"), noise(20_000)], [0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
      parquetWith(
        [Buffer.from("PAR1"), noise(20_000)],
        Array.from({ length: 5000 }, () => 0x1c),
      ),
      parquetWith(
        [Buffer.from("PAR1"), noise(20_000)],
        Array.from({ length: 5000 }, () => 0xff),
      ),
      parquetWith([Buffer.from("PAR1"), noise(20_000)], [0x1b, 0xff, 0xff, 0xff, 0x7f, 0x11]),
    ];
    for (const lie of lies) expect(isWhole(await regions(lie))).toBe(true);
  });
});

describe("any bytes", () => {
  const real = [
    safetensorsOf(tensors(["a", "b", "c"])),
    tarOf([
      { name: "a", bytes: noise(30_000) },
      { name: "b", bytes: noise(3000) },
    ]),
    zipOf([
      { name: "a", bytes: noise(30_000) },
      { name: "b", bytes: noise(30_000), isPacked: true },
    ]),
    parquetOf([[{ column: "a", bytes: noise(30_000) }]]),
    npyOf("<f4", [3000], noise(12_000)),
    ...["a.gguf", "a.onnx", "ours-2.pt"].map((name) =>
      fs.readFileSync(join(import.meta.dirname, "../../values/tensors/files", name)),
    ),
  ];

  it("are cut, whatever was done to a real file", async () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      // Where formats have their numbers: near the beginning, near the end, or anywhere.
      near: fc.constantFrom("start", "end", "any"),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
    });
    const hostile = fc.record({
      file: fc.constantFrom(...real),
      changes: fc.array(change, { maxLength: 4 }),
      keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(hostile, async ({ file, changes, keep }) => {
        const bytes = Buffer.from(file.subarray(0, Math.ceil(file.length * keep)));
        for (const { at, near, bytes: put } of changes) {
          const span = near === "any" ? bytes.length : Math.min(400, bytes.length);
          const from = near === "end" ? bytes.length - span : 0;
          Buffer.from(put).copy(bytes, from + Math.floor(at * span));
        }
        await regions(bytes);
      }),
      { numRuns: 250 },
    );
  });

  it("are cut, where they only begin as a format does", async () => {
    const starts = real.map((file) => file.subarray(0, 16));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 3000 }), async (start, rest) => {
        await regions(Buffer.concat([start, rest]));
      }),
      { numRuns: 150 },
    );
  });

  it("fail as what they are read by fails", async () => {
    const broken = { size: 1000, read: async () => Promise.reject(new Error("disk")) };
    await expect(regionsOf(broken)).rejects.toThrow("disk");
  });
});

it("keeps the larger parts alone, where there are too many", () => {
  const spans = new Spans();
  for (let at = 0; at < 120_000; at++)
    spans.add({ start: at * 4 * LEAST, length: LEAST * (at % 1000 === 0 ? 3 : 1), kind: "part", width: 1 });
  expect(spans.all.length).toBeLessThan(100_000);
  expect(spans.all.filter(({ length }) => length > LEAST)).toHaveLength(120);
});
