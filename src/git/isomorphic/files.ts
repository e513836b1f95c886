/** Files of a repository: what is absent is null or empty, what cannot be read throws. */
import * as fs from "node:fs";
import { systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { display } from "../../base/paths.ts";

/** Null where nothing, or a folder, has that name. */
export function readText(file: string): string | null {
  let fd: number | null = null;
  try {
    // A pipe is not waited for: it reads as empty.
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    return fs.readFileSync(fd, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(systemCode(error) ?? "")) return null;
    throw fromSystem(error, `read '${display(file)}'`, file);
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

/** Empty where there is no such folder: Git removes one with its last entry, at any time. */
export function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw fromSystem(error, `read the folder '${display(folder)}'`, folder);
  }
}

/** Whether it is a folder, or a link to one; what cannot be looked at throws. */
export function isFolder(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return false;
    throw fromSystem(error, `look at '${display(path)}'`, path);
  }
}
