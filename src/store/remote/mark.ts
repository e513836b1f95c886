/** The mark that makes a place a remote, `mvgit.json`: its format, and the remote's own id. */
import { randomBytes } from "../../base/clock.ts";

export const MARK = "mvgit.json";
/** A mark of more bytes is none. */
export const MARK_CAP = 4096;
/** The newest format of a remote that this mvgit knows. */
const FORMAT = 1;
const ID = /^[0-9a-f]{32}$/;
const START = `{"mvgit": ${FORMAT}, "id": "`;
/** Bytes of a whole mark: 32 characters of the id, and `"}` and LF behind it. */
const LENGTH = START.length + 35;

/** A mark as it was read. */
export type MarkReading =
  | { kind: "mark"; /** Null in a remote that an older mvgit made. */ id: string | null }
  /** Of another format than this mvgit knows. */
  | { kind: "newer"; format: number }
  /** The beginning of a mark: its upload was cut. */
  | { kind: "cut" }
  | { kind: "foreign" };

/** A mark with a new id. */
export function newMark(): string {
  return `${START}${randomBytes(16).toString("hex")}"}\n`;
}

export function readMark(text: string): MarkReading {
  if (isCut(text)) return { kind: "cut" };
  let format: unknown;
  let id: unknown;
  try {
    ({ mvgit: format, id } = (JSON.parse(text) as { mvgit?: unknown; id?: unknown } | null) ?? {});
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "foreign" };
    throw error;
  }
  if (typeof format !== "number" || !Number.isInteger(format) || format < 1) return { kind: "foreign" };
  if (format > FORMAT) return { kind: "newer", format };
  return { kind: "mark", id: typeof id === "string" && ID.test(id) ? id : null };
}

/** False when so many bytes are too many for what is left of a mark whose upload was cut. */
export function mayBeCut(size: number): boolean {
  return size < LENGTH;
}

function isCut(text: string): boolean {
  return START.startsWith(text) || (text.startsWith(START) && /^[0-9a-f]{0,32}"?$/.test(text.slice(START.length)));
}
