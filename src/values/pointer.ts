/**
 * The pointer: the small file `PATH.mvgit` that Git keeps in place of `PATH`. The format is fixed in docs/format.md:
 * `key: value` lines, `mvgit` first, then keys in byte order, exactly one encoding of each value.
 */
import { bug } from "../base/errors.ts";
import { baseOf, checkPath, foldName, type RepoPath } from "../base/paths.ts";
import { type Hash, parseHash } from "./hash.ts";
import { formatKeyLines, readKeyLines } from "./key-lines.ts";

export const POINTER_SUFFIX = ".mvgit";
/** In Git's own language of patterns, wherever Git is started: every path that ends as a pointer's does. */
export const POINTERS = `:(top,glob)**/*${POINTER_SUFFIX}`;
/** Bytes. A larger file is no pointer, and no more than this is read of it. */
export const POINTER_CAP = 16 * 1024;

export interface Pointer {
  /** Of the file's bytes, or of a folder's root manifest. */
  hash: Hash;
  /** Bytes of the file, or of all files of the folder. */
  size: number;
  /** Number of files; present exactly when the pointer stands for a folder. */
  files?: number;
  /** Of a file that may be run; never false, and never of a folder, whose manifest tells it of each file. */
  exec?: true;
  /** `source.*` and unknown keys, written back as they came. */
  extra: ReadonlyMap<string, string>;
}

export type PointerReading =
  | { kind: "pointer"; pointer: Pointer }
  /** Another file that happens to end in `.mvgit`. */
  | { kind: "other"; looksLike?: "git-lfs" | "dvc" }
  /**
   * An unfinished merge; a side is there when it reads as a pointer, null when it has nothing. `base` as well, where
   * the text shows it.
   */
  | { kind: "conflicted"; base?: Pointer | null; ours?: Pointer | null; theirs?: Pointer | null }
  | { kind: "malformed"; reason: string }
  | { kind: "newer"; version: number };

/**
 * True for `x.mvgit`; not for `.mvgit` itself, what lies in a folder `.mvgit`, nor a name that would stand for such a
 * folder, in any letter case.
 */
export function isPointerPath(path: string): boolean {
  const base = baseOf(path);
  if (base.length <= POINTER_SUFFIX.length || !base.endsWith(POINTER_SUFFIX)) return false;
  const target = path.slice(0, -POINTER_SUFFIX.length);
  return !target.split("/").some((component) => foldName(component) === POINTER_SUFFIX);
}

/**
 * The path that a pointer stands for: its own less `.mvgit`. Throws `unsafe-path` where only the suffix made the name
 * harmless, as in `.git.mvgit`.
 */
export function targetOf(pointerPath: RepoPath): RepoPath {
  return checkPath(pointerPath.slice(0, -POINTER_SUFFIX.length), "pointer's name");
}

/** Where the pointer of a path stands. */
export function pointerPathOf(target: RepoPath): RepoPath {
  return `${target}${POINTER_SUFFIX}` as RepoPath;
}

/** True when both stand for the same bytes and mode, whatever else they record. */
export function samePointer(a: Pointer, b: Pointer): boolean {
  return sameBytes(a, b) && a.exec === b.exec;
}

/** True when both stand for the same bytes. */
export function sameBytes(a: Pointer, b: Pointer): boolean {
  return a.hash === b.hash && a.size === b.size && a.files === b.files;
}

/**
 * Both sides between markers, with what they come from; null for one that has nothing, undefined for a base that nobody
 * knows.
 */
export function formatConflict(sides: {
  base: Pointer | null | undefined;
  ours: Pointer | null;
  theirs: Pointer | null;
}): string {
  const text = (side: Pointer | null): string => (side === null ? "" : formatPointer(side));
  const base = sides.base === undefined ? "" : `||||||| base\n${text(sides.base)}`;
  return `<<<<<<< ours\n${text(sides.ours)}${base}=======\n${text(sides.theirs)}>>>>>>> theirs\n`;
}

/** The one encoding of a pointer. Throws `bug` for a value that no pointer can have. */
export function formatPointer(pointer: Pointer): string {
  const values = new Map(pointer.extra);
  for (const key of ["mvgit", ...OWN_KEYS])
    if (values.has(key)) throw bug(`a pointer was made with an extra key '${key}'`);
  values.set("blake3", pointer.hash);
  values.set("size", String(pointer.size));
  if (pointer.files !== undefined) values.set("files", String(pointer.files));
  if (pointer.exec) values.set("mode", EXEC);
  const text = formatKeyLines(values);
  const again = readPointer(Buffer.from(text));
  if (again.kind !== "pointer") throw bug(`a pointer was made that cannot be read: ${JSON.stringify(again)}`);
  return text;
}

/** Reads the bytes of a file whose name ends in `.mvgit`; never throws for what they are. */
export function readPointer(bytes: Uint8Array): PointerReading {
  if (bytes.length > POINTER_CAP) return { kind: "other" };
  const text = decode(bytes);
  if (text === null) return startsLikePointer(bytes) ? malformed("it is not UTF-8") : { kind: "other" };
  const conflict = readConflict(text);
  if (conflict) return conflict;
  if (MENTION.test(text.slice(0, 200))) return readLines(text);
  return { kind: "other", ...looksLike(text) };
}

