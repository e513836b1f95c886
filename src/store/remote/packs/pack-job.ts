/** A worker thread's part of a push of many small blobs: each read, held against its hash, and coded for a pack. */
import { type Attempt, attemptSoon, type Job } from "../../../base/job.ts";
import { readRegularUpTo } from "../../../base/disk.ts";
import { MvgitError } from "../../../base/errors.ts";
import type { PlainCodec } from "../../../encoding/types.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../../values/hash.ts";
import { encodeSmall } from "./small-codec.ts";
import { encodeSmallPatch } from "./small-patch.ts";

/** A blob that lies in a file, and its bytes. */
interface BlobFile {
  file: string;
  hash: Hash;
  size: number;
}

/** `base`: what it may be told as a patch of. */
export interface FileToCode extends BlobFile {
  base?: BlobFile;
}

/** Blobs as a pack stores them, one behind the other in `bytes`; of one that is not right there are none. */
export interface CodedBlobs {
  blobs: Attempt<{ codec: PlainCodec | "patch"; stored: number }>[];
  bytes: Uint8Array<ArrayBuffer>;
}

/** Answers each blob of the request, in its order. */
export const packJob: Job<null, readonly FileToCode[], CodedBlobs> = {
  name: "code small blobs",
  start() {
    return async (files) => {
      const parts: Uint8Array[] = [];
      const blobs: CodedBlobs["blobs"] = [];
      for (const each of files)
        blobs.push(
          await attemptSoon(each.file, async () => {
            const { codec, stored } = await codedIn(each);
            parts.push(stored);
            return { codec, stored: stored.length };
          }),
        );
      return { blobs, bytes: together(parts) };
    };
  },
  given: ({ bytes }) => [bytes.buffer],
};

async function codedIn({ base, ...file }: FileToCode): Promise<{ codec: PlainCodec | "patch"; stored: Uint8Array }> {
  const plain = verifiedIn(file);
  const alone = encodeSmall(plain);
  const known = base === undefined ? null : rightIn(base);
  const patch = known && (await encodeSmallPatch(plain, known, alone.stored.length));
  return patch === null ? alone : { codec: "patch", stored: patch };
}

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
function verifiedIn(blob: BlobFile): Buffer {
  const bytes = rightIn(blob);
  if (bytes !== null) return bytes;
  const { file, hash } = blob;
  throw new MvgitError("blob-damaged", `'${file}' is not blob ${shortHash(hash)}`, { subject: hash });
}

function rightIn({ file, hash, size }: BlobFile): Buffer | null {
  const bytes = readRegularUpTo(file, size);
  return Buffer.isBuffer(bytes) && bytes.length === size && hashBytes(bytes) === hash ? bytes : null;
}
