/** What a service gives that makes an object of parts: S3's multipart uploads, Azure's blocks. */
import type { PutOutcome } from "../bucket.ts";
import type { Purpose } from "./failures.ts";
import type { Sent } from "./sent.ts";
import type { Tries } from "./tries.ts";

/** A part of the source, in memory until it is sent. */
export interface Part {
  /** From 0. All parts have the same size, but the last one. */
  index: number;
  bytes: Uint8Array;
  /** CRC32C as `crcText` writes it; computed when it is asked for. */
  readonly sum: string;
}

/** All parts, as the source was found to be once it ended. */
export type Whole = Sent & { sum: string };

/**
 * One object on its way. Each request is tried again by the service itself; it throws what the last try met. `Kept` is
 * what the service says of a part that it has, and what the object is made of. Nothing is visible before `commit`.
 */
export interface PartService<Kept> {
  /** As in "cannot write 'NAME'". */
  readonly purpose: Purpose;
  /** Under which an upload that was cut is remembered: the endpoint, the address and the object. */
  readonly key: string;
  /** That an object may have. */
  readonly mostParts: number;
  /** For one upload, over all beginnings. */
  tries(): Tries;
  /** A new upload: the word by which it is gone on with, in the next process too. */
  begin(): Promise<string>;
  /**
   * What an upload has, by index: null where the service does not know it. The word may come from an earlier process,
   * and a part from anybody.
   */
  kept(upload: string): Promise<ReadonlyMap<number, Kept> | null>;
  /** Whether what is kept has the size and the sum of the part; false in any doubt. */
  isSame(kept: Kept, part: Part): boolean | Promise<boolean>;
  /** Sends one, in the place of what has its index. Null where the upload is not known any more. */
  send(upload: string, part: Part): Promise<Kept | null>;
  /**
   * Makes the object of these parts if absent, and confirms it (its size, its sum). Null where nothing came of it: the
   * upload is not known any more, or what was made was not what was sent and is deleted.
   */
  commit(upload: string, parts: readonly Kept[], whole: Whole): Promise<PutOutcome | null>;
  /** Lets go of what it has. Nothing is lost where this fails. */
  abandon(upload: string): Promise<void>;
}
