/** What is told of two archives: of real programs, and of hostile ones. */
import * as fs from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Archive } from "../../../src/values/archives/archive.ts";
import { compareMembers } from "../../../src/values/archives/compare.ts";
import { readArchive } from "../../../src/values/archives/read.ts";
import type { RandomAccess } from "../../../src/values/tensors/access.ts";

const FILES = join(import.meta.dirname, "files");
const bytesOf = (name: string): Buffer => fs.readFileSync(join(FILES, name));
/** `reads`: how many bytes were taken out of it. */
const accessTo = (bytes: Uint8Array): RandomAccess & { reads: number } => ({
  size: bytes.length,
  reads: 0,
  async read(offset, length) {
    if (offset < 0 || length < 0 || offset + length > bytes.length) throw new Error(`read beyond: ${offset} ${length}`);
    this.reads += length;
    return bytes.subarray(offset, offset + length);
  },
});
const archiveOf = async (bytes: Uint8Array): Promise<Archive> => {
  const archive = await readArchive(accessTo(bytes));
  if (archive === null || "why" in archive) throw new Error(archive?.why ?? "no archive");
  return archive;
};
const whyOf = async (bytes: Uint8Array): Promise<string> => {
  const archive = await readArchive(accessTo(bytes));
  if (archive === null) return "no archive";
  return "why" in archive ? archive.why : "read";
};
const compare = async (a: Uint8Array, b: Uint8Array, budget: { left: number } | null = { left: 2 ** 40 }) => {
  const sources = [];
  for (const bytes of [a, b]) sources.push({ archive: await archiveOf(bytes), access: accessTo(bytes) });
  const [before, after] = sources as [(typeof sources)[0], (typeof sources)[0]];
  const found = await compareMembers(before, after, budget);
  return {
    ...found,
    told: found.members.map(({ what, name, a: from, b: to }) => `${what} ${name.slice(-12)} ${from} ${to}`),
  };
};

interface Plain {
  name: string;
  data: Uint8Array;
  crc?: number;
  method?: number;
  /** Said, instead of what is there. */
  size?: number;
  packed?: number;
  header?: number;
}

/** An archive as anybody can write it: every number may be a lie. */
function zipOf(files: readonly Plain[]): Buffer {
  const [bodies, list]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const {
    name,
    data,
    crc = crc32(data),
    method = 0,
    size = data.length,
    packed = data.length,
    header = at,
  } of files) {
    const [local, entry] = [Buffer.alloc(30), Buffer.alloc(46)];
    local.writeUInt32LE(0x04034b50, 0);
    entry.writeUInt32LE(0x02014b50, 0);
    for (const [head, from] of [
      [local, 6],
      [entry, 8],
    ] as const) {
      head.writeUInt16LE(0x800, from);
      head.writeUInt16LE(method, from + 2);
      head.writeUInt32LE(crc, from + 8);
      head.writeUInt32LE(packed, from + 12);
      head.writeUInt32LE(size, from + 16);
      head.writeUInt16LE(Buffer.byteLength(name), from + 20);
    }
    entry.writeUInt32LE(header, 42);
    bodies.push(local, Buffer.from(name), Buffer.from(data));
    list.push(entry, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(
    list.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...list, end]);
}

describe("archives of real programs", () => {
  it("zip: what was packed in another way is not called changed, and nothing is unpacked", async () => {
    const { told, counts, bytes, notes, a, b } = await compare(bytesOf("a.zip"), bytesOf("b.zip"));
    expect([a, b]).toEqual([
      { format: "zip", members: 6, bytes: 459 },
      { format: "zip", members: 6, bytes: 558 },
    ]);
    expect(told).toEqual([
      "added came.txt null 3",
      "removed gone.txt 4 null",
      "changed images/2.jpg 200 300",
      "changed label.txt 4 4",
      "repacked images/1.jpg 200 200",
    ]);
    expect(counts).toEqual({ added: 1, removed: 1, changed: 2, repacked: 1, unknown: 0, alike: 2 });
    expect(bytes).toMatchObject({ added: 3, removed: 4, changed: 304, repacked: 200, alike: 51 });
    expect(notes).toEqual(["files in it say the CRC-32 of before and are packed in another way: nothing was unpacked"]);
  });

  it.each(["pax", "gnu", "ustar"])("tar as %s writes it: long names, and where links lead", async (kind) => {
    const { told, counts } = await compare(bytesOf(`a.${kind}.tar`), bytesOf(`b.${kind}.tar`));
    expect(told).toEqual([
      "added came.txt null 3",
      "removed gone.txt 4 null",
      "changed images/2.jpg 200 300",
      "changed label.txt 4 4",
      "changed link 0 0",
    ]);
    expect(counts.alike).toBe(3);
    const names = (await archiveOf(bytesOf(`a.${kind}.tar`))).members.map(({ name }) => name);
    expect(names).toContain("näme.txt");
    expect(names.find((name) => name.endsWith("/a.jpg"))).toBe(`images/${"deep/".repeat(30)}a.jpg`);
  });

  it("Parquet: the columns of row groups whose bytes are others", async () => {
    const { told, counts } = await compare(bytesOf("a.parquet"), bytesOf("b.parquet"));
    expect(counts).toEqual({ added: 3, removed: 0, changed: 1, repacked: 0, unknown: 0, alike: 8 });
    expect(told.at(-1)).toMatch(/^changed {2}row group 1 \d+ \d+$/);
    expect((await archiveOf(bytesOf("a.parquet"))).members.map(({ name }) => name).slice(0, 3)).toEqual([
      "id, row group 0",
      "price, row group 0",
      "info.k, row group 0",
    ]);
  });

  it("by their lists alone says so", async () => {
    const { counts, notes } = await compare(bytesOf("a.zip"), bytesOf("b.zip"), null);
    expect(counts).toMatchObject({ changed: 2, alike: 2 });
    expect(notes).toContain("files in it were compared by the CRC-32 that it says of them, not by their bytes");
    const tar = await compare(bytesOf("a.pax.tar"), bytesOf("b.pax.tar"), null);
    expect(tar.counts).toMatchObject({ changed: 2, alike: 0, unknown: 4 });
  });
});

