/** What a cell of the contract of `Bucket` is tested with. */
import { expect } from "vitest";
import { isMvgitError, MvgitError } from "../../../src/base/errors.ts";
import type { Bucket, ObjectRange, ReadableBucket } from "../../../src/store/bucket.ts";
import { type BlobSource, bytesSource } from "../../../src/store/bytes.ts";

/** A fresh, empty place for objects, in which somebody else writes what is read here. */
export interface ReadableUnderTest {
  bucket: ReadableBucket;
  /** Over the same objects. */
  keeper: Bucket;
  cleanup(): Promise<void>;
  /** A second, independent opening of the same place, as another machine's. */
  another?(): Promise<ReadableBucket>;
  /** The same place, opened with a signal; `stopOn` is told of it too. */
  cancelled?(signal: AbortSignal): Promise<ReadableBucket>;
  /** A bucket at a place that is not there; absent where there is always one. */
  nowhere?(): Promise<ReadableBucket>;
  /** Puts something there that is no object; absent where the medium knows nothing else. */
  obstruct?(name: string, by: "folder" | "link" | "pipe"): void;
}

/** A fresh, empty place for objects. */
export interface BucketUnderTest extends Omit<ReadableUnderTest, "keeper"> {
  bucket: Bucket;
  another?(): Promise<Bucket>;
  cancelled?(signal: AbortSignal): Promise<Bucket>;
  /** For an emulator that deletes whatever version is named; never for what people use. */
  deletesAnyVersion?: true;
  /** For an emulator that replaces whatever version is named; never for what people use. */
  replacesAnyVersion?: true;
  /** How many objects are listed; 1,100 when absent, which is more than most services list at once. */
  many?: number;
}

/** A cell of the table, and its proof. */
interface CellOf<B, P> {
  /** As the table calls it: `get, absent`. */
  name: string;
  prove(bucket: B, place: P): Promise<void>;
  /** Milliseconds that it may take, where that is more than others. */
  timeout?: number;
}

/** Of a bucket of which nothing but the reading half is asked. */
export type ReadingCell = CellOf<ReadableBucket, PlacedReadable>;
export type Cell = CellOf<Bucket, Placed>;

/** As it is handed to a proof: what a place cannot do is done by the bucket itself. */
type PlacedReadable = ReadableUnderTest & Required<Pick<ReadableUnderTest, "another" | "cancelled">>;
type Placed = BucketUnderTest & Required<Pick<BucketUnderTest, "another" | "cancelled">> & { keeper: Bucket };

export function cell<B, P>(name: string, prove: CellOf<B, P>["prove"], timeout?: number): CellOf<B, P> {
  return { name, prove, ...(timeout !== undefined && { timeout }) };
}

export const MIB = 1024 * 1024;

export async function readAll(bucket: ReadableBucket, name: string, range?: ObjectRange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bucket.get(name, range)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export async function names(bucket: Bucket, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of bucket.list(prefix)) found.push(name);
  return found.sort();
}

export function put(bucket: Bucket, name: string, text: string): Promise<unknown> {
  return bucket.putIfAbsent(name, bytesSource(Buffer.from(text)));
}

export async function versionOf(bucket: ReadableBucket, name: string): Promise<string> {
  return (await bucket.head(name))?.version ?? "";
}

/** Yields chunks of one buffer that is overwritten each time, as sources may. */
export function reusingSource(bytes: Uint8Array, chunk: number): BlobSource {
  return {
    size: bytes.length,
    *open(from) {
      const buffer = Buffer.alloc(chunk);
      for (let at = from; at < bytes.length; at += chunk) {
        const part = bytes.subarray(at, at + chunk);
        buffer.set(part);
        yield buffer.subarray(0, part.length);
        buffer.fill(0xee);
      }
    },
  };
}

/** Gives half of its bytes, and throws. */
export function halfSource(bytes: Uint8Array, error: unknown): BlobSource {
  return {
    size: bytes.length,
    *open() {
      yield bytes.subarray(0, bytes.length / 2);
      throw error;
    },
  };
}

/** What a writer leaves that dies halfway. */
export async function dieHalfway(bucket: Bucket, name: string, bytes: Uint8Array): Promise<void> {
  const killed = new MvgitError("interrupted", "killed");
  await expect(bucket.putIfAbsent(name, halfSource(bytes, killed))).rejects.toBe(killed);
}

export async function errorCode(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "no error";
  } catch (error) {
    return isMvgitError(error) ? error.code : `not an MvgitError: ${String(error)}`;
  }
}

export async function expectInvisible(bucket: Bucket, name: string): Promise<void> {
  expect(await bucket.head(name)).toBeNull();
  expect(await names(bucket, name)).toEqual([]);
}
