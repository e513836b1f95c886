/** RECORD, the list of what a wheel installed, held against the files that are there. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { isAbsolute, join } from "node:path";
import { pattern } from "../../base/pattern.ts";

/** Bytes of one file, and of those of one package, that are read; beyond that a file is known by its size. */
const [FILE_CAP, PACKAGE_CAP] = [16 * 1024 * 1024, 64 * 1024 * 1024];
/** Files of one package that are looked at. */
const MOST_FILES = 50_000;
/** Milliseconds; RECORD is written after all others. */
const GRAIN = 10;

export interface RecordHash {
  /**
   * Of what the wheel holds: sorted lines, without what depends on where and by what it was installed (scripts,
   * compiled files, what the installer writes).
   */
  hash: string;
  /** A file is another one than was installed, or is gone: the hash is of what is there. */
  isEdited: boolean;
}

export interface RecordPlace {
  /** Absolute. */
  site: string;
  /** The folder of RECORD in it. */
  entry: string;
  /** Milliseconds, when RECORD was written. */
  since: number;
  /**
   * What all packages there say that they installed, as `PATH,ALGORITHM=HASH`; asked for where a file is another one.
   */
  others: () => ReadonlySet<string>;
}

/** Null where it lists no hash. Never throws. */
export function hashOfRecord(text: string, { site, entry, since, others }: RecordPlace): RecordHash | null {
  const rows = rowsOf(text, entry);
  if (rows.length === 0) return null;
  const state = { left: PACKAGE_CAP, isEdited: false };
  const lines = rows.map((row, at) => {
    const found = at < MOST_FILES ? lookAt(join(site, row.path), row, { since, state }) : row.hash;
    // Of a file that two packages have, the later one counts; that is no edit.
    if (found === row.hash || (found !== null && others().has(lineOf(row, found)))) return `${lineOf(row, row.hash)}\n`;
    state.isEdited = true;
    return found === null ? "" : `${lineOf(row, found)}\n`;
  });
  return { hash: createHash("sha256").update(lines.toSorted().join("")).digest("hex"), isEdited: state.isEdited };
}

/** All that a RECORD says, as `PATH,ALGORITHM=HASH`. */
export function recordedLines(text: string, entry: string): string[] {
  return rowsOf(text, entry).map((row) => lineOf(row, row.hash));
}

interface Row {
  path: string;
  algorithm: string;
  hash: string;
  size: number | null;
}

function lineOf({ path, algorithm }: Row, hash: string): string {
  return `${path},${algorithm}=${hash}`;
}

function rowsOf(text: string, entry: string): Row[] {
  const folder = entry.replace(/[^A-Za-z0-9]/g, "\\$&");
  const own = pattern()`^${folder}/(?:RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_(?:cache|build)\.json)$`;
  return text.split("\n").flatMap((line) => {
    const match = /^(?:"((?:[^"]|"")*)"|([^,]*)),(sha(?:256|384|512))=([A-Za-z0-9_-]+)=*,([0-9]*)/.exec(line);
    const path = match?.[2] ?? match?.[1]?.replaceAll('""', '"') ?? "";
    const isOurs =
      match !== null &&
      !/(?:^|\/)\.\.(?:\/|$)/.test(path) &&
      !path.includes("\0") &&
      !isAbsolute(path) &&
      !path.endsWith(".pyc") &&
      !own.test(path);
    return isOurs
      ? [
          {
            path,
            algorithm: match[3] as string,
            hash: match[4] as string,
            size: match[5] === "" ? null : Number(match[5]),
          },
        ]
      : [];
  });
}

/** The hash of what is there now: read only where its time or size says that it may be another. Null for nothing. */
function lookAt(
  file: string,
  { algorithm, hash, size }: Row,
  { since, state }: { since: number; state: { left: number } },
): string | null {
  try {
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (found === undefined || !found.isFile()) return null;
    const isOther = size !== null && found.size !== size;
    if (!isOther && found.mtimeMs <= since + GRAIN) return hash;
    if (found.size > FILE_CAP || found.size > state.left) return isOther ? `size-${found.size}` : hash;
    state.left -= found.size;
    return createHash(algorithm).update(fs.readFileSync(file)).digest("base64url");
  } catch {
    return hash;
  }
}
