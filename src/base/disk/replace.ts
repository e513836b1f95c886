/** Small files and links replaced as a whole: the name has the old one or the new. */
import * as fs from "node:fs";
import * as path from "node:path";
import { fromSystem } from "../system-errors.ts";
import { step } from "../faults.ts";
import { nameOfOwner } from "../processes.ts";
import { createFile, writeAll } from "./files.ts";
import { flushFile, flushFolder } from "./flush.ts";
import { moveFile } from "./names.ts";
import { discard } from "./no-step.ts";

/**
 * Replaces a small file as a whole, durably: written beside it, flushed, renamed, its folder flushed. Keeps the
 * mode of what was there. A link at `file` is replaced, not followed. Throws MvgitErrors.
 */
export function replaceFile(file: string, bytes: string | Uint8Array, durable = true): void {
  replaceVia({ file, temporary: beside(file) }, bytes, durable);
}

/**
 * As `replaceFile`, written as `temporary` first: a new name on the same file system, where leftovers of a crash are
 * cleaned.
 */
export function replaceVia(
  { file, temporary }: { file: string; temporary: string },
  bytes: string | Uint8Array,
  durable = true,
): void {
  try {
    const mode = fs.lstatSync(file, { throwIfNoEntry: false })?.mode;
    const fd = createFile(temporary, mode === undefined || (mode & 0o170000) !== 0o100000 ? 0o666 : mode & 0o777);
    try {
      writeAll(fd, typeof bytes === "string" ? Buffer.from(bytes) : bytes, temporary);
      if (durable) flushFile(fd, temporary);
    } finally {
      fs.closeSync(fd);
    }
    moveFile(temporary, file);
    if (durable) flushFolder(path.dirname(file));
  } catch (error) {
    discard(temporary);
    throw fromSystem(error, `write '${file}'`, file);
  }
}

/** Makes a link with this goal in one step, in place of a link or file that is there. */
export function replaceLink(file: string, goal: string): void {
  const temporary = beside(file);
  step("link", temporary);
  fs.symlinkSync(goal, temporary);
  try {
    moveFile(temporary, file);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}

/** A name in the same folder that says whose it is, so that `cleanLeftovers` finds what a killed process left. */
function beside(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file).slice(0, 60)}.mvgit-${nameOfOwner()}`);
}
