/**
 * What this clone found true of versions, kept beside Git's own things by the ids of their tag objects, so that a list
 * of thousands need not look at each again (docs/decisions/0043). A memory, never a source: whatever is wrong with the
 * file, it is as if nothing had been known.
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { makeFolder, readUpTo, replaceFile, tryTo } from "../base/disk.ts";
import { isMvgitError } from "../base/errors.ts";
import type { Oid } from "../git/reader.ts";
import type { Verified, VerifiedLine } from "../registry/look.ts";
import { cloneFile } from "../values/own-files.ts";

/**
 * Raised with every change of what is held against a version before it is believed (`registry/versions.ts`,
 * `registry/statement.ts`), and of what a line says: what an older mvgit kept is nothing then.
 */
const CHECKER = 2;
const HEAD = `mvgit verified ${CHECKER} `;
/** Bytes of the file. */
const MOST = 64 * 1024 * 1024;
/** Bytes of a line; what is longer is verified each time. */
const LONGEST = 64 * 1024;
const LINE_FEED = 10;

/** Read when it is first asked. `place`: of the clone. */
export function verifiedIn(place: { commonDir: string }): Verified {
  const file = cloneFile(place, "verified");
  let lines: Map<Oid, Buffer> | null = null;
  const parsed = new Map<Oid, VerifiedLine>();
  return {
    get(tag) {
      const line = (lines ??= read(file)).get(tag);
      if (line === undefined) return null;
      const found = parsed.get(tag) ?? lineIn(line.subarray(tag.length + 1));
      if (found !== null) parsed.set(tag, found);
      return found;
    },
    keep(found, there) {
      // Others may have kept more meanwhile.
      lines = read(file);
      for (const tag of lines.keys()) if (!there.has(tag)) lines.delete(tag);
      for (const [tag, line] of found) {
        const bytes = Buffer.from(`${tag} ${JSON.stringify(line)}\n`);
        if (bytes.length <= LONGEST) lines.set(tag, bytes);
      }
      write(file, lines);
    },
  };
}

/** Each line with its line feed, by the tag that it begins with; nothing where one is cut. */
function read(file: string): Map<Oid, Buffer> {
  const lines = new Map<Oid, Buffer>();
  const bytes = contentOf(file);
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, at) + 1;
    if (end === 0) return new Map();
    const line = bytes.subarray(at, end);
    const space = line.indexOf(" ");
    if (space > 0) lines.set(line.toString("latin1", 0, space) as Oid, line);
    at = end;
  }
  return lines;
}

/** What a line says; null for one that says nothing. */
function lineIn(bytes: Buffer): VerifiedLine | null {
  try {
    return JSON.parse(bytes.toString("utf8")) as VerifiedLine | null;
  } catch {
    return null;
  }
}

/** The lines of a file that is as it was written; nothing of any other. */
function contentOf(file: string): Buffer {
  const nothing = Buffer.alloc(0);
  let bytes: Buffer | null = null;
  try {
    bytes = readUpTo(file, MOST);
  } catch {
    // Whoever may not read it goes without.
  }
  if (bytes === null || !bytes.toString("latin1", 0, HEAD.length).startsWith(HEAD)) return nothing;
  const end = bytes.indexOf(LINE_FEED) + 1;
  const content = bytes.subarray(end);
  return end > 0 && bytes.toString("latin1", HEAD.length, end - 1) === sumOf(content) ? content : nothing;
}

/** SHA-256, which Node has by itself: the program for BLAKE3 would be loaded for nothing else of a list. */
function sumOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Where nothing may be written, nothing is kept. */
function write(file: string, lines: ReadonlyMap<Oid, Buffer>): void {
  const kept = [...lines.values()];
  let size = kept.reduce((sum, { length }) => sum + length, 1024);
  while (size > MOST) size -= (kept.shift() as Buffer).length;
  const content = Buffer.concat(kept);
  if (!tryTo(() => makeFolder(dirname(file)))) return;
  try {
    replaceFile(file, Buffer.concat([Buffer.from(`${HEAD}${sumOf(content)}\n`), content]), false);
  } catch (error) {
    if (!isMvgitError(error) || !UNWRITABLE.has(error.code)) throw error;
  }
}

/** What a disk says that takes nothing. */
const UNWRITABLE = new Set<string>(["disk-full", "disk-failed", "file-unreadable", "read-only"]);
