/** Folders and links made. */
import * as fs from "node:fs";
import * as path from "node:path";
import { systemCode } from "../errors.ts";
import { step } from "../faults.ts";
import { shareFolders } from "./sharing.ts";

/**
 * Makes a folder and those above it. `like`: the top of what several users may share; what is made below it has its
 * rights (`shareFolders`).
 */
export function makeFolder(folder: string, like?: string): void {
  step("mkdir", folder);
  const first = makeFolders(path.resolve(folder));
  if (first !== undefined && like !== undefined) shareFolders(first, folder, like);
}

/**
 * The first that was made. Node's own (`recursive`) says of a read-only file system that nothing is there, and never
 * ends where the system says that of a folder that is.
 */
function makeFolders(folder: string, isAbove = false): string | undefined {
  const found = fs.statSync(folder, { throwIfNoEntry: false });
  // A file in the way is the system's to tell, of the folder below it: Node 24 takes what is below a file for absent.
  if (found?.isDirectory() || (found && isAbove)) return undefined;
  const above = path.dirname(folder);
  const first = above === folder ? undefined : makeFolders(above, true);
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (systemCode(error) !== "EEXIST" || !fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
    return first;
  }
  return first ?? folder;
}

/** Makes one folder, whose parent exists; false when something is there already. */
export function makeOneFolder(folder: string): boolean {
  step("mkdir", folder);
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Makes one folder that only this user may enter; its parent exists, and nothing has its name. */
export function makePrivateFolder(folder: string): void {
  step("mkdir", folder);
  fs.mkdirSync(folder, { mode: 0o700 });
}

/**
 * Makes a link with this goal unless the name is taken: true when it was made. `isJunction`: to a folder, on Windows.
 */
export function makeLink(file: string, goal: string, isJunction = false): boolean {
  step("link", file);
  try {
    fs.symlinkSync(goal, file, isJunction ? "junction" : undefined);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}
