/** A source that refuses to end with wrong bytes. */
import { formatCount, plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { hashBytes, newHasher } from "../hashing/hasher.ts";
import { type Hash, shortHash } from "../values/hash.ts";
import { type BlobSource, readAll } from "./bytes.ts";

/**
 * The same bytes, hashed as they pass: the last chunk is given only when all of them are right, so that whoever
 * writes them can never complete a wrong blob. Opened in the middle, it reads (and hashes) the beginning again.
 * Throws `blob-damaged`. `onBytes` is told of each byte passed on.
 */
export function verifiedSource(hash: Hash, source: BlobSource): BlobSource {
  return {
    size: source.size,
    async *open(from) {
      const hasher = newHasher();
      let done = 0;
      for await (const chunk of source.open(0)) {
        hasher.update(chunk);
        done += chunk.length;
        if (done > source.size) throw wrong(hash, `more than ${plural(source.size, "byte")} came`);
        if (done === source.size && hasher.digest() !== hash) throw wrong(hash, "its bytes do not hash to its name");
        if (done > from) yield done - chunk.length >= from ? chunk : chunk.subarray(from - (done - chunk.length));
      }
      if (done < source.size) throw wrong(hash, `only ${formatCount(done)} of ${plural(source.size, "byte")} came`);
      if (source.size === 0 && hasher.digest() !== hash) throw wrong(hash, "it is empty");
    },
  };
}

/** All bytes of a small blob, in memory of their own. Throws as the source of `verifiedSource` does. */
export async function verifiedBytes(hash: Hash, source: BlobSource): Promise<Buffer> {
  const bytes = await readAll(source.open(0), source.size);
  if (bytes === null) throw wrong(hash, `more than ${plural(source.size, "byte")} came`);
  if (bytes.length < source.size)
    throw wrong(hash, `only ${formatCount(bytes.length)} of ${plural(source.size, "byte")} came`);
  if (hashBytes(bytes) !== hash) throw wrong(hash, "its bytes do not hash to its name");
  return bytes;
}

function wrong(hash: Hash, how: string): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} is damaged: ${how}`, { subject: hash });
}
