/**
 * The stat cache: for each file that mvgit read or wrote, its stamp and its hash then. Only speed depends on it: a
 * table that is absent, damaged or of another format counts as empty, and is written anew.
 *
 * A table is a file of entries in path order, `<hash> <stamp> <path>\0` after one line of heading, so that a folder of a
 * million files is read and written as a stream.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { temporaryName } from "../base/disk.ts";
import { createFile, makeFolder, moveFile, writeAll } from "../base/disk.ts";
import { fromSystem, systemCode } from "../base/errors.ts";
import { comparePaths } from "../base/paths.ts";
import { type Hash, parseHash } from "../model/hash.ts";
import type { Stamp } from "./stamp.ts";

const HEADING = "mvgit-stat 1\n";
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
  #position = 0;
  #next: StatEntry | null = null;

  constructor(file: string) {
    this.#fd = openTable(file);
    if (this.#fd !== null) this.#start();
  }

  #start(): void {
    this.#fill();
    if (this.#text.startsWith(HEADING)) {
      this.#position = HEADING.length;
      this.#advance();
    } else {
      this.close();
    }
  }

  /** The entry of `path`, null when there is none. Paths must be asked in ascending order. */
  find(path: string): StatEntry | null {
    while (this.#next !== null && this.#next.path !== path && comparePaths(this.#next.path, path) < 0) this.#advance();
    return this.#next?.path === path ? this.#next : null;
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
    this.#position = end + 1;
    if (this.#next === null) this.close();
  }

  /** False at the end of the file. */
  #fill(): boolean {
    if (this.#fd === null) return false;
    const buffer = Buffer.allocUnsafe(CHUNK);
    const got = fs.readSync(this.#fd, buffer, 0, CHUNK, null);
    this.#text = this.#text.slice(this.#position) + this.#decoder.decode(buffer.subarray(0, got), { stream: got > 0 });
    this.#position = 0;
    return got > 0;
  }
}

function openTable(file: string): number | null {
  try {
    return fs.openSync(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw fromSystem(error, `read '${file}'`, file);
  }
}

function parseEntry(text: string, start: number, end: number): StatEntry | null {
  const hash = parseHash(text.slice(start, start + 64));
  const blank = text.indexOf(" ", start + 65);
  if (hash === null || blank < 0 || blank >= end) return null;
  return { hash, stamp: text.slice(start + 65, blank), path: text.slice(blank + 1, end) };
}

/** Writes a table; nothing is visible before `commit`. Paths must come in ascending order. */
export class StatWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #fd: number;
  #lines: string[] = [HEADING];
  #length = 0;

  constructor(file: string, pid: number) {
    this.#file = file;
    this.#temporary = `${file}.${temporaryName(pid)}`;
    if (!fs.existsSync(dirname(file))) makeFolder(dirname(file));
    this.#fd = createFile(this.#temporary);
  }

  add(path: string, stamp: Stamp, hash: Hash): void {
    const line = `${hash} ${stamp} ${path}\0`;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > CHUNK) this.#write();
  }

  #write(): void {
    writeAll(this.#fd, Buffer.from(this.#lines.join("")), this.#temporary);
    this.#lines = [];
    this.#length = 0;
  }

  /** Replaces the table. Not flushed: a table lost in a crash costs time, and a torn one ends at its first bad entry. */
  commit(): void {
    this.#write();
    fs.closeSync(this.#fd);
    moveFile(this.#temporary, this.#file);
  }

  /** Gives up what was written. */
  discard(): void {
    fs.closeSync(this.#fd);
    fs.rmSync(this.#temporary, { force: true });
  }
}