/**
 * A pointer's text as it was before Git wrote it with CRLF, with a byte order mark or in UTF-16, as attributes can make
 * it; null where it has none of these.
 */
export function asCommitted(bytes: Uint8Array): Buffer | null {
  const text = decodeMarked(Buffer.from(bytes));
  const plain = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const committed = Buffer.from(plain);
  return committed.equals(bytes) ? null : committed;
}

function decodeMarked(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) return bytes.swap16().toString("utf16le");
  return bytes.toString("utf8");
}

/** A line that only a pointer, or one that somebody damaged, has near its start. */
const MENTION = /^\ufeff?[ \t]*mvgit[ \t]*:/im;

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The caller says what bytes that are no text mean.
    return null;
  }
}

/** True also for UTF-16, which some shells write when output is sent to a file. */
function startsLikePointer(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 20)).toString("latin1");
  return start.replace(/[^ -~]/g, "").startsWith("mvgit:");
}

function looksLike(text: string): { looksLike?: "git-lfs" | "dvc" } {
  if (text.startsWith("version https://git-lfs.github.com/spec/")) return { looksLike: "git-lfs" };
  return /^outs:\r?\n/m.test(text) ? { looksLike: "dvc" } : {};
}

function malformed(reason: string): PointerReading {
  return { kind: "malformed", reason };
}

const OWN_KEYS = ["blake3", "size", "files", "mode"];
/** The only value of `mode`. */
const EXEC = "x";

function readLines(text: string): PointerReading {
  if (text.startsWith("\ufeff")) return malformed("it starts with a byte order mark");
  const reading = readKeyLines(text);
  return reading.kind === "lines" ? fromValues(reading.values) : reading;
}

function fromValues(values: Map<string, string>): PointerReading {
  const hash = parseHash(values.get("blake3") ?? "");
  if (hash === null) return malformed("'blake3' is not a hash of 64 lower-case hexadecimal characters");
  const size = parseCount(values.get("size"));
  if (size === null) return malformed("'size' is not a whole number of bytes");
  const files = values.has("files") ? parseCount(values.get("files")) : undefined;
  if (files === null || files === 0) return malformed("'files' is not a whole number above 0");
  const mode = values.get("mode");
  if (mode !== undefined && (mode !== EXEC || files !== undefined))
    return malformed("'mode' is not 'x', or a folder has one");
  for (const key of OWN_KEYS) values.delete(key);
  return {
    kind: "pointer",
    pointer: {
      hash,
      size,
      ...(files === undefined ? {} : { files }),
      ...(mode === undefined ? {} : { exec: true }),
      extra: values,
    },
  };
}

function parseCount(text: string | undefined): number | null {
  if (text === undefined || !/^(0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : null;
}

/** Null unless the text has conflict markers and one side, at least, means to be a pointer. */
function readConflict(text: string): PointerReading | null {
  const marker = /^(?:<{7,}|>{7,})(?=[ \r\n]|$)/m.exec(text);
  if (!marker) return null;
  const { base, ours, theirs, marks } = splitConflict(text, marker[0].length);
  if (![ours, theirs].some((side) => MENTION.test(side.slice(0, 200)))) return null;
  // Where a marker is missing, nobody can say what belongs to which side.
  if (!/^(<\|?=>)+$/.test(marks)) return { kind: "conflicted" };
  return {
    kind: "conflicted",
    ...(/^(<\|=>)+$/.test(marks) ? readPart("base", base) : {}),
    ...readPart("ours", ours),
    ...readPart("theirs", theirs),
  };
}

function readPart<N extends "base" | "ours" | "theirs">(name: N, text: string): { [K in N]?: Pointer | null } {
  if (text === "") return { [name]: null } as { [K in N]?: null };
  const reading = readLines(text);
  return (reading.kind === "pointer" ? { [name]: reading.pointer } : {}) as { [K in N]?: Pointer };
}

const PLACE_AFTER = { "<": "ours", "|": "base", "=": "theirs", ">": "both" } as const;

/**
 * Both sides of a text with conflict markers of that length, two-way or diff3 with its base, and the markers'
 * characters in order; lines outside of conflicts are in all of them.
 */
function splitConflict(text: string, length: number): { base: string; ours: string; theirs: string; marks: string } {
  const found = { base: "", ours: "", theirs: "", marks: "" };
  let place: "both" | "ours" | "base" | "theirs" = "both";
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^([<|=>])\1{6,}(?=[ \r\n]|$)/.exec(line);
    if (mark?.[0].length === length) {
      found.marks += mark[1] as string;
      place = PLACE_AFTER[mark[1] as keyof typeof PLACE_AFTER];
    } else {
      if (place === "both" || place === "ours") found.ours += line;
      if (place === "both" || place === "theirs") found.theirs += line;
      if (place === "both" || place === "base") found.base += line;
    }
  }
  return found;
}
