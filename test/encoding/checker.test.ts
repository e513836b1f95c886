/** What the checker of sandboxes reads with no code of mvgit's: the vectors, and what mvgit pushes in each codec. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { decode } from "../support/checker-codecs.ts";
import { packedIn } from "../support/checker-packs.ts";
import { check } from "../support/checker.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { track } from "../support/track.ts";

const CODECS = ["raw", "deflate", "split16", "split32", "delta16", "delta32", "patch"];

function read<T>(file: string): T {
  return JSON.parse(fs.readFileSync(fileURLToPath(new URL(`vectors/${file}`, import.meta.url)), "utf8")) as T;
}

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const round of [0, 1]) {
    await track(box, { "w.npy": weights(round), "rows.csv": rows(round), "small.txt": `small ${round}` });
    await push(await box.open(), { paths: [] });
  }
  box.unchecked("the last test damages a pack");
}, 60_000);
afterAll(() => box.cleanup());

/** Values of 4 bytes, of which each changes a little. */
function weights(round: number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (900000,), }`.padEnd(117) + "\n";
  const values = Float32Array.from({ length: 900_000 }, (_, at) => Math.sin(at * 1.7) * (1 + round * 1e-6));
  const head = Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), Buffer.from([118, 0])]);
  return Buffer.concat([head, Buffer.from(header), Buffer.from(values.buffer)]);
}

function rows(round: number): string {
  const value = (row: number): string => (Math.imul(row, 0x9e3779b1) >>> 0).toString(36);
  return Array.from({ length: 150_000 }, (_, row) => `${row},${value(row)},${row % 300 === 7 ? round : ""}\n`).join("");
}

it("decodes each vector", () => {
  for (const { of, codec, plain, stored, base } of read<Record<string, string>[]>("codecs.json")) {
    const bytes = Buffer.from(plain as string, "hex");
    const told = { length: bytes.length, ...(base !== undefined && { base: Buffer.from(base, "hex") }) };
    expect(decode(CODECS.indexOf(codec as string), Buffer.from(stored as string, "hex"), told), of).toEqual(bytes);
  }
});

it("reads a remote of vectors", () => {
  const { objects, blobs } = read<Record<"objects" | "blobs", Record<string, string>>>("bucket.json");
  const folder = join(box.dir, "vectors");
  for (const [name, hex] of Object.entries(objects)) {
    fs.mkdirSync(join(folder, dirname(name)), { recursive: true });
    fs.writeFileSync(join(folder, name), Buffer.from(hex, "hex"));
  }
  const packed = packedIn(folder, (bytes) => hashBytes(bytes));
  expect(packed.size).toBeGreaterThan(0);
  for (const [hash, blob] of packed) expect(blob.read().toString("hex"), hash).toBe(blobs[hash]);
});

it("reads what mvgit pushed as differences, and finds one that rests on other bytes", async () => {
  const store = join(box.dir, "store");
  const packed = packedIn(store, (bytes) => hashBytes(bytes));
  for (const bytes of [weights(1), Buffer.from(rows(1))])
    expect(packed.get(hashBytes(bytes))?.read().equals(bytes), `${bytes.length} bytes`).toBe(true);
  const remote = await (await box.open()).remote();
  await remote.packed.index.refresh();
  const used = async (bytes: Buffer): Promise<string[]> => {
    const found = await remote.packed.recipeOf(hashBytes(bytes));
    return found === null ? [] : found.recipe.segments.map(({ codec }) => codec);
  };
  expect(await used(weights(1))).toContain("delta32");
  expect(await used(Buffer.from(rows(1)))).toContain("patch");
  expect(check({ repos: [join(box.dir, "work")], stores: [store] })).toEqual([]);
  const base = join(store, "blobs", hashBytes(weights(0)).replace(/^../, "$&/"));
  const file = fs.existsSync(base) ? base : largest(join(store, "packs"));
  fs.chmodSync(file, 0o644);
  const bytes = fs.readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  fs.writeFileSync(file, bytes);
  expect(check({ repos: [], stores: [store] }).join("\n")).toContain(hashBytes(weights(1)));
});

function largest(folder: string): string {
  const files = (fs.readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((file) => fs.statSync(file).isFile());
  return files.toSorted((a, b) => fs.statSync(b).size - fs.statSync(a).size)[0] as string;
}
