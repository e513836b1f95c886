/**
 * The time of a file system, by which ages of its files are measured: a clock of this machine that jumped, or that of a
 * server's that is another one, tells nothing about them.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { monotonicNow, systemClock } from "./clock.ts";
import { createFile, removeFile, setMode } from "./disk.ts";
import { systemCode } from "./errors.ts";
import { nameOfOwner } from "./processes.ts";
import { MEDIUM_TIME_HELD } from "./times.ts";

const NOT_ALLOWED = new Set(["EACCES", "EPERM", "EROFS"]);
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** Milliseconds since 1970, by the file system's own clock. 0 where nothing can be written: nothing is old there. */
export function timeIn(folder: string): number {
  const probe = join(folder, `.time.mvgit-${nameOfOwner()}`);
  try {
    const fd = createFile(probe);
    try {
      return fs.fstatSync(fd).mtimeMs;
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (FULL.has(systemCode(error) ?? "")) return changeTime(folder);
    if (!NOT_ALLOWED.has(systemCode(error) ?? "")) throw error;
    return 0;
  } finally {
    removeIfAllowed(probe);
  }
}

/** The same without room for a file: a change of the folder that changes nothing is stamped as well. */
function changeTime(folder: string): number {
  setMode(folder, fs.statSync(folder).mode & 0o7777);
  return fs.statSync(folder).ctimeMs;
}

/** As `timeIn`, for many questions: asked once a minute. This machine's time where nothing can be written. */
export function steadyTimeIn(folder: string): () => number {
  let last = { time: 0, steady: -Infinity, clock: -Infinity };
  return () => {
    const [steady, clock] = [monotonicNow(), systemClock.now()];
    // The one stands still while the machine sleeps, the other may be set.
    const isHeld = steady - last.steady < MEDIUM_TIME_HELD && Math.abs(clock - last.clock) < MEDIUM_TIME_HELD;
    if (!isHeld) last = { time: timeIn(folder) || clock, steady, clock };
    return last.time + steady - last.steady;
  };
}

/** Removes a file; one that may not be removed stays, and fails nobody. */
export function removeIfAllowed(file: string): void {
  try {
    removeFile(file);
  } catch (error) {
    if (!NOT_ALLOWED.has(systemCode(error) ?? "")) throw error;
  }
}
