/** One open file, or one folder, made durable. */
import * as fs from "node:fs";
import { systemCode } from "../errors.ts";
import { step } from "../faults.ts";

/** Returns when all of an open file is on the disk. */
export function flushFile(fd: number, file: string): void {
  step("flush", file);
  fs.fsyncSync(fd);
}

/** As `flushFile`, of its bytes alone, without holding up what else is done. */
export function flushBytesSoon(fd: number, file: string): Promise<void> {
  step("flush", file);
  return new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve())));
}

/** Flushes a folder's entries to the disk. Windows has no such call and does it by itself. */
export function flushFolder(folder: string): void {
  step("flush folder", folder);
  let fd: number;
  try {
    fd = fs.openSync(folder, "r");
  } catch (error) {
    if (systemCode(error) === "EISDIR" || systemCode(error) === "EPERM") return;
    throw error;
  }
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    // Some network and FUSE file systems do not flush folders at all; what they lack cannot be had.
    if (!["EINVAL", "ENOTSUP", "EPERM", "EBADF"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    fs.closeSync(fd);
  }
}
