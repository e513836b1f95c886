/**
 * Whether a folder of blobs can be written, found out by writing: a folder that was made with another umask shows in no
 * look at the top.
 */
import * as fs from "node:fs";
import { join, relative } from "node:path";
import { createFile, lacksRights, makeFolder, removeFile } from "../base/disk.ts";
import { isMvgitError, systemCode } from "../base/errors.ts";
import { nameOfOwner } from "../base/processes.ts";

export interface Probe {
  /** Folders, from `top`, in which this user can make nothing; "" for the top itself. */
  closed: string[];
  /** Folders that this user can write, and others who share the top cannot. */
  unshared: string[];
}

/** Looks at the top, at `tmp`, and at each of the folders named with those in them. Leaves nothing, but `tmp`. */
export function probe(top: string, folders: readonly string[]): Probe {
  const found: Probe = { closed: [], unshared: [] };
  if (!canMakeIn(join(top, "tmp"), top)) found.closed.push(canMakeIn(top, top) ? "tmp" : "");
  for (const folder of folders.flatMap((name) => foldersIn(join(top, name)))) {
    const name = relative(top, folder);
    if (!mayWrite(folder)) found.closed.push(name);
    else if (lacksRights(folder, top)) found.unshared.push(name);
  }
  if (lacksRights(join(top, "tmp"), top)) found.unshared.push("tmp");
  return found;
}

/** The folder itself, and those in it; none when it is absent. */
function foldersIn(folder: string): string[] {
  try {
    const inner = fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
    return [folder, ...inner];
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    if (systemCode(error) === "EACCES") return [folder];
    throw error;
  }
}

function mayWrite(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

function canMakeIn(folder: string, top: string): boolean {
  const file = join(folder, nameOfOwner());
  try {
    if (!fs.existsSync(folder)) makeFolder(folder, top);
    fs.closeSync(createFile(file));
    removeFile(file);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined && !isMvgitError(error)) throw error;
    return false;
  }
}
