import { expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Loader } from "../../src/registry/look.ts";
import { verified } from "../../src/registry/verified-loader.ts";

const bytes = Buffer.from("what was asked for");
const blob = { hash: hashBytes(bytes), size: bytes.length };
const CAP = 100;

const reading = (read: () => Iterable<unknown>): Loader["read"] =>
  async function* () {
    yield* read() as Iterable<Uint8Array>;
  };

async function readAll(read: Loader["read"]): Promise<Buffer> {
  const portions: Uint8Array[] = [];
  const loader = verified({ manifest: async () => bytes, read });
  for await (const portion of loader.read(blob)) portions.push(portion);
  return Buffer.concat(portions);
}

const manifest = async (answer: unknown, cap = CAP): Promise<Buffer> =>
  verified({ manifest: async () => answer as Buffer, read: reading(() => []) }).manifest(blob.hash, cap);

it("hands on what hashes to what was asked for, in any portions", async () => {
  expect(await manifest(bytes)).toEqual(bytes);
  expect(await manifest(new Uint8Array(bytes))).toEqual(bytes);
  expect(await readAll(reading(() => [bytes.subarray(0, 3), new Uint8Array(0), bytes.subarray(3)]))).toEqual(bytes);
});

it("takes no other bytes, and reads no further than they may be", async () => {
  const damaged = { code: "blob-damaged", subject: blob.hash };
  for (const answer of [Buffer.from("other"), Buffer.alloc(0), null, undefined, String(bytes), [...bytes]])
    await expect(manifest(answer)).rejects.toMatchObject(damaged);
  await expect(manifest(bytes, bytes.length - 1)).rejects.toMatchObject(damaged);
  let portions = 0;
  const endless = reading(function* () {
    for (; ; portions++) yield Buffer.alloc(5);
  });
  await expect(readAll(endless)).rejects.toMatchObject(damaged);
  expect(portions).toBeLessThan(bytes.length);
  const others = [[], [Buffer.from("what was asked f")], [Buffer.alloc(bytes.length)], [String(bytes)], [bytes, bytes]];
  for (const other of others) await expect(readAll(reading(() => other))).rejects.toMatchObject(damaged);
});

it("gives the last of them only when all are right", async () => {
  const other = Buffer.from(bytes);
  other[other.length - 1] = 0;
  let given = 0;
  const loader = verified({
    manifest: async () => bytes,
    read: reading(() => [other.subarray(0, 3), other.subarray(3)]),
  });
  const read = async (): Promise<void> => {
    for await (const portion of loader.read(blob)) given += portion.length;
  };
  await expect(read()).rejects.toMatchObject({ code: "blob-damaged" });
  expect(given).toBe(3);
  const empty = { hash: hashBytes(Buffer.alloc(0)), size: 0 };
  const nothing = verified({ manifest: async () => bytes, read: reading(() => []) });
  for await (const portion of nothing.read(empty)) given += portion.length;
  expect(given).toBe(3);
  await expect(
    nothing
      .read({ ...blob, size: 0 })
      [Symbol.asyncIterator]()
      .next(),
  ).rejects.toMatchObject({ code: "blob-damaged" });
});

it("lets what the loader throws come through", async () => {
  const gone = new MvgitError("blob-missing", "it is gone");
  const loader = verified({
    manifest: () => Promise.reject(gone),
    read: () => {
      throw gone;
    },
  });
  await expect(loader.manifest(blob.hash, CAP)).rejects.toBe(gone);
  await expect(loader.read(blob)[Symbol.asyncIterator]().next()).rejects.toBe(gone);
});
