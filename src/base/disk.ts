/**
 * Every change of the disk goes through here: one step each, so that a fault can be placed at it.
 *
 * Node's system errors pass through unchanged; callers turn them into MvgitErrors with `fromSystem`.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { fromSystem, MvgitError, systemCode } from "./errors.ts";
import { step } from "./faults.ts";
import { shareFile, shareFolders } from "./sharing.ts";
import { nameOfOwner } from "./processes.ts";

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
function makeFolders(folder: string): string | undefined {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const above = path.dirname(folder);
  const first = above === folder ? undefined : makeFolders(above);
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

/** Opens a new file for writing; never follows or reuses what is there. `like`: as of `makeFolder`. */
export function createFile(file: string, mode = 0o666, like?: string): number {
  step("create", file);
  const fd = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL, mode);
  if (like !== undefined) shareFile(fd, mode, like);
  return fd;
}

/** Writes all of `bytes` at the file's position. */
export function writeAll(fd: number, bytes: Uint8Array, file: string): void {
  step("write", file);
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done);
}

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
    step("copy", temporary);
    fs.cpSync(from, temporary, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      errorOnExist: true,
      force: false,
    });
    flushTree(temporary);
    if (stateOfTree(from) !== before)
      throw new MvgitError("changed-while-reading", "it was written to while it was moved to another file system", {
        hint: "run the command again when nothing writes to it",
      });
    if (!moveToFree(temporary, to)) return false;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
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

function flushTree(file: string): void {
  const found = fs.lstatSync(file);
  if (found.isDirectory()) {
    for (const name of fs.readdirSync(file)) flushTree(path.join(file, name));
    return flushFolder(file);
  }
  if (!found.isFile()) return;
  step("flush", file);
  const fd = fs.openSync(file, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
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
  step("link", to);
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST") return false;
    if (!NO_LINKS.has(code ?? "")) throw error;
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
  removeFile(from);
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

const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "EXDEV"]);

/** Removes a file; an absent one is fine. True when there was one. */
export function removeFile(file: string): boolean {
  step("unlink", file);
  try {
    fs.unlinkSync(file);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Removes an empty folder; true when it is gone, false when it holds something. */
export function removeEmptyFolder(folder: string): boolean {
  step("rmdir", folder);
  try {
    fs.rmdirSync(folder);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return true;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "EBUSY") return false;
    throw error;
  }
}

/** Makes a link with this goal unless the name is taken: true when it was made. */
export function makeLink(file: string, goal: string): boolean {
  step("link", file);
  try {
    fs.symlinkSync(goal, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Makes a link with this goal in one step, in place of a link or file that is there. */
export function replaceLink(file: string, goal: string): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file).slice(0, 60)}.mvgit-${nameOfOwner()}`);
  step("link", temporary);
  fs.symlinkSync(goal, temporary);
  try {
    moveFile(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes a folder with all that is in it; an absent one is fine. Links in it are not followed. */
export function removeTree(folder: string): void {
  step("remove", folder);
  fs.rmSync(folder, { recursive: true, force: true });
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

/**
 * Replaces a small file as a whole, durably: written beside it, flushed, renamed, its folder flushed. Keeps the
 * mode of what was there. A link at `file` is replaced, not followed. Throws MvgitErrors.
 */
export function replaceFile(file: string, bytes: string | Uint8Array, durable = true): void {
  replaceVia(
    { file, temporary: path.join(path.dirname(file), `.${path.basename(file).slice(0, 60)}.mvgit-${nameOfOwner()}`) },
    bytes,
    durable,
  );
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
      if (durable) {
        step("flush", temporary);
        fs.fsyncSync(fd);
      }
    } finally {
      fs.closeSync(fd);
    }
    moveFile(temporary, file);
    if (durable) flushFolder(path.dirname(file));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw fromSystem(error, `write '${file}'`, file);
  }
}

/** Adds to a file's end, which is made if it is not there; not flushed. */
export function appendToFile(file: string, text: string): void {
  step("append", file);
  fs.appendFileSync(file, text);
}

const READ_REGULAR = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file to read it; null for anything else (a folder, a pipe, a link), which is neither followed nor
 * waited for. An absent one throws ENOENT, as any system error passes.
 */
export function openRegular(file: string): number | null {
  let fd: number;
  try {
    fd = fs.openSync(file, READ_REGULAR);
  } catch (error) {
    // A link; a socket.
    if (["ELOOP", "EMLINK", "ENXIO", "EISDIR"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  return null;
}

/**
 * All text of a file that mvgit itself keeps, null when there is none. Throws `file-unreadable` for what is no file: it
 * is not waited for.
 */
export function readOwnText(file: string, encoding: "utf8" | "latin1" = "utf8"): string | null {
  let fd: number | null;
  try {
    fd = openRegular(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw fromSystem(error, `read '${file}'`, file);
  }
  if (fd === null)
    throw new MvgitError("file-unreadable", `cannot read '${file}': it is no file`, {
      subject: file,
      hint: "move it away, and run the command again",
    });
  try {
    return fs.readFileSync(fd, encoding);
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  } finally {
    fs.closeSync(fd);
  }
}

/** As `readUpTo`, of a regular file alone: "other" for what is none. */
export function readRegularUpTo(file: string, cap: number): Buffer | "other" | null {
  let fd: number | null;
  try {
    fd = openRegular(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return null;
    throw fromSystem(error, `read '${file}'`, file);
  }
  return fd === null ? "other" : readOpen(fd, cap, file);
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
  return readOpen(fd, cap, file);
}

/** Closes it in every case. */
function readOpen(fd: number, cap: number, file: string): Buffer {
  try {
    const buffer = Buffer.allocUnsafe(Math.min(cap + 1, Math.max(fs.fstatSync(fd).size + 1, 4096)));
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      got = fs.readSync(fd, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  } finally {
    fs.closeSync(fd);
  }
}
