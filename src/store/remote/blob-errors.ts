/** What is said of a blob that a remote does not have, or not with right bytes. */
import { MvgitError } from "../../base/errors.ts";
import { type Hash, shortHash } from "../../values/hash.ts";

const MENDING = "run 'mvgit push --repair' in a clone that has it";

/** `blob-missing`. `remote`: as messages call it. */
export function missingIn(remote: string, hash: Hash): MvgitError {
  return new MvgitError("blob-missing", `${remote} does not have blob ${shortHash(hash)}`, {
    subject: hash,
    hint: "ask whoever committed it to run 'mvgit push'",
  });
}

/** `blob-damaged`. `how`: what follows the blob and the remote, as `is damaged: it is no file`. */
export function damagedIn(remote: string, hash: Hash, how: string, cause?: unknown): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} in ${remote} ${how}`, {
    subject: hash,
    hint: MENDING,
    ...(cause !== undefined && { cause }),
  });
}
