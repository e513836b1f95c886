/** Modes and times of files that are there. */
import * as fs from "node:fs";
import { step } from "../faults.ts";

export function setMode(file: string, mode: number): void {
  step("chmod", file);
  fs.chmodSync(file, mode);
}

/** As `setMode`, of an open file. */
export function setOpenMode(fd: number, mode: number, file: string): void {
  step("chmod", file);
  fs.fchmodSync(fd, mode);
}

/** Sets both times. */
export function setTimes(file: string, time: Date): void {
  step("utimes", file);
  fs.utimesSync(file, time, time);
}
