/** What is said of a blob that a remote does not have, or not with right bytes. */
import { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import type { ObjectName } from "../bucket.ts";

const MENDING = "run 'mvgit push --repair' in a clone that has it";

/** Of a place that is read from a web server, which may show it as it was once. */
export const RENEWING = prose`whoever keeps it renews its list of packs with 'mvgit push --repair', and copies it
  there anew where it is a copy`;

/** `blob-missing`. `name`: as messages call it. */
export function missingIn({ name, isReadOnly }: { name: string; isReadOnly: boolean }, hash: Hash): MvgitError {
  const shown = isReadOnly ? `; what a web server shows may be old: ${RENEWING}` : "";
  return new MvgitError("blob-missing", `${name} does not have blob ${shortHash(hash)}`, {
    subject: hash,
    hint: `ask whoever committed it to run 'mvgit push'${shown}`,
  });
}

/** A blob that cannot be read as it must be. */
export class DamagedBlob extends MvgitError {
  /** The objects that it is read from and that are missing or damaged, where it is known that not the blob's own is. */
  readonly objects: readonly ObjectName[];

  constructor(
    message: string,
    { objects, ...details }: { objects: readonly ObjectName[]; subject: Hash; cause?: unknown },
  ) {
    super("blob-damaged", message, { ...details, hint: MENDING });
    this.objects = objects;
  }
}

/** `blob-damaged`. `how`: what follows the blob and the remote, as `is damaged: it is no file`. */
export function damagedIn(
  remote: string,
  hash: Hash,
  how: string,
  cause?: unknown,
  objects: readonly ObjectName[] = [],
): DamagedBlob {
  return new DamagedBlob(`blob ${shortHash(hash)} in ${remote} ${how}`, {
    subject: hash,
    objects,
    ...(cause !== undefined && { cause }),
  });
}
