/** The mark that makes a place a remote, `mvgit.json`: its format, and the remote's own id. */
import { randomBytes } from "../../base/clock.ts";

export const MARK = "mvgit.json";
/** A mark of more bytes is none. */
export const MARK_CAP = 4096;
/** Of a remote as it is made: every blob is an object of its own. */
const FIRST = 1;
/** Of one in which blobs may lie in other forms too: the newest that this mvgit knows. */
const FORMS = 2;
export type Format = typeof FIRST | typeof FORMS;
const ID = /^[0-9a-f]{32}$/;
/** Instead of an id, of a remote that an older mvgit made: when, by the medium's clock. */
const MADE = /^made ([0-9]{1,16})$/;
const START = `{"mvgit": ${FIRST}, "id": "`;
/** Bytes of a whole mark: 32 characters of the id, and `"}` and LF behind it. */
const LENGTH = START.length + 35;

/** A mark as it was read. */
export type MarkReading =
  | { kind: "mark"; format: Format; /** Null in a remote that an older mvgit made. */ id: string | null }
  /** Of another format than this mvgit knows. */
  | { kind: "newer"; format: number }
  /** The beginning of a mark: its upload was cut. */
  | { kind: "cut" }
  | { kind: "foreign" };

/** A mark with a new id. */
export function newMark(): string {
  return `${START}${randomBytes(16).toString("hex")}"}\n`;
}

/** The mark of the same remote once blobs may lie there in other forms. `id`: what identified it until now. */
export function raisedMark(id: string): string {
  const made = MADE.exec(id)?.[1];
  return `{"mvgit": ${FORMS}, ${made === undefined ? `"id": "${id}"` : `"made": ${made}`}}\n`;
}

/** `newest`: the newest format that the reader follows. */
export function readMark(text: string, newest: Format = FORMS): MarkReading {
  if (isCut(text)) return { kind: "cut" };
  let mark: { mvgit?: unknown; id?: unknown; made?: unknown };
  try {
    mark = (JSON.parse(text) as typeof mark | null) ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "foreign" };
    throw error;
  }
  const { mvgit: format } = mark;
  if (typeof format !== "number" || !Number.isInteger(format) || format < FIRST) return { kind: "foreign" };
  if (format > newest) return { kind: "newer", format };
  return { kind: "mark", format: format as Format, id: idIn(mark) };
}

/** A raised mark is younger than its remote, so that of one without an id it says when the first was made. */
function idIn({ mvgit, id, made }: { mvgit?: unknown; id?: unknown; made?: unknown }): string | null {
  if (typeof id === "string" && ID.test(id)) return id;
  const text = `made ${String(made)}`;
  return mvgit !== FIRST && typeof made === "number" && MADE.test(text) ? text : null;
}

/** False when so many bytes are too many for what is left of a mark whose upload was cut. */
export function mayBeCut(size: number): boolean {
  return size < LENGTH;
}

function isCut(text: string): boolean {
  if (START.startsWith(text) || /^\{"mvgit": 2[^}]*$/.test(text)) return true;
  return text.startsWith(START) && /^[0-9a-f]{0,32}"?$/.test(text.slice(START.length));
}
