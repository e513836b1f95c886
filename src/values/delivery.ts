/** What a folder that `export` or `get` filled says of itself, in the file `.mvgit-receipt.json` at its top. */
import { type Hash, parseHash } from "./hash.ts";
import { formatReceipt, readReceipt, type Receipt } from "./receipt.ts";

/** Bytes. Nothing larger is read as one. */
export const DELIVERY_CAP = 64 * 1024;

export interface Delivery {
  /** Of the version; null for what was asked for by a revision of Git. */
  receipt: Receipt | null;
  /** The label or revision, as asked. */
  what: string;
  /** The parts of it that were asked for; empty for all. */
  only: readonly string[];
  /** The address it came from, without credentials; null for the repository that `export` ran in. */
  repository: string | null;
  commit: string;
  files: number;
  /** Bytes of all files. */
  size: number;
  /** Of the manifest of the files: it tells whether two folders hold the same. */
  blake3: Hash;
  /** ISO 8601: when the folder was filled. */
  time: string;
}

/** One line of JSON with a receipt's fields first, so that `explain` takes it as one. */
export function formatDelivery({ receipt, ...rest }: Delivery): string {
  const head = receipt === null ? { mvgit: 1 } : (JSON.parse(formatReceipt(receipt)) as object);
  return `${JSON.stringify({ ...head, ...rest })}\n`;
}

/** Null for a text that is none. */
export function readDelivery(text: string): Delivery | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // The caller says what it means that there is none.
    return null;
  }
  if (data === null || typeof data !== "object") return null;
  const { what, only, repository, commit, files, size, blake3, time } = data as Record<string, unknown>;
  const hash = parseHash(String(blake3));
  const areTexts = [what, commit, time].every((each) => typeof each === "string");
  if (!hash || !areTexts || !Array.isArray(only) || typeof files !== "number" || typeof size !== "number") return null;
  return {
    receipt: readReceipt(text),
    what: what as string,
    only: only.map(String),
    repository: typeof repository === "string" ? repository : null,
    commit: commit as string,
    files,
    size,
    blake3: hash,
    time: time as string,
  };
}

/** Whether both are of the same files, come from the same place, by the same move. */
export function isSameDelivery(a: Delivery, b: Delivery): boolean {
  return formatDelivery({ ...a, time: "" }) === formatDelivery({ ...b, time: "" });
}
