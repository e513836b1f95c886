/** Bytes that a caller's loader brings are held against their hashes: it may be anybody's, and may be wrong. */
import { MvgitError } from "../base/errors.ts";
import { hashBytes, newHasher } from "../hashing/hasher.ts";
import { type Hash, shortHash } from "../values/hash.ts";
import type { Loader } from "./look.ts";

/**
 * As the loader; throws `blob-damaged` for other bytes than the hash says, without reading on. The last of them are
 * given only when all of them are right.
 */
export function verified(loader: Loader): Loader {
  return {
    async manifest(hash, cap) {
      const bytes: unknown = await loader.manifest(hash, cap);
      if (!(bytes instanceof Uint8Array) || bytes.length > cap || hashBytes(bytes) !== hash) throw damaged(hash);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    async *read(blob) {
      const hasher = newHasher();
      let left = blob.size;
      for await (const bytes of loader.read(blob)) {
        if (!(bytes instanceof Uint8Array) || bytes.length > left) throw damaged(blob.hash);
        left -= bytes.length;
        hasher.update(bytes);
        if (left === 0 && bytes.length > 0 && hasher.digest() !== blob.hash) throw damaged(blob.hash);
        yield bytes;
      }
      if (left > 0 || (blob.size === 0 && hasher.digest() !== blob.hash)) throw damaged(blob.hash);
    },
  };
}

function damaged(hash: Hash): MvgitError {
  return new MvgitError("blob-damaged", `what the loader brought for ${shortHash(hash)} is something else`, {
    subject: hash,
    hint: "look at what the loader reads from; 'mvgit fsck --remote' looks through a remote",
  });
}
