/**
 * Changes of the disk that are no steps: no fault can be placed at one, and a lost lock stops none. The reason stands
 * at each. Signs of life are in `signs.ts`.
 */
import * as fs from "node:fs";
import { appendFile } from "node:fs/promises";
import { systemCode } from "../errors.ts";

/**
 * Removes a temporary file of this process's own, which is of use to nobody; an absent one is fine. No step: it follows
 * the one that failed, or the one that made the file needless, and a kill there leaves what a kill before leaves.
 */
export function discard(temporary: string): void {
  fs.rmSync(temporary, { force: true });
}

/** As `discard`, of a folder with all that is in it. What a killed process leaves of one is found by its name. */
export function discardTree(temporary: string): void {
  fs.rmSync(temporary, { recursive: true, force: true });
}

/** Sets both times of a file that is being made. No step: it has no name yet that counts, and its bytes were one. */
export function stampNew(fd: number, seconds: number): void {
  fs.futimesSync(fd, seconds, seconds);
}

/**
 * Flushes bytes that somebody else wrote, so that the file's times tell of every later write. No step: it changes
 * nothing, and whether it is done depends on how old the file is, so that steps would not have one order.
 */
export function settleBytes(fd: number): void {
  fs.fdatasyncSync(fd);
}

/**
 * Adds to a file's end, which is made if it is not there; for this user alone. No step: a timer tells when, so that
 * steps would not have one order, and what is lost is told of elsewhere.
 */
export function appendByTimer(file: string, text: string): Promise<void> {
  return appendFile(file, text, { mode: 0o600 });
}

/** False when the system did not let it; anything else is thrown. */
export function tryTo(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
