/** A folder of the work tree, walked in manifest order. */
import * as fs from "node:fs";
import { join } from "node:path";
import { andMore } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { comparePaths, display, pathProblem, type RepoPath } from "../base/paths.ts";
import type { Guard } from "./guard.ts";
import { IGNORE_FILE, isIgnored, readRules, type Rules, rulesAbove } from "./ignore-rules.ts";
import { isUnfinishedName } from "./places.ts";
import { type Found, look, lookThrough } from "./stamp.ts";

/** Entries handed on at once. */
const BATCH = 1000;

/** A file that was found, by its path inside the folder. */
export interface ScannedFile extends Found {
  path: RepoPath;
}

/** A folder to be walked, and what stands above it. */
interface Root {
  /** Absolute. */
  folder: string;
  /** Its path in the work tree, with a slash at its end. */
  prefix: string;
  /** The cache's folder of blobs. */
  blobs: string;
}

/**
 * Yields a tracked folder's files in batches, in the byte order of their paths inside it. Leaves out what
 * `.mvgitignore` files name, there and in the folders above up to the top, by the rules of `.gitignore`; and mvgit's
 * own `.mvgitignore`. Nothing for a folder that a file above it names. Throws `unsafe-path`; `link-refused` with the
 * list of links; `cannot-add` for a special file or a foreign repository.
 */
export function* scanFolder(guard: Guard, target: RepoPath): Generator<ScannedFile[]> {
  const root = { folder: guard.resolve(target), prefix: `${target}/`, blobs: guard.blobs };
  const above = rulesAbove(guard, target);
  if (above !== null) yield* scan(root, above);
}

/** True for a folder in which nothing is that could be tracked. */
export function isEmptyScan(guard: Guard, target: RepoPath): boolean {
  try {
    for (const batch of scanFolder(guard, target)) if (batch.length > 0) return false;
    return true;
  } catch (error) {
    if (isMvgitError(error, "link-refused") || isMvgitError(error, "cannot-add") || isMvgitError(error, "unsafe-path"))
      return false;
    throw error;
  }
}

function* scan(root: Root, above: readonly Rules[]): Generator<ScannedFile[]> {
  const links: string[] = [];
  let batch: ScannedFile[] = [];
  for (const file of walk(root, "", above)) {
    if (file.kind === "link") {
      links.push(file.path);
      continue;
    }
    batch.push(file);
    if (batch.length >= BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (links.length > 0) throw linksRefused(root.prefix.slice(0, -1), links);
  if (batch.length > 0) yield batch;
}

function* walk(root: Root, folder: string, rules: readonly Rules[]): Generator<ScannedFile> {
  const here = join(root.folder, folder);
  const entries = sortedEntries(here);
  const own = entries.some(({ name }) => name === IGNORE_FILE)
    ? readRules(join(here, IGNORE_FILE), root.prefix + folder)
    : null;
  const active = own ? [...rules, own] : rules;
  for (const { name, isFolder } of entries) {
    const path = folder + name;
    if (name === ".git") throw foreignRepository((root.prefix + folder).slice(0, -1));
    if (name.includes("\ufffd")) throw notUtf8(here, path);
    if (name === IGNORE_FILE || isUnfinishedName(name) || isIgnored(root.prefix + path, isFolder, active)) continue;
    const file = isFolder ? null : scanned(root, path);
    if (file) yield file;
    else if (isFolder) yield* walk(root, `${path}/`, active);
  }
}

/** Null for a link of ours whose blob is gone. */
function scanned({ folder, blobs }: Root, path: string): ScannedFile | null {
  const problem = pathProblem(path);
  if (problem) {
    throw new MvgitError("unsafe-path", `cannot track '${display(path)}': it ${problem}`, {
      subject: display(path),
      hint: `rename the file, or name it in '${IGNORE_FILE}'`,
    });
  }
  const found = lookThrough(join(folder, path), blobs);
  if (found === null && look(join(folder, path)) === null) throw vanished(path);
  if (found === null) return null;
  if (found.kind === "special" || found.kind === "folder") {
    throw new MvgitError("cannot-add", `cannot track '${display(path)}': it is neither a file nor a folder`, {
      subject: display(path),
      hint: `move it away, or name it in '${IGNORE_FILE}'`,
    });
  }
  return { ...found, path: path as RepoPath };
}

/** In the order that whole paths have: a folder sorts as its name with a slash. */
function sortedEntries(folder: string): { name: string; isFolder: boolean }[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw fromSystem(error, `list the folder '${display(folder)}'`, display(folder));
  }
  const keyed = entries.map((entry) => {
    const isFolder = entry.isDirectory();
    return { name: entry.name, isFolder, key: isFolder ? `${entry.name}/` : entry.name };
  });
  return keyed.sort((a, b) => comparePaths(a.key, b.key));
}

function linksRefused(target: string, links: string[]): MvgitError {
  const shown = links
    .slice(0, 10)
    .map((link) => `'${display(link)}'`)
    .join(", ");
  const more = andMore(links.length - 10);
  return new MvgitError("link-refused", `cannot track '${display(target)}': it holds symbolic links: ${shown}${more}`, {
    subject: display(target),
    hint: `replace each link by what it points to, or name it in '${IGNORE_FILE}'`,
  });
}

function foreignRepository(folder: string): MvgitError {
  const name = display(folder.replace(/\/$/, ""));
  return new MvgitError("cannot-add", `cannot track '${name}': it is a repository of its own`, {
    subject: name,
    hint: `run mvgit inside '${name}', or name it in '${IGNORE_FILE}'`,
  });
}

/** Names the bytes, which the text that Node made of them no longer has. */
function notUtf8(folder: string, path: string): MvgitError {
  const name = fs.readdirSync(folder, { encoding: "buffer" }).find((each) => path.endsWith(each.toString("utf8")));
  const bytes = [...(name ?? Buffer.from(path))]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
  return new MvgitError("unsafe-path", `cannot track '${bytes}' in '${display(folder)}': it is not valid UTF-8`, {
    subject: bytes,
    hint: "rename the file to something that every system can store",
  });
}

function vanished(path: string): MvgitError {
  return new MvgitError("changed-while-reading", `'${display(path)}' vanished while its folder was read`, {
    subject: display(path),
    hint: "run the command again when nothing writes to the folder",
  });
}
