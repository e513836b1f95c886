/** Artifacts that are files of this machine, read below a folder that they must not leave. */
import * as fs from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Contained } from "../../base/contained.ts";
import { MvgitError, systemCode } from "../../base/errors.ts";
import { display, pathProblem } from "../../base/paths.ts";
import type { SourceFile, SourceFiles } from "./source.ts";

/** Levels of folders. */
const DEEPEST = 64;

/** The path that an address of MLflow's names on this machine; null for every other address. */
export function localPath(uri: string): string | null {
  if (isAbsolute(uri)) return uri;
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : null;
  } catch {
    return null;
  }
}

export interface LocalWish {
  /** Absolute: what is taken lies in one of them; null: anywhere on this machine. */
  roots: readonly string[] | null;
  /** Absolute: where the folder may be; the first that is there counts. */
  places: readonly string[];
  /** Its name in the version's folder. */
  to: string;
}

/**
 * Lists a folder's files; false where there is no such folder. What is a link, lies behind one or outside is named as
 * missing.
 */
export function collectLocal(result: SourceFiles, { roots, places, to }: LocalWish): boolean {
  const place = places.find((each) => fs.lstatSync(each, { throwIfNoEntry: false }) !== undefined);
  if (place === undefined) return false;
  if (!fs.lstatSync(place).isDirectory()) {
    result.missing.push(`'${place}' is a link, or no folder`);
    return true;
  }
  const folder = new Contained(place);
  if (roots !== null && !roots.some((root) => isInside(folder.root, realOf(root)))) {
    result.missing.push(`'${folder.root}' is outside of '${roots[0] ?? ""}'`);
    return true;
  }
  walk(folder, {
    path: "",
    depth: 0,
    take: (path, size) => result.files.push({ path: `${to}/${path}`, size, at: join(folder.root, path) }),
    leave: (path, why) => result.missing.push(`'${path}' ${why}`),
  });
  for (const path of folder.links)
    result.missing.push(`'${path}' is a link, or has a name that not every system can store`);
  return true;
}

interface Walk {
  path: string;
  depth: number;
  take(path: string, size: number): void;
  leave(path: string, why: string): void;
}

function walk(folder: Contained, { path, depth, take, leave }: Walk): void {
  if (depth > DEEPEST) return leave(path, "is too deep");
  for (const each of folder.entries(path).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = path === "" ? each.name : `${path}/${each.name}`;
    if (each.isDirectory()) walk(folder, { path: inner, depth: depth + 1, take, leave });
    else if (!each.isFile() || pathProblem(inner) !== null)
      leave(inner, "is no file, or has a name that not every system can store");
    else take(inner, fs.lstatSync(join(folder.root, inner)).size);
  }
}

/**
 * The file's path, if it still is what was listed: no link stands in its place, or on the way to it. Throws
 * `blob-missing`.
 */
export function openLocal({ path, at }: SourceFile): string {
  if (realOf(at) === at) return at;
  throw new MvgitError("blob-missing", `'${display(path)}' is not there any more, or lies behind a link`, {
    subject: display(path),
  });
}

function realOf(path: string): string | null {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

function isInside(path: string, folder: string | null): boolean {
  if (folder === null) return false;
  const inside = relative(folder, path);
  return inside === "" || (!inside.startsWith("..") && !isAbsolute(inside));
}
