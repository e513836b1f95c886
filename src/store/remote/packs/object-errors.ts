/** What is said of objects that hold blobs in other forms. */
import { MvgitError } from "../../../base/errors.ts";
import { prose } from "../../../base/prose.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import type { ObjectName } from "../../bucket.ts";

/** How messages call the remote: `remote 'store'`. */
interface Named {
  readonly name: string;
}

/** `blob-damaged`, of an object that is needed to know which blobs there are. `how`: as in "it is cut short". */
export function damagedObject({ name }: Named, object: ObjectName, how: string, cause?: unknown): MvgitError {
  return new MvgitError("blob-damaged", `'${object}' in ${name} is damaged: ${how}`, {
    subject: object,
    hint: prose`'mvgit push --repair' makes it anew from its pack; where that cannot be read either, it takes it out, so
      that clones that have what it told of can push that again`,
    ...(cause !== undefined && { cause }),
  });
}

/** Of bytes that keep to no form: `format-newer` where a later mvgit wrote them, else as `damagedObject`. */
export function unreadable(place: Named, object: ObjectName, error: Malformed): MvgitError {
  if (!error.isNewer) return damagedObject(place, object, error.message, error);
  return new MvgitError("format-newer", `'${object}' in ${place.name} was written by a newer mvgit: ${error.message}`, {
    subject: object,
    hint: "update mvgit",
    cause: error,
  });
}
