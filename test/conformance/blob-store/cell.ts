/** What a cell of the contract of `BlobStore` is tested with. */
import { expect } from "vitest";
import { isMvgitError, MvgitError } from "../../../src/base/errors.ts";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import type { BlobStore, DeletingBlobStore } from "../../../src/store/blob-store.ts";
import { type BlobSource, bytesSource, type Chunks, readAll } from "../../../src/store/bytes.ts";
import type { Hash } from "../../../src/values/hash.ts";
import { noise } from "../noise.ts";

/** A fresh, empty place for blobs, and what somebody else may do to it. */
export interface StoreUnderTest {
  /** Opens the place, as another process would; `signal`: what stops that process. */
  open(signal?: AbortSignal): Promise<DeletingBlobStore>;
  /** Puts these bytes in a blob's place, whatever is there. */
  damage(hash: Hash, bytes: Uint8Array): Promise<void> | void;
  /** Puts something in a blob's place that is no file; absent where the medium knows only objects. */
  obstruct?(hash: Hash, by: "folder" | "link"): void;
  /** Lets everybody who wrote there until now be dead. */
  bury?(): void;
  /** Lets the medium fail from now on. */
  fail(): Promise<void> | void;
  /** True for a medium that lies once about each blob: readings may fail, with `blob-damaged`, the first time. */
  lies?: true;
  /** True for a remote, which keeps no beginnings: what is large there is a bit smaller, which takes half the time. */
  isFar?: true;
  /** True where all lies in packs: then nothing is larger than what does. */
  isPacked?: true;
  cleanup(): Promise<void> | void;
}

/** A cell of the table, and its proof. */
export interface Cell {
  /** As the table calls it: `read, damaged`. */
  name: string;
  prove(place: StoreUnderTest): Promise<void>;
}

export function cell(name: string, prove: Cell["prove"]): Cell {
  return { name, prove };
}

export const MIB = 1024 * 1024;

/** Bytes and the hash that is their name. */
export interface Sample {
  bytes: Buffer;
  hash: Hash;
  source: BlobSource;
}

export function sample(size: number, seed = "sample"): Sample {
  const bytes = noise(size, seed);
  return { bytes, hash: hashBytes(bytes), source: bytesSource(bytes) };
}

/** What came of writing what was absent: a medium that lies may have left a part of it first, which was replaced. */
export function plain(place: StoreUnderTest, outcome: unknown): unknown {
  return place.lies && outcome === "replaced" ? "written" : outcome;
}

/** It was absent, and is there now. Of an empty blob, what a lying medium left is all. */
export function expectNew(place: StoreUnderTest, outcome: unknown): void {
  if (place.lies) expect(["written", "replaced", "present"]).toContain(outcome);
  else expect(outcome).toBe("written");
}

/** A store that has these: one that was written by itself, several together, which may come to lie in another form. */
export async function storeWith(place: StoreUnderTest, ...samples: readonly Sample[]): Promise<DeletingBlobStore> {
  const store = await place.open();
  const [one] = samples;
  if (samples.length === 1 && one) expectNew(place, await store.write(one.hash, one.source));
  else
    for await (const answer of store.writeMany(samples))
      expectNew(place, "error" in answer ? answer.error : answer.outcome);
  return store;
}

export async function bytesOf(chunks: Chunks): Promise<Buffer> {
  return (await readAll(chunks, Number.MAX_SAFE_INTEGER)) as Buffer;
}

/** What a reading gave before it failed, in bytes, and with what. */
export async function failureOf(chunks: AsyncIterable<Uint8Array>): Promise<{ given: number; code: unknown }> {
  let given = 0;
  const counted = async (): Promise<void> => {
    for await (const { length } of chunks) given += length;
  };
  return { code: await codeOf(counted()), given };
}

/** Reads; once more where the medium may have lied. */
export async function readTwice(place: StoreUnderTest, read: () => Chunks): Promise<Buffer> {
  try {
    return await bytesOf(read());
  } catch (error) {
    if (!place.lies || !isMvgitError(error, "blob-damaged")) throw error;
    return await bytesOf(read());
  }
}

/** What it fails with. */
export async function errorOf(work: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  try {
    if (work instanceof Promise) await work;
    else for await (const each of work) void each;
  } catch (error) {
    return error;
  }
  return "no error";
}

export async function codeOf(work: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  const error = await errorOf(work);
  return isMvgitError(error) ? error.code : error;
}

/** Nothing of the blob is to be seen, by anybody. */
export async function expectInvisible(place: StoreUnderTest, { hash }: Pick<Sample, "hash">): Promise<void> {
  const store = await place.open();
  expect(await store.stat(hash)).toBeNull();
  expect((await listed(store)).has(hash)).toBe(false);
}

export async function expectRight(place: StoreUnderTest, { hash, bytes }: Sample): Promise<void> {
  const store = await place.open();
  expect(await store.stat(hash)).toEqual({ size: bytes.length });
  expect((await readTwice(place, () => store.read(hash))).equals(bytes)).toBe(true);
}

/** Throws for a blob that is listed twice. */
export async function listed(store: BlobStore): Promise<Map<Hash, number>> {
  const found = new Map<Hash, number>();
  for await (const { hash, size } of store.list()) {
    expect(found.has(hash)).toBe(false);
    found.set(hash, size);
  }
  return found;
}

const KILLED = new MvgitError("interrupted", "killed");

/** Writes half of a blob and dies. */
export async function dieHalfway(place: StoreUnderTest, { hash, bytes }: Sample, half = bytes): Promise<void> {
  const store = await place.open();
  const source = failing(half, half.length / 2, KILLED);
  await expect(store.write(hash, source)).rejects.toBe(KILLED);
  place.bury?.();
}

/** Gives the first `after` bytes, in portions that are overwritten, and throws. */
export function failing(bytes: Uint8Array, after: number, error: unknown): BlobSource {
  return {
    size: bytes.length,
    *open(from) {
      yield* portions(bytes.subarray(from, after));
      throw error;
    },
  };
}

/** The bytes in portions of one memory, which is overwritten each time, as sources may. */
export function* portions(bytes: Uint8Array, size = 300_001): Generator<Uint8Array> {
  const memory = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    memory.set(part);
    yield memory.subarray(0, part.length);
    memory.fill(0xee);
  }
}

/** What the cells write; of `large` stores may keep the beginning. */
export const one = sample(1000);
export const two = sample(2000, "two");
const large = sample(17 * MIB, "large");
/** More than comes in one portion, wherever it lies. */
export const lessLarge = sample(9 * MIB, "large");
const packable = sample(MIB - 10, "large");

export function largeOf({ isFar, isPacked }: StoreUnderTest): Sample {
  if (isPacked) return packable;
  return isFar ? lessLarge : large;
}

/** Why a cell stops what it began. */
export const reason = new MvgitError("interrupted", "stopped");
