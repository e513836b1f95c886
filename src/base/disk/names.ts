/** Names given to files and folders, and taken away. */
import * as fs from "node:fs";
import { systemCode } from "../errors.ts";
import { step } from "../faults.ts";
import { removeFile } from "./remove.ts";

const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EXDEV"]);

/** Moves a file over its target in one step. */
export function moveFile(from: string, to: string): void {
  step("rename", to);
  fs.renameSync(from, to);
}

/** Moves a file over its target in one step, if `isStill` says so right before: true when it was moved. */
export function moveOver(from: string, to: string, isStill: () => boolean): boolean {
  step("rename", to);
  if (!isStill()) return false;
  fs.renameSync(from, to);
  return true;
}

/** Gives a file a second name; false where the file system does not do that, or the file is gone. */
export function linkFile(file: string, name: string): boolean {
  step("link", name);
  try {
    fs.linkSync(file, name);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT" || NO_LINKS.has(systemCode(error) ?? "")) return false;
    throw error;
  }
}

/**
 * Gives a file a second name in one step, unless that is taken: true when it was given. Throws what the system says
 * where it has no such names. `what`: the step's name.
 */
export function linkNew(file: string, name: string, what = "link"): boolean {
  step(what, name);
  try {
    fs.linkSync(file, name);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Gives a complete file its final name unless that name is taken: true when it was given. `from` is gone afterwards.
 */
export function claimName(from: string, to: string): boolean {
  const isGiven = moveToFree(from, to);
  if (!isGiven) removeFile(from);
  return isGiven;
}

/**
 * As `claimName`, but `from` stays a second name of the same file where the file system has such, for the caller to
 * remove when the given one is flushed; else it is gone.
 */
export function nameBeside(from: string, to: string): boolean {
  try {
    return linkNew(from, to);
  } catch (error) {
    if (!NO_LINKS.has(systemCode(error) ?? "")) throw error;
    // Without hard links two writers may both pass the look; both bring complete bytes, and the last rename stays.
    if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
    moveFile(from, to);
    return true;
  }
}

/**
 * Moves a file, a link itself or a folder to a name that is free: false when it is taken, and then nothing is moved.
 */
export function moveToFree(from: string, to: string): boolean {
  const found = fs.lstatSync(from);
  if (found.isDirectory()) return moveFolderToFree(from, to);
  step("link", to);
  try {
    // Some systems would make another name for what the link leads to.
    if (found.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(from), to);
    else fs.linkSync(from, to);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST") return false;
    if (!NO_LINKS.has(code ?? "")) throw error;
    // Without hard links two writers may both pass the look; both bring complete bytes, and the last rename stays.
    if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
    moveFile(from, to);
    return true;
  }
  step("unlink", from);
  // What somebody saved there meanwhile, as editors do by a rename, is another file, and stays.
  const now = fs.lstatSync(from, { throwIfNoEntry: false });
  if (now?.ino === found.ino && now.dev === found.dev) fs.unlinkSync(from);
  return true;
}

/** A folder takes no other place than that of an empty one. */
function moveFolderToFree(from: string, to: string): boolean {
  if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) return false;
  try {
    moveFile(from, to);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}
