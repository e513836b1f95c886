/** What a store lacks of a blob, as its failure tells. */
import { isMvgitError, type MvgitError } from "../base/errors.ts";

/** Not there, or there with another size or other bytes. */
export type Lack = "missing" | "damaged";

const LACKS = new Map<string, Lack>([
  ["blob-missing", "missing"],
  ["object-missing", "missing"],
  ["blob-damaged", "damaged"],
]);

/** Null for a failure that says nothing of the blob itself. */
export function lackOf(error: unknown): Lack | null {
  return (isMvgitError(error) && LACKS.get(error.code)) || null;
}

/** As `lackOf`, of a folder's list of files: what is no such list is damaged. */
export function listLackOf(error: unknown): Lack | null {
  return isMvgitError(error, "manifest-malformed") ? "damaged" : lackOf(error);
}

/** As `listLackOf`, for who tells of the error itself. */
export function isListLack(error: unknown): error is MvgitError {
  return listLackOf(error) !== null;
}

/** As `lackOf`, for who tells of the error itself. */
export function isLack(error: unknown): error is MvgitError {
  return lackOf(error) !== null;
}
