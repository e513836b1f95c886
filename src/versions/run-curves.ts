/**
 * The curves of a run that is listed, piece by piece as they grow: what its program appends to MVGIT_LOG, and what it
 * tells MLflow. Whoever follows says how far it has read, and is given what came since.
 */
import * as fs from "node:fs";
import { MvgitError } from "../base/errors.ts";
import { readJournalLine } from "../mlflow/journal.ts";
import { type Curve, secondsSince } from "../values/curves.ts";
import type { Scalar } from "../values/document.ts";
import { POSITIONS, RunLog } from "../values/run-log.ts";
import type { Repo } from "../repo/repo.ts";
import { journalOf } from "./run/kept/journal-of.ts";
import { findRun, type RunState, runStateOf } from "../repo/runs.ts";

/** As a curve of a version, but for the order: points stand as they came. Times are seconds since the run began. */
interface RunCurve extends Curve {
  /** The tracker's run that it is of, by its id; null for what the program wrote to MVGIT_LOG. */
  tracked: string | null;
}

export interface RunCurvesReport {
  id: string;
  state: RunState;
  /** What to ask with next. */
  cursor: string;
  /** What was read before counts no more: a file was made anew, or nothing was read before. All of it begins here. */
  restarted: boolean;
  /** There is more already: ask again. */
  more: boolean;
  curves: RunCurve[];
  params: { [name: string]: Scalar };
  /** Runs of the tracker that began since, with their names. */
  tracked: { id: string; name: string }[];
}

/** Bytes of each file that are read at once. */
const AT_ONCE = 3 * 1024 * 1024;
const BEGINNING: Cursor = { log: 0, lines: 0, file: 0, journal: 0 };

interface Cursor {
  /** Bytes of the log, its lines that had a score, and which file it was. */
  log: number;
  lines: number;
  file: number;
  journal: number;
}

/**
 * `after`: the cursor of the last answer; "" at first. Throws `label-unknown` for a run that is not listed, `usage` for
 * a cursor that is none.
 */
export function runCurves(repo: Repo, typed: string, after = ""): RunCurvesReport {
  const record = findRun(repo, typed);
  const state = runStateOf(repo, record);
  const journal = journalOf(repo, record.id);
  const asked = readCursor(after);
  const [log, tracker] = [statOf(record.log), statOf(journal)];
  const isSame = asked.file === (log?.ino ?? 0) && asked.log <= (log?.size ?? 0);
  const restarted = after === "" || !isSame || asked.journal > (tracker?.size ?? 0);
  const from = restarted ? { ...BEGINNING, file: log?.ino ?? 0 } : asked;
  const curves = new Curves(Date.parse(record.started));
  const ofLog = readPiece(record.log, from.log);
  const lines = takeLog(curves, ofLog.lines, from.lines);
  const ofTracker = readPiece(journal, from.journal);
  for (const line of ofTracker.lines) curves.addTold(line);
  return {
    id: record.id,
    state,
    cursor: [ofLog.end, lines, from.file, ofTracker.end].join("."),
    restarted,
    more: ofLog.more || ofTracker.more,
    ...curves.found(),
  };
}

function readCursor(text: string): Cursor {
  if (text === "") return BEGINNING;
  const numbers = /^\d{1,15}(\.\d{1,20}){3}$/.test(text) ? text.split(".").map(Number) : [];
  const [log, lines, file, journal] = numbers;
  if (log === undefined || lines === undefined || file === undefined || journal === undefined)
    throw new MvgitError("usage", "that is no cursor of a run's curves", { hint: "ask without one" });
  return { log, lines, file, journal };
}

function statOf(file: string): fs.Stats | undefined {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found : undefined;
}

/** Whole lines of a file from a byte on, so many as are read at once; none of what is no file. */
function readPiece(file: string, start: number): { lines: string[]; end: number; more: boolean } {
  const size = statOf(file)?.size ?? 0;
  if (size <= start) return { lines: [], end: start, more: false };
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const bytes = Buffer.alloc(Math.min(size - start, AT_ONCE));
    const got = fs.readSync(fd, bytes, 0, bytes.length, start);
    const last = bytes.subarray(0, got).lastIndexOf("\n") + 1;
    // A line that is longer than all that is read at once is none that counts.
    const taken = last === 0 && got === AT_ONCE ? got : last;
    const lines = taken === 0 ? [] : bytes.toString("utf8", 0, taken).replace(/\n$/, "").split("\n");
    return { lines, end: start + taken, more: size - start > AT_ONCE };
  } finally {
    fs.closeSync(fd);
  }
}

/** How many lines with a score there were by then. */
function takeLog(curves: Curves, lines: readonly string[], before: number): number {
  const log = new RunLog();
  for (const line of lines) log.add(line);
  curves.addParams(log.params);
  const kept = (log.curves() ?? "").split("\n").filter((line) => line !== "");
  for (const [at, line] of kept.entries()) curves.addScores(JSON.parse(line) as Record<string, unknown>, before + at);
  return before + kept.length;
}

/** Curves of one piece; more of them are left out. */
const MOST_CURVES = 5000;

class Curves {
  readonly #began: number;
  readonly #curves = new Map<string, RunCurve>();
  readonly #params = Object.create(null) as { [name: string]: Scalar };
  readonly #tracked: { id: string; name: string }[] = [];

  /** `began`: milliseconds since 1970. */
  constructor(began: number) {
    this.#began = began;
  }

  addParams(params: { [name: string]: Scalar }): void {
    Object.assign(this.#params, params);
  }

  /** A line of the log; `before`: how many there were before it. */
  addScores(entry: Record<string, unknown>, before: number): void {
    const by = POSITIONS.find((name) => typeof entry[name] === "number") ?? "line";
    const told = entry["time"];
    const time = typeof told === "number" ? secondsSince(told, this.#began) : null;
    const x = by === "time" ? time : entry[by];
    for (const [name, value] of Object.entries(entry))
      if (!POSITIONS.includes(name))
        this.#add({ name, tracked: null, by }, { x: typeof x === "number" ? x : before + 1, y: value, time });
  }

  /** A line of MLflow's journal. */
  addTold(line: string): void {
    const told = readJournalLine(line);
    if (told === null) return;
    if (told.name !== null) this.#tracked.push({ id: told.run, name: told.name });
    for (const { name, value } of told.params) this.#params[name] = value;
    for (const { name, step, time, value } of told.points)
      this.#add({ name, tracked: told.run, by: "step" }, { x: step, y: value, time: secondsSince(time, this.#began) });
  }

  #add(
    { name, tracked, by }: Pick<RunCurve, "name" | "tracked" | "by">,
    point: { x: number; y: unknown; time: number | null },
  ): void {
    const key = JSON.stringify([tracked, by, name]);
    const curve = this.#curves.get(key) ?? { name, tracked, by, x: [], y: [], time: [] };
    if (curve.x.length === 0 && this.#curves.size >= MOST_CURVES) return;
    this.#curves.set(key, curve);
    curve.x.push(point.x);
    curve.y.push(typeof point.y === "number" && Number.isFinite(point.y) ? point.y : null);
    if (point.time === null) curve.time = null;
    else curve.time?.push(point.time);
  }

  found(): Pick<RunCurvesReport, "curves" | "params" | "tracked"> {
    return { curves: [...this.#curves.values()], params: { ...this.#params }, tracked: this.#tracked };
  }
}
