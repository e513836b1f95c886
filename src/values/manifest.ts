/**
 * A folder as data. Two levels of ordinary blobs: leaves list files, the root lists leaves. The format, the cut between
 * leaves included, is fixed in docs/format.md, so that each folder has exactly one manifest and one hash.
 */
import { plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import { type Hash, parseHash } from "./hash.ts";

export interface ManifestEntry {
  /** Inside the folder. */
  path: RepoPath;
  hash: Hash;
  /** Bytes. */
  size: number;
  mode: "file" | "exec";
}

/** One line of the root. */
export interface LeafEntry {
  hash: Hash;
  files: number;
  /** Sum over the leaf's files. */
  bytes: number;
  /** Path of the leaf's first file. */
  first: RepoPath;
}

/** Bytes that a leaf, and a root, have at most. */
export const LEAF_CAP = 40 * 1024 * 1024;
export const ROOT_CAP = 64 * 1024 * 1024;

const LEAF_HEADING = "mvgit-leaf 1\n";
const ROOT_HEADING = "mvgit-root 1\n";
const LEAST = 1000;
const MOST = 8000;
const ONE_IN = 2048;

/**
 * Whether a leaf ends after the entry of `path`, when that is its `count`-th: depends on paths only, so that a changed
 * file changes one leaf, and an added one seldom more.
 */
export function isLeafEnd(path: string, count: number): boolean {
  if (count < LEAST) return false;
  return count >= MOST || mixedHash(path) % ONE_IN === 0;
}

/** FNV-1a over the UTF-8 bytes, then the final mix of MurmurHash3: 32 bits. */
function mixedHash(path: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code > 0x7f) return mix(Buffer.from(path).reduce(fnvStep, 0x811c9dc5));
    h = fnvStep(h, code);
  }
  return mix(h);
}

function fnvStep(h: number, byte: number): number {
  return Math.imul(h ^ byte, 0x01000193);
}

function mix(fnv: number): number {
  let h = Math.imul(fnv ^ (fnv >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The one encoding of a leaf; the caller has checked paths and order. */
export function formatLeaf(entries: readonly ManifestEntry[]): Buffer {
  const lines = entries.map((e) => `${e.hash} ${e.mode === "exec" ? "x" : "f"} ${e.size} ${e.path}\0`);
  return Buffer.from(LEAF_HEADING + lines.join(""));
}

/** The one encoding of a root. */
export function formatRoot(leaves: readonly LeafEntry[]): Buffer {
  const lines = leaves.map((l) => `${l.hash} ${l.files} ${l.bytes} ${l.first}\0`);
  return Buffer.from(ROOT_HEADING + lines.join(""));
}

/**
 * The files of one leaf; order and paths are checked by `FolderCheck`, over all leaves. Throws `manifest-malformed`.
 */
export function parseLeaf(bytes: Uint8Array): ManifestEntry[] {
  return records(bytes, LEAF_HEADING, MOST).map((record) => {
    const match = /^([0-9a-f]{64}) ([fx]) (0|[1-9][0-9]{0,15}) ([^]+)$/.exec(record);
    if (!match) throw malformed("a line of a leaf is not 'hash mode size path'");
    const [, hash, mode, size, path] = match as unknown as [string, Hash, string, string, RepoPath];
    return { path, hash, size: count(size), mode: mode === "x" ? "exec" : "file" };
  });
}

/** Whether bytes begin as a root of any format does; only reading the whole tells whether they are one. */
export function isRoot(start: Uint8Array): boolean {
  return Buffer.from(start).toString("latin1").startsWith("mvgit-root ");
}

/** The leaves of a root. Throws `manifest-malformed`. */
export function parseRoot(bytes: Uint8Array): LeafEntry[] {
  return records(bytes, ROOT_HEADING, ROOT_CAP).map((record) => {
    const match = /^([0-9a-f]{64}) ([1-9][0-9]{0,15}) (0|[1-9][0-9]{0,15}) ([^]+)$/.exec(record);
    const hash = match && parseHash(match[1] as string);
    if (!match || !hash) throw malformed("a line of the root is not 'hash files bytes path'");
    return { hash, files: count(match[2] as string), bytes: count(match[3] as string), first: match[4] as RepoPath };
  });
}

/** The records after the heading, at most `most` (below 2^32 - 1) of them. */
function records(bytes: Uint8Array, heading: string, most: number): string[] {
  const what = heading.slice("mvgit-".length, heading.indexOf(" "));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw malformed(`its ${what} is not UTF-8`, error);
  }
  if (!text.startsWith(heading)) throw otherHeading(text, heading);
  if (!text.endsWith("\0")) throw malformed(`its ${what} is empty or ends in the middle of a line`);
  const found = text.slice(heading.length, -1).split("\0", most + 1);
  if (found.length > most) throw malformed(`its ${what} has more than ${plural(most, "line")}`);
  return found;
}

/** Tells a newer format from bytes that are no manifest. */
function otherHeading(text: string, heading: string): MvgitError {
  const version = /^mvgit-(?:leaf|root) ([1-9][0-9]{0,8})\n/.exec(text)?.[1];
  if (version === undefined || version === "1") return malformed(`it does not start with '${heading.trimEnd()}'`);
  return new MvgitError("format-newer", `a folder's manifest has format ${version}, and this mvgit reads format 1`, {
    hint: "install a newer mvgit",
  });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw malformed("a number is too large");
  return value;
}

/** The error for a manifest that does not keep to the format. */
export function malformed(reason: string, cause?: unknown): MvgitError {
  return new MvgitError("manifest-malformed", `a folder's manifest cannot be used: ${reason}`, {
    hint: "add the folder again where its files still are, or check out another version of its pointer",
    ...(cause === undefined ? {} : { cause }),
  });
}
