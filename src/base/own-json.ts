/** State that mvgit wrote for itself as JSON, by `replaceFile` or `replaceVia`, which leave no half of it. */
import { readUpTo } from "./disk.ts";

/** Bytes. Nothing larger is read as such a state. */
const CAP = 256 * 1024 * 1024;

/** Null where there is none, or it is no JSON: then nothing is remembered. Throws where it cannot be read. */
export function readOwnJson<T>(file: string): T | null {
  const bytes = readUpTo(file, CAP);
  if (bytes === null) return null;
  try {
    return JSON.parse(bytes.toString("utf8")) as T;
  } catch {
    return null;
  }
}
