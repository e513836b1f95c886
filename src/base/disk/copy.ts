/** Files copied, by the system. */
import * as fs from "node:fs";
import { step } from "../faults.ts";

/** Copies a file's bytes and mode; nothing may be there yet. Not flushed. */
export function copyFile(from: string, to: string): void {
  step("copy", to);
  fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL);
}

/** As `copyFile`, sharing the blocks. Throws what the system says where it cannot. */
export function cloneFile(from: string, to: string): void {
  step("clone", to);
  fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE);
}

/** Copies a file, a link itself or a folder with all that is in it; nothing may be there yet. Not flushed. */
export function copyTree(from: string, to: string): void {
  step("copy", to);
  fs.cpSync(from, to, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    errorOnExist: true,
    force: false,
  });
}
