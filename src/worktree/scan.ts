/** A folder of the work tree, walked in manifest order. */
import * as fs from "node:fs";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { readUpTo } from "../base/disk.ts";
import { fromSystem, MvgitError } from "../base/errors.ts";
import { comparePaths, display, isGitFolderName, pathProblem, type RepoPath } from "../base/paths.ts";
import { type Found, look } from "./stamp.ts";

/** The file that says what `mvgit add FOLDER` leaves out, in any folder of the tree. */
export const IGNORE_FILE = ".mvgitignore";
const IGNORE_CAP = 1024 * 1024;
/** Entries handed on at once. */
const BATCH = 1000;

/** A file that was found, by its path inside the folder. */
export interface ScannedFile extends Found {
  path: RepoPath;
}

/** `.mvgitignore` files from the top of the work tree down to where the walk is. */
interface Rules {
  /** Path of the folder whose file it is, relative to the walk's root, with a slash at its end; "" for the root. */
  base: string;
  matcher: Ignore;
}

/**
 * Yields a folder's files in batches, in the byte order of their paths. Leaves out what `.mvgitignore` names, and
 * other things that cannot be files of a model: `.git`, and mvgit's own `.mvgitignore`.
 * Throws `unsafe-path`; `link-refused` with the list of links; `cannot-add` for a special file or a foreign repository.
 */
export function* scanFolder(root: string, options: { rules?: readonly Rules[] } = {}): Generator<ScannedFile[]> {
  const links: string[] = [];
  let batch: ScannedFile[] = [];
  for (const file of walk(root, "", options.rules ?? [])) {
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
  if (links.length > 0) throw linksRefused(root, links);
  if (batch.length > 0) yield batch;
}

function* walk(root: string, folder: string, rules: readonly Rules[]): Generator<ScannedFile> {
  const here = join(root, folder);
  const own = readRules(here, folder);
  const active = own ? [...rules, own] : rules;
  for (const { name, isFolder } of sortedEntries(here)) {
    const path = folder + name;
    if (isGitFolderName(name)) {
      if (folder !== "" || isFolder) throw foreignRepository(join(root, folder));
      continue;
    }
    if (name === IGNORE_FILE || isIgnored(path, isFolder, active)) continue;
    if (isFolder) yield* walk(root, `${path}/`, active);
    else yield scanned(root, path);
  }
}

function scanned(root: string, path: string): ScannedFile {
  const problem = pathProblem(path);
  if (problem) {
    throw new MvgitError("unsafe-path", `cannot track '${display(path)}': it ${problem}`, {
      subject: display(path),
      hint: `rename the file, or name it in '${IGNORE_FILE}'`,
    });
  }
  const found = look(join(root, path));
  if (found === null) throw vanished(path);
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

function readRules(folder: string, base: string): Rules | null {
  const bytes = readUpTo(join(folder, IGNORE_FILE), IGNORE_CAP);
  if (bytes === null) return null;
  if (bytes.length > IGNORE_CAP) {
    throw new MvgitError("setting-invalid", `'${display(base)}${IGNORE_FILE}' is larger than 1 MiB`, { subject: base + IGNORE_FILE });
  }
  return { base, matcher: ignore({ allowRelativePaths: true }).add(bytes.toString("utf8")) };
}

/** The deepest file that has an opinion decides, as in Git. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { base, matcher } of rules.toReversed()) {
    const verdict = matcher.test(path.slice(base.length) + (isFolder ? "/" : ""));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}

function linksRefused(root: string, links: string[]): MvgitError {
  const shown = links.slice(0, 10).map((link) => `'${display(link)}'`).join(", ");
  const more = links.length > 10 ? ` and ${links.length - 10} more` : "";
  return new MvgitError("link-refused", `cannot track '${display(root)}': it holds symbolic links: ${shown}${more}`, {
    subject: display(root),
    hint: `replace each link by what it points to, or name it in '${IGNORE_FILE}'`,
  });
}

function foreignRepository(folder: string): MvgitError {
  return new MvgitError("cannot-add", `cannot track '${display(folder)}': it is a Git repository of its own`, {
    subject: display(folder),
    hint: `track it from inside that repository, or name it in '${IGNORE_FILE}'`,
  });
}

function vanished(path: string): MvgitError {
  return new MvgitError("changed-while-reading", `'${display(path)}' vanished while its folder was read`, {
    subject: display(path),
    hint: "run the command again when nothing writes to the folder",
  });
}
