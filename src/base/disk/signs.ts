/**
 * Signs of life: times of a file that move while something is held. No steps: a timer tells when they are given, so
 * that steps would not have one order, and one that fails is missed by those who watch, while the next may not.
 */
import * as fs from "node:fs";
import { getBuiltinModule } from "node:process";
import type { Worker } from "node:worker_threads";
import { systemClock } from "../clock.ts";
import { tryTo } from "./no-step.ts";

/** Gives one by a file's name, for those who look at it from time to time. */
export function giveSign(file: string, now: number): void {
  fs.utimes(file, now / 1000, now / 1000, () => undefined);
}

/** Gives one by an open file that holds `text`. Some file systems let nobody set times: there that is written again. */
export function beat(fd: number, text: string): void {
  const now = systemClock.now() / 1000;
  if (!tryTo(() => fs.futimesSync(fd, now, now))) tryTo(() => fs.writeSync(fd, text, 0));
}

/** As `beat`, in a thread of its own, which goes on while the one that holds the file is at work. */
const BEATING = `
const fs = require("node:fs");
const { file, text, every } = require("node:worker_threads").workerData;
const fd = fs.openSync(file, "r+");
const tryTo = (work) => { try { work(); return true; } catch { return false; } };
const beat = (now) => tryTo(() => fs.futimesSync(fd, now, now)) || tryTo(() => fs.writeSync(fd, text, 0));
if (fs.readFileSync(fd, "utf8") === text) setInterval(() => beat(Date.now() / 1000), every);
`;

/** Gives them `every` so many milliseconds, as long as the file holds `text`, until the thread is ended. */
export function startBeating({ file, text }: { file: string; text: string }, every: number): Worker {
  // Loaded by the few who hold a lock for long.
  const worker = new (getBuiltinModule("node:worker_threads").Worker)(BEATING, {
    eval: true,
    workerData: { file, text, every },
    env: {},
    execArgv: [],
  });
  // Without it the signs come from the timer alone.
  worker.on("error", () => undefined);
  worker.unref();
  return worker;
}
