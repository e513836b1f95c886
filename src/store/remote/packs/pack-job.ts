/** A worker thread's part of a push of many small blobs: each read, held against its hash, and coded for a pack. */
import { type Attempt, attempt, type Job } from "../../../base/job.ts";
import { readRegularUpTo } from "../../../base/disk.ts";
import { MvgitError } from "../../../base/errors.ts";
import type { PlainCodec } from "../../../encoding/types.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../../values/hash.ts";
import { encodeSmall } from "./small-codec.ts";

/** A blob that lies in a file, and its bytes. */
export interface BlobFile {
  file: string;
  hash: Hash;
  size: number;
}

/** Blobs as a pack stores them, one behind the other in `bytes`; of one that is not right there are none. */
export interface CodedBlobs {
  blobs: Attempt<{ codec: PlainCodec; stored: number }>[];
  bytes: Uint8Array<ArrayBuffer>;
}

/** Answers each blob of the request, in its order. */
export const packJob: Job<null, readonly BlobFile[], CodedBlobs> = {
  name: "code small blobs",
  start() {
    return (files) => {
      const parts: Uint8Array[] = [];
      const blobs = files.map((each) =>
        attempt(each.file, () => {
          const { codec, stored } = encodeSmall(verifiedIn(each));
          parts.push(stored);
          return { codec, stored: stored.length };
        }),
      );
      return { blobs, bytes: together(parts) };
    };
  },
  given: ({ bytes }) => [bytes.buffer],
};

/** In memory of their own. */
function together(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Throws `blob-damaged` for whatever is not the blob: who reads it by itself says what is there. */
function verifiedIn({ file, hash, size }: BlobFile): Buffer {
  const bytes = readRegularUpTo(file, size);
  if (Buffer.isBuffer(bytes) && bytes.length === size && hashBytes(bytes) === hash) return bytes;
  throw new MvgitError("blob-damaged", `'${file}' is not blob ${shortHash(hash)}`, { subject: hash });
}
