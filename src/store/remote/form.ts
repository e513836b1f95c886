/** One way in which a remote has a blob: whole, in a pack, by a recipe. */
import type { BlobRange } from "../blob-store.ts";
import type { Chunks } from "../bytes.ts";

export interface Form {
  /** Tells it from other forms of the blob. */
  readonly id: string;
  /** Bytes of the blob in this form, -1 for what is no file; null where it is not there. */
  size(): Promise<number | null>;
  /** Unverified. Throws `blob-missing` and `blob-damaged`. */
  open(range: BlobRange): Chunks;
}
