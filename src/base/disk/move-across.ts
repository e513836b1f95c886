/** A move that may lead to another file system. */
import * as fs from "node:fs";
import * as path from "node:path";
import { MvgitError, systemCode } from "../errors.ts";
import { copyTree } from "./copy.ts";
import { flushFile, flushFolder } from "./flush.ts";
import { moveToFree } from "./names.ts";
import { discardTree } from "./no-step.ts";
import { removeTree } from "./remove.ts";

/**
 * As `moveToFree`, also to another file system: there it is copied as `temporary` first, which is beside the new name,
 * and flushed; what it was goes last. Throws `changed-while-reading` for what somebody writes to meanwhile, which
 * stays.
 */
export function moveAcross(from: string, to: string, temporary: string): boolean {
  try {
    return moveToFree(from, to);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error;
  }
  const before = stateOfTree(from);
  try {
    copyTree(from, temporary);
    flushCopy(temporary);
    if (stateOfTree(from) !== before)
      throw new MvgitError("changed-while-reading", "it was written to while it was moved to another file system", {
        hint: "run the command again when nothing writes to it",
      });
    if (!moveToFree(temporary, to)) return false;
  } finally {
    discardTree(temporary);
  }
  flushFolder(path.dirname(to));
  removeTree(from);
  return true;
}

function stateOfTree(file: string): string {
  const found = fs.lstatSync(file, { bigint: true });
  if (found.isDirectory())
    return fs
      .readdirSync(file)
      .map((name) => `${name}\0${stateOfTree(path.join(file, name))}`)
      .join("\0");
  return `${found.size} ${found.mtimeNs} ${found.ctimeNs} ${found.ino}`;
}

function flushCopy(file: string): void {
  const found = fs.lstatSync(file);
  if (found.isDirectory()) {
    for (const name of fs.readdirSync(file)) flushCopy(path.join(file, name));
    return flushFolder(file);
  }
  if (!found.isFile()) return;
  const fd = fs.openSync(file, "r");
  try {
    flushFile(fd, file);
  } finally {
    fs.closeSync(fd);
  }
}
