/**
 * The stat cache: for each file that mvgit read or wrote, its stamp and its hash then. Only speed depends on it: a
 * table that is absent, damaged or of another format counts as empty, and is written anew.
 *
 * A table is a file of entries in path order, `<hash> <stamp> <path>\0`, so that a folder of a million files is read
 * and written as a stream. Its heading, `mvgit-stat 3 <root> <sum>\n`, has the hash of all bytes after it, and of a
 * folder whose files are exactly those of one manifest that manifest's hash: the table then says all that the manifest
 * says. The stamps of a table of format 2 were taken without a flush: they tell nothing.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { createFile, discard, makeFolder, moveFile, openRegular, writeAll, writeBeginning } from "../base/disk.ts";
import { systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { comparePaths } from "../base/paths.ts";
import { nameOfOwner } from "../base/processes.ts";
import { type Hasher, newHasher } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { isOfFile, NO_STAMP, type Stamp } from "./stamp.ts";

const HEADING = /^mvgit-stat ([23]) ([0-9a-f]{64}|-{64}) ([0-9a-f]{64})\n$/;
const HEADING_LENGTH = "mvgit-stat 3 ".length + 64 + 1 + 64 + 1;
const NO_ROOT = "-".repeat(64) as Hash;
const CHUNK = 256 * 1024;

export interface StatEntry {
  path: string;
  stamp: Stamp;
  hash: Hash;
}

/** Reads a table forwards, in step with someone who walks the same paths in the same order. */
export class StatReader {
  #fd: number | null;
  #text = "";
  #decoder = new TextDecoder();
  /** In `#text`. */
  #position = 0;
  /** In the file. */
  #offset = HEADING_LENGTH;
  #next: StatEntry | null = null;
  #passed = 0;
  /** False where the stamps tell nothing: those of files then read as none. */
  readonly #isTold: boolean;

  /** The manifest whose files, and no others, the table has; null when it does not say so. */
  readonly root: Hash | null;
  /** What tells whether two tables have the same entries; null for one that counts as empty. */
  readonly sum: string | null;

  /** `isBlind`: believes no stamp that the table has. */
  constructor(file: string, isBlind = false) {
    this.#fd = openTable(file);
    const heading = this.#fd === null ? null : checkedHeading(this.#fd);
    this.#isTold = heading?.isTold === true && !isBlind;
    this.root = this.#isTold ? (heading?.root ?? null) : null;
    this.sum = heading?.sum ?? null;
    if (heading === null) this.close();
    else this.#advance();
  }

  /** The entry of `path`, null when there is none. Paths must be asked in ascending order. */
  find(path: string): StatEntry | null {
    while (this.#next !== null && this.#next.path !== path && comparePaths(this.#next.path, path) < 0) this.#advance();
    return this.#next?.path === path ? this.#next : null;
  }

  /** How many entries the table has; passes them all. */
  countAll(): number {
    while (this.#next !== null) this.#advance();
    return this.#passed;
  }

  /** Every entry that was not passed yet. */
  *rest(): Generator<StatEntry> {
    for (; this.#next !== null; this.#advance()) yield this.#next;
  }

  close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
    this.#next = null;
  }

  #advance(): void {
    let end = this.#text.indexOf("\0", this.#position);
    while (end < 0 && this.#fill()) end = this.#text.indexOf("\0", this.#position);
    this.#next = end < 0 ? null : parseEntry(this.#text, this.#position, end);
    if (!this.#isTold && this.#next !== null && isOfFile(this.#next.stamp)) this.#next.stamp = NO_STAMP;
    this.#position = end + 1;
    if (this.#next === null) this.close();
    else this.#passed++;
  }

  /** False at the end of the file. */
  #fill(): boolean {
    if (this.#fd === null) return false;
    const buffer = Buffer.allocUnsafe(CHUNK);
    const got = fs.readSync(this.#fd, buffer, 0, CHUNK, this.#offset);
    this.#offset += got;
    this.#text = this.#text.slice(this.#position) + this.#decoder.decode(buffer.subarray(0, got), { stream: got > 0 });
    this.#position = 0;
    return got > 0;
  }
}

function openTable(file: string): number | null {
  try {
    // What is no file vouches for nothing.
    return openRegular(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw fromSystem(error, `read '${file}'`, file);
  }
}

/** What the heading says; null when the bytes after it are not those that it vouches for. */
function checkedHeading(fd: number): { root: Hash | null; sum: string; isTold: boolean } | null {
  const buffer = Buffer.allocUnsafe(CHUNK);
  const hasher = newHasher();
  const length = fs.readSync(fd, buffer, 0, HEADING_LENGTH, 0);
  const heading = HEADING.exec(buffer.toString("latin1", 0, length));
  if (heading === null) return null;
  for (let got = -1, at = HEADING_LENGTH; got !== 0; at += got) {
    got = fs.readSync(fd, buffer, 0, CHUNK, at);
    hasher.update(buffer.subarray(0, got));
  }
  if (hasher.digest() !== heading[3]) return null;
  return {
    root: heading[2] === NO_ROOT ? null : (heading[2] as Hash),
    sum: heading[3] as string,
    isTold: heading[1] === "3",
  };
}

function parseEntry(text: string, start: number, end: number): StatEntry {
  const blank = text.indexOf(" ", start + 65);
  return {
    hash: text.slice(start, start + 64) as Hash,
    stamp: text.slice(start + 65, blank),
    path: text.slice(blank + 1, end),
  };
}

/**
 * Writes a table; nothing is visible before `commit`. Paths must come in ascending order. What fails takes with it what
 * was written.
 */
export class StatWriter {
  readonly #file: string;
  readonly #temporary: string;
  /** Null after the end. */
  #fd: number | null = null;
  readonly #hasher: Hasher = newHasher();
  #lines: string[] = [];
  #length = 0;
  #count = 0;

  constructor(file: string) {
    this.#file = file;
    this.#temporary = `${file}.${nameOfOwner()}`;
    this.#attempt(() => {
      if (!fs.existsSync(dirname(file))) makeFolder(dirname(file));
      this.#fd = createFile(this.#temporary);
      writeAll(this.#fd, Buffer.alloc(HEADING_LENGTH), this.#temporary);
    });
  }

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  add(path: string, stamp: Stamp, hash: Hash): void {
    this.#count++;
    const line = `${hash} ${stamp} ${path}\0`;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > CHUNK) this.#attempt((fd) => this.#write(fd));
  }

  #write(fd: number): void {
    const bytes = Buffer.from(this.#lines.join(""));
    this.#hasher.update(bytes);
    writeAll(fd, bytes, this.#temporary);
    this.#lines = [];
    this.#length = 0;
  }

  /**
   * Replaces the table. `root`: the manifest that has exactly these files with these hashes, sizes and modes, if one
   * has. Not flushed: a table lost or torn in a crash costs time.
   */
  commit(root: Hash | null): void {
    this.#attempt((fd) => {
      this.#write(fd);
      writeBeginning(fd, `mvgit-stat 3 ${root ?? NO_ROOT} ${this.#hasher.digest()}\n`, this.#temporary);
      this.#close();
      moveFile(this.#temporary, this.#file);
    });
  }

  /** Gives up what was written, and does nothing after the end. */
  discard(): void {
    if (this.#fd === null) return;
    this.#close();
    discard(this.#temporary);
  }

  #attempt(work: (fd: number) => void): void {
    try {
      work(this.#fd ?? -1);
    } catch (error) {
      this.#close();
      discard(this.#temporary);
      throw fromSystem(error, `write '${this.#file}'`, this.#file);
    }
  }

  #close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}
