/** The end of what a run printed, where that is kept: what a terminal would show of it, without secrets. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { Repo } from "../repo/repo.ts";
import { findRun, runFolder, type RunState, runStateOf } from "../repo/runs.ts";
import { Masker } from "../values/secrets.ts";

export interface RunOutputReport {
  id: string;
  state: RunState;
  /** False where it goes to a terminal alone, as with a run that is not isolated. */
  kept: boolean;
  /** The last lines, at most 200. */
  lines: string[];
  /** Bytes of all that was printed. */
  size: number;
  /** Something stands before these lines. */
  cut: boolean;
}

const MOST_LINES = 200;
/** Letters of a line. */
const LONGEST = 2000;
/** Bytes at the end that are looked at: more than is told, so that a secret of several lines is known as one. */
const END = 256 * 1024;

/** Of a run's folder. */
export function outputFile(repo: Pick<Repo, "git">, id: string): string {
  return join(runFolder(repo, id), "output.txt");
}

/** Throws `label-unknown` for a run that is not listed. */
export function runOutput(repo: Repo, typed: string): RunOutputReport {
  const { id, ...record } = findRun(repo, typed);
  const state = runStateOf(repo, { id, ...record });
  const file = outputFile(repo, id);
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return { id, state, kept: false, lines: [], size: 0, cut: false };
  const text = new Masker(repo.env).text(endOf(file, size));
  const all = asShown(text);
  // The line in which the end begins is no whole one.
  const whole = size > END ? all.slice(1) : all;
  const lines = whole.slice(-MOST_LINES);
  return { id, state, kept: true, lines, size, cut: size > END || lines.length < whole.length };
}

function endOf(file: string, size: number): string {
  const fd = fs.openSync(file, "r");
  try {
    const bytes = Buffer.alloc(Math.min(size, END));
    const got = fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8", 0, got);
  } finally {
    fs.closeSync(fd);
  }
}

/** Colours and moves of the cursor, titles of windows. */
const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

/** Of a line that a bar of progress wrote over and over, what it wrote last. */
function asShown(text: string): string[] {
  const lines = text
    .replace(SEQUENCES, "")
    .split("\n")
    .map((line) => (line.replace(/\r+$/, "").split("\r").at(-1) as string).slice(0, LONGEST));
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
