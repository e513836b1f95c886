/**
 * What each tracked path of a work tree was made from: what mvgit last put there, or took from there. Unlike stamps,
 * reading a file changes nothing of it, and statements depend on it: it is flushed, and a table that is absent, damaged
 * or of another format says nothing at all.
 *
 * A heading `mvgit-bases 1 <sum>\n` with the hash of all bytes after it, then for each path `<put> <begun> <path>\0`:
 * `put` an item, `-` for nothing or `?` for what nothing tells; `begun` items with commas between, or `-`. An item is
 * `<kind>:<hash>:<size>`.
 */
import { join } from "node:path";
import { isMvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { makeFolder, readRegularUpTo, replaceVia } from "../base/disk.ts";
import { withLock } from "../base/lock.ts";
import { comparePaths, type RepoPath } from "../base/paths.ts";
import { nameOfOwner } from "../base/processes.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import type { Pointer } from "../values/pointer.ts";

/** A file's bytes, or a folder's manifest. */
export interface Put {
  kind: "file" | "exec" | "folder";
  hash: Hash;
  /** Bytes of the file; of a folder 0. */
  size: number;
}

export interface Base {
  put: Put | "nothing" | "unknown";
  /** Checkouts that were begun since and did not end. */
  begun: readonly Put[];
}

export const UNKNOWN: Base = { put: "unknown", begun: [] };

const HEADING = /^mvgit-bases 1 ([0-9a-f]{64})\n/;
const ITEM = /^(file|exec|folder):([0-9a-f]{64}):(0|[1-9][0-9]{0,15})$/;
/** Bytes of a table of more paths than one index of Git holds. */
const CAP = 256 * 1024 * 1024;
/** More checkouts of one path than anybody cuts one after the other. */
const MOST_BEGUN = 64;

/** What a pointer names. */
export function putOf({ hash, size, files, exec }: Pick<Pointer, "hash" | "size" | "files" | "exec">): Put {
  if (files !== undefined) return { kind: "folder", hash, size: 0 };
  return { kind: exec ? "exec" : "file", hash, size };
}

export function samePut(a: Base["put"], b: Base["put"]): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.kind === b.kind && a.hash === b.hash;
}

/** Changes are kept in memory until `save`. */
export class Bases {
  readonly #folder: string;
  #known: Map<string, Base> | null = null;
  readonly #changes = new Map<string, Base | null>();
  /** How many of the changes nobody did anything for. */
  #learned = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get(path: RepoPath): Base {
    return this.#load().get(path) ?? UNKNOWN;
  }

  all(): Iterable<Base> {
    return this.#load().values();
  }

  /** What stands there now was put there, or taken from there, as a whole. */
  set(path: RepoPath, put: Base["put"]): void {
    this.replace(path, { put, begun: [] });
  }

  /** As `set`, of what was only looked at: where it cannot be written, it is found out again. */
  learn(path: RepoPath, put: Put): void {
    const { size } = this.#changes;
    this.set(path, put);
    if (this.#changes.size > size) this.#learned++;
  }

  replace(path: RepoPath, base: Base): void {
    const known = this.#load().get(path);
    if (
      known &&
      samePut(known.put, base.put) &&
      known.begun.length === base.begun.length &&
      known.begun.every((each, at) => samePut(each, base.begun[at] as Put))
    )
      return;
    this.#changes.set(path, base);
    this.#load().set(path, base);
  }

  /**
   * From now until `set`, files of it may stand there. `nothing`: where nothing is known, nothing stood there before.
   */
  begin(path: RepoPath, put: Put, nothing: boolean): void {
    const { put: before, begun } = this.get(path);
    const others = begun.filter((each) => !samePut(each, put)).slice(1 - MOST_BEGUN);
    const isNews = !samePut(before, put);
    this.replace(path, {
      put: before === "unknown" && nothing ? "nothing" : before,
      begun: isNews ? [...others, put] : begun,
    });
  }

  drop(path: RepoPath): void {
    if (!this.#load().delete(path)) return;
    this.#changes.set(path, null);
  }

  #load(): Map<string, Base> {
    this.#known ??= this.#read();
    return this.#known;
  }

  get #file(): string {
    return join(this.#folder, "bases");
  }

  #read(): Map<string, Base> {
    const bytes = readRegularUpTo(this.#file, CAP);
    // What is no file, or far too long, vouches for nothing.
    return parseBases(bytes === null || bytes === "other" || bytes.length > CAP ? "" : bytes.toString("utf8"));
  }

  /** Writes what changed over what is on disk now, durably. */
  async save(): Promise<void> {
    if (this.#changes.size === 0) return;
    try {
      await this.#write();
    } catch (error) {
      if (this.#learned < this.#changes.size || !isMvgitError(error)) throw error;
    }
  }

  async #write(): Promise<void> {
    try {
      makeFolder(this.#folder);
    } catch (error) {
      throw fromSystem(error, `make the folder '${this.#folder}'`, this.#folder);
    }
    await withLock(join(this.#folder, "bases.lock"), async () => {
      const bases = this.#read();
      for (const [path, base] of this.#changes) {
        if (base) bases.set(path, base);
        else bases.delete(path);
      }
      replaceVia({ file: this.#file, temporary: `${this.#file}.${nameOfOwner()}` }, formatBases(bases));
      this.#changes.clear();
      this.#learned = 0;
    });
  }
}

function formatBases(bases: ReadonlyMap<string, Base>): string {
  const sorted = [...bases].sort(([a], [b]) => comparePaths(a, b));
  const body = sorted
    .map(
      ([path, { put, begun }]) =>
        `${putText(put)} ${begun.length === 0 ? "-" : begun.map(putText).join(",")} ${path}\0`,
    )
    .join("");
  return `mvgit-bases 1 ${hashBytes(Buffer.from(body))}\n${body}`;
}

function putText(put: Base["put"]): string {
  if (put === "nothing") return "-";
  return put === "unknown" ? "?" : `${put.kind}:${put.hash}:${put.size}`;
}

/** Nothing is known where any of it cannot be believed. */
export function parseBases(text: string): Map<string, Base> {
  const bases = new Map<string, Base>();
  const heading = HEADING.exec(text);
  const body = text.slice(heading?.[0].length ?? 0);
  if (heading === null || hashBytes(Buffer.from(body)) !== heading[1]) return bases;
  for (const line of body.split("\0").slice(0, -1)) {
    const [put = "", begun = ""] = line.split(" ", 2);
    bases.set(line.slice(put.length + begun.length + 2), {
      put: parsePut(put),
      begun: begun
        .split(",")
        .map(parsePut)
        .filter((each): each is Put => typeof each !== "string"),
    });
  }
  return bases;
}

function parsePut(text: string): Base["put"] {
  const [, kind, hash, size] = ITEM.exec(text) ?? [];
  if (kind === undefined) return text === "-" ? "nothing" : "unknown";
  return { kind: kind as Put["kind"], hash: hash as Hash, size: Number(size) };
}
