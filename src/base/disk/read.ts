/** Files read whole, up to a cap, without waiting for what is no file. */
import * as fs from "node:fs";
import { MvgitError, systemCode } from "../errors.ts";
import { fromSystem } from "../system-errors.ts";

const READ_REGULAR = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file to read it; null for anything else (a folder, a pipe, a link), which is neither followed nor
 * waited for. An absent one throws ENOENT, as any system error passes.
 */
export function openRegular(file: string): number | null {
  return openFound(file)?.fd ?? null;
}

function openFound(file: string): { fd: number; size: number } | null {
  let fd: number;
  try {
    fd = fs.openSync(file, READ_REGULAR);
  } catch (error) {
    // A link; a socket.
    if (["ELOOP", "EMLINK", "ENXIO", "EISDIR"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
  const found = fs.fstatSync(fd);
  if (found.isFile()) return { fd, size: found.size };
  fs.closeSync(fd);
  return null;
}

/** Bytes of a file of mvgit's own; a string has room for little more. */
const OWN_CAP = 400 * 1024 * 1024;

/**
 * All text of a file that mvgit itself keeps, null when there is none. Throws `file-unreadable` for what is no file,
 * which is not waited for, and for what is longer than any that mvgit writes.
 */
export function readOwnText(file: string, encoding: "utf8" | "latin1" = "utf8"): string | null {
  const found = openIfThere(file);
  if (found === null) return null;
  const isLong = found !== "other" && found.size > OWN_CAP;
  if (found !== "other" && !isLong) return readOpen(found, OWN_CAP, file).toString(encoding);
  if (found !== "other") fs.closeSync(found.fd);
  const why = isLong ? "it is longer than any that mvgit writes" : "it is no file";
  throw new MvgitError("file-unreadable", `cannot read '${file}': ${why}`, {
    subject: file,
    hint: "move it away, and run the command again",
  });
}

/** As `readUpTo`, of a regular file alone: "other" for what is none. */
export function readRegularUpTo(file: string, cap: number): Buffer | "other" | null {
  const found = openIfThere(file);
  return found === null || found === "other" ? found : readOpen(found, cap, file);
}

function openIfThere(file: string): { fd: number; size: number } | "other" | null {
  try {
    return openFound(file) ?? "other";
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return null;
    throw fromSystem(error, `read '${file}'`, file);
  }
}

/** A file's bytes, null when there is none; more than `cap` bytes throws nothing and gives only `cap + 1`. */
export function readUpTo(file: string, cap: number): Buffer | null {
  let fd: number;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return null;
    throw fromSystem(error, `read '${file}'`, file);
  }
  return readOpen({ fd, size: null }, cap, file);
}

/** Closes it in every case. */
function readOpen({ fd, size: told }: { fd: number; size: number | null }, cap: number, file: string): Buffer {
  try {
    const size = told ?? fs.fstatSync(fd).size;
    const buffer = Buffer.allocUnsafe(Math.min(cap + 1, Math.max(size + 1, 4096)));
    let length = 0;
    // As many as it has are all, but where the system makes the bytes and says that there are none.
    for (let got = -1; got !== 0 && length < buffer.length && (length !== size || size === 0); length += got) {
      got = fs.readSync(fd, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  } finally {
    fs.closeSync(fd);
  }
}
