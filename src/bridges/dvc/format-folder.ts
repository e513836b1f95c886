/** DVC's listing of a folder: the object whose name ends in `.dir`. */
import { comparePaths } from "../../base/paths.ts";
import { isDigest } from "../foreign/name.ts";

/** Bytes of a listing at most: some two million files. */
export const DVC_LISTING_CAP = 256 * 1024 * 1024;

export interface DvcListed {
  /** Inside the folder; not yet checked. */
  path: string;
  md5: string;
}

/** A listing's files in its own order, or what is wrong with it. */
export function readDvcListing(bytes: Buffer): DvcListed[] | { reason: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { reason: "it is not JSON" };
  }
  if (!Array.isArray(parsed)) return { reason: "it is not a list" };
  const listed: DvcListed[] = [];
  for (const entry of parsed as unknown[]) {
    const { md5, relpath } = (entry ?? {}) as { md5?: unknown; relpath?: unknown };
    if (typeof md5 !== "string" || !isDigest("md5", md5) || typeof relpath !== "string")
      return { reason: "an entry of it is not an MD5 and a relpath" };
    listed.push({ path: relpath, md5 });
  }
  return listed;
}

/**
 * The one encoding that DVC makes: sorted by path (Python's order of texts is that of UTF-8), with Python's separators,
 * in ASCII.
 */
export function formatDvcListing(files: readonly DvcListed[]): string {
  const sorted = files.toSorted((a, b) => comparePaths(a.path, b.path));
  return `[${sorted.map(({ md5, path }) => `{"md5": "${md5}", "relpath": ${ascii(path)}}`).join(", ")}]`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) =>
    unit === "\u007f" ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
