/** What the file system says of a file, compared to tell an unchanged file without reading it. */
import * as fs from "node:fs";
import { resolve, sep } from "node:path";
import { systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { display } from "../base/paths.ts";

/**
 * Size, modification and change time in nanoseconds, inode and the executable bit, as one comparable text.
 * Equal stamps of one path, the first of them trusted, mean equal bytes.
 */
export type Stamp = string;

/** What stands at a path of the work tree. */
export interface Found {
  kind: "file" | "folder" | "link" | "special";
  /** Bytes. */
  size: number;
  exec: boolean;
  stamp: Stamp;
  /** Milliseconds since 1970 of the last change of content or attributes, by the kernel's clock. */
  changed: number;
  /** Names of the file: above 1, something else shares its bytes. */
  links: number;
  /** The file system that it is on. */
  device: number;
  /** Where the bytes are: the path that was looked at, or the blob that a link of ours points to. */
  real: string;
}

/** Looks without following a link; null when there is nothing. */
export function look(file: string): Found | null {
  let found: fs.BigIntStats | undefined;
  try {
    found = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === "ENOTDIR") return null;
    throw fromSystem(error, `look at '${display(file)}'`, display(file));
  }
  return found ? toFound(found, file) : null;
}

/**
 * As `look`, but a link into the folder of blobs, as `mvgit.link = symlink` makes them, counts as the file it points
 * to, and as nothing when that is gone.
 */
export function lookThrough(file: string, blobs: string): Found | null {
  const found = look(file);
  if (found?.kind !== "link") return found;
  const goal = fs.readlinkSync(file);
  if (resolve(goal) !== goal || !goal.startsWith(blobs + sep)) return found;
  const blob = look(goal);
  return blob === null || blob.kind === "file" ? blob : found;
}

/** What a file's stamp says of its size and executable bit. */
export function readStamp(stamp: Stamp): Pick<Found, "size" | "exec"> {
  return { size: Number(stamp.slice(0, stamp.indexOf("."))), exec: stamp.endsWith("x") };
}

/**
 * Whether nobody wrote to the file between two stamps of it, of which its name, mode or links may have changed: all but
 * its change time.
 */
export function sameContent(one: Stamp, other: Stamp): boolean {
  const [size, modified, , inode] = partsOf(one);
  const [otherSize, otherModified, , otherInode] = partsOf(other);
  return size === otherSize && modified === otherModified && inode === otherInode;
}

function partsOf(stamp: Stamp): string[] {
  return stamp.replace(/x$/, "").split(".");
}

/** Stands in place of a stamp for a file that must be read to tell what it is: equal to no file's. */
export const NO_STAMP: Stamp = "young";

/** False for what stands in place of a file's stamp. */
export function isOfFile(stamp: Stamp): boolean {
  return stamp.includes(".");
}

/** The same from an open file. */
export function lookAt(fd: number): Found {
  return toFound(fs.fstatSync(fd, { bigint: true }), "");
}

function toFound(found: fs.BigIntStats, real: string): Found {
  const exec = (Number(found.mode) & 0o100) !== 0;
  return {
    kind: kindOf(found),
    size: Number(found.size),
    exec,
    stamp: `${found.size}.${found.mtimeNs}.${found.ctimeNs}.${found.ino}${exec ? "x" : ""}`,
    changed: Number(found.ctimeNs / 1_000_000n),
    links: Number(found.nlink),
    device: Number(found.dev),
    real,
  };
}

function kindOf(found: fs.BigIntStats): Found["kind"] {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "folder";
  return found.isSymbolicLink() ? "link" : "special";
}

/** The kernel's clock for file times moves in ticks of at most this many milliseconds. */
const TICK = 20;

/**
 * Whether a stamp taken before reading began (at `readFrom`, milliseconds) may stand for the bytes read: not when the
 * file changed within the same tick of the clock, since a later change in that tick would leave the same stamp. The
 * change time is used because, unlike the modification time, no program can set it.
 */
export function isTrustworthy(found: Found, readFrom: number): boolean {
  const coarse = found.changed % 1000 === 0 ? 2000 : TICK;
  return found.changed < readFrom - coarse;
}
