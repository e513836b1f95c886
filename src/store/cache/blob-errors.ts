/** What is said of a blob that the cache does not have, or not with right bytes. */
import { MvgitError } from "../../base/errors.ts";
import { type Hash, shortHash } from "../../values/hash.ts";

/** `blob-missing`. `aside`: where its damaged copy lies, null where there is none. */
export function missing(hash: Hash, aside: string | null): MvgitError {
  const why = aside === null ? "" : `: its copy was damaged, and was set aside as '${aside}'`;
  return new MvgitError("blob-missing", `blob ${shortHash(hash)} is not in the cache${why}`, {
    subject: hash,
    hint: "run 'mvgit fetch' to get it from a remote",
  });
}

export function damaged(hash: Hash, how: string): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} is damaged: ${how}`, {
    subject: hash,
    hint: "run 'mvgit fetch' to get it from a remote, or 'mvgit add' if the work tree still has the bytes",
  });
}