describe("hostile archives", () => {
  const data = Buffer.from("some bytes");

  it("the same sum for other bytes is told", async () => {
    const crc = crc32(data);
    const { counts, notes } = await compare(
      zipOf([{ name: "x", data }]),
      zipOf([{ name: "x", data: Buffer.from("SOME BYTES"), crc }]),
    );
    expect(counts).toMatchObject({ changed: 1, alike: 0 });
    expect(notes).toEqual(["files in it say the same CRC-32 and have other bytes: they count as changed"]);
  });

  it("a file that cannot unpack to what it says", async () => {
    const { notes } = await archiveOf(zipOf([{ name: "x", data, method: 8, size: 2 ** 31 }]));
    expect(notes).toEqual(["files in it say to be larger than their bytes can be unpacked to"]);
  });

  it("ten thousand files that are all the same bytes cost those of the archive at most", async () => {
    const large = Buffer.alloc(1024 * 1024, 7);
    const crc = crc32(large);
    const bytes = zipOf([
      { name: "0", data: large },
      ...Array.from({ length: 9999 }, (_, at) => ({
        name: `${at + 1}`,
        data: Buffer.alloc(0),
        size: large.length,
        packed: large.length,
        crc,
        header: 0,
      })),
    ]);
    const [a, b] = [accessTo(bytes), accessTo(bytes)];
    const archive = await archiveOf(bytes);
    const { counts } = await compareMembers({ archive, access: a }, { archive, access: b }, { left: 2 ** 40 });
    expect(counts.alike).toBe(10_000);
    // And what is read ahead of a name that stands before them.
    expect(a.reads).toBeLessThan(3 * bytes.length);
  });

  it("names that come twice, and bytes that are not there", async () => {
    const twice = zipOf([
      { name: "x", data },
      { name: "x", data: Buffer.from("other byte") },
    ]);
    expect((await archiveOf(twice)).members.map(({ name }) => name)).toEqual(["x", "x (2)"]);
    const lying = zipOf([{ name: "x", data, header: 2 ** 30 }]);
    expect((await compare(lying, lying)).counts).toMatchObject({ unknown: 1 });
  });

  it("sizes of tar that lead out of it, and headers that do not fit their sum", async () => {
    const cut = bytesOf("a.pax.tar").subarray(0, 700);
    expect(await whyOf(cut)).toMatch(/where none are|cut short/);
    const wrong = Buffer.from(bytesOf("a.gnu.tar"));
    wrong[512] = 0xff;
    expect(await whyOf(wrong)).toBe("a header in it does not fit its sum");
  });

  it("a Parquet file whose list lies", async () => {
    const bytes = Buffer.from(bytesOf("a.parquet"));
    bytes.writeUInt32LE(0x7fffffff, bytes.length - 8);
    expect(await whyOf(bytes)).toBe("its list of parts is longer than any real one");
    bytes.writeUInt32LE(bytes.length, bytes.length - 8);
    expect(await whyOf(bytes)).toBe("its list of parts is not in it");
    expect(await whyOf(bytes.subarray(0, 8))).toBe("it is cut short");
  });

  it("whatever bytes are changed or cut, is read or refused, and no read leaves the file", async () => {
    const originals = ["a.zip", "a.pax.tar", "a.gnu.tar", "a.parquet"].map(bytesOf);
    const change = fc.tuple(fc.nat(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(change, { maxLength: 8 }),
        fc.nat(),
        async (original, changes, cut) => {
          const bytes = Buffer.from(cut % 3 === 0 ? original.subarray(0, cut % original.length) : original);
          // Most of what matters stands at the ends.
          for (const [at, to] of changes)
            if (bytes.length > 0)
              bytes[at % 2 === 0 ? at % bytes.length : bytes.length - 1 - (at % Math.min(400, bytes.length))] = to;
          const archive = await readArchive(accessTo(bytes));
          if (archive === null || "why" in archive) return;
          const access = accessTo(bytes);
          const { counts } = await compareMembers({ archive, access }, { archive, access }, { left: 2 ** 40 });
          expect(counts.alike + counts.unknown).toBe(archive.members.length);
        },
      ),
      { numRuns: 400 },
    );
  });
});

it("a Parquet file whose list has more groups or names than any real one is not read to its end", async () => {
  const endless = (start: readonly number[]): Buffer => {
    // A list of so many elements that each are one byte of zero.
    const footer = Buffer.concat([Buffer.from([...start, 0x80, 0x80, 0x40]), Buffer.alloc(2 ** 20 + 8)]);
    const tail = Buffer.alloc(8, "PAR1");
    tail.writeUInt32LE(footer.length);
    return Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(8), footer, tail]);
  };
  expect(await whyOf(endless([0x49, 0xfc]))).toBe("it has more files than any real one");
  expect(await whyOf(endless([0x49, 0x1c, 0x19, 0x1c, 0x3c, 0x39, 0xf8]))).toBe(
    "a column in it lies deeper than any real one",
  );
});
