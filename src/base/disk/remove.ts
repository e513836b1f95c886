/** Files and folders removed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { systemCode } from "../errors.ts";
import { step } from "../faults.ts";

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

/** Removes a folder with all that is in it; an absent one is fine. Links in it are not followed. */
export function removeTree(folder: string): void {
  step("remove", folder);
  fs.rmSync(folder, { recursive: true, force: true });
}

/** As `removeTree`, also where programs of the user's left folders that nobody may write. */
export function removeLockedTree(folder: string): void {
  step("remove", folder);
  const remove = (): void => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    remove();
  } catch (error) {
    if (systemCode(error) !== "EACCES" && systemCode(error) !== "EPERM") throw error;
    openUp(folder);
    remove();
  }
}

function openUp(folder: string): void {
  fs.chmodSync(folder, 0o700);
  for (const each of fs.readdirSync(folder, { withFileTypes: true }))
    if (each.isDirectory()) openUp(join(folder, each.name));
}
