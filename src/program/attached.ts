/** A process that runs already, and whose part that belongs to a run begins and ends by what it says. */
import { markOf, type ProcessMark, stateOf } from "../base/processes.ts";
import type { TakeSignals } from "../base/stop-signals.ts";
import { systemClock } from "../base/clock.ts";
import type { Ended } from "./run-through.ts";

export interface Attached {
  pid: number;
  /** Tells it that it may begin, and with which variables. */
  begin(told: { run: string; env: Readonly<Record<string, string>> }): Promise<void>;
  /** What it says when it has ended, all of it; "" where it went away without a word. */
  end(): Promise<string>;
}

/** Milliseconds between two looks at whether it is still there, where nothing else tells that it is gone. */
const PACE = 1000;
/** Letters of what it says of itself, and of each note. */
const LONGEST = 500;
const MOST_NOTES = 20;

/** Resolves when it said so, or is gone. Signals are for the process, which says what came of them. */
export async function attachedEnd({ pid, end }: Attached, signals: TakeSignals): Promise<Ended> {
  const release = signals(() => {});
  const gone = new AbortController();
  try {
    const told = await Promise.race([end(), goneOf(markOf(pid), gone.signal)]);
    return readEnd(told) ?? { status: 1, signal: null, stopped: null, said: "went away without a word" };
  } finally {
    gone.abort();
    release();
  }
}

async function goneOf(mark: ProcessMark, signal: AbortSignal): Promise<string> {
  while (!signal.aborted && stateOf(mark) !== "ended") await systemClock.sleep(PACE, signal).catch(() => undefined);
  return "";
}

/** `{"status": 1, "said": "raised ValueError", "notes": []}`; null for anything else. */
function readEnd(text: string): Ended | null {
  try {
    const { status, said, notes } = JSON.parse(text) as Record<string, unknown>;
    if (typeof status !== "number" || !Number.isInteger(status) || status < 0 || status > 255) return null;
    return {
      status,
      signal: null,
      stopped: null,
      ...(typeof said === "string" && said !== "" ? { said: lineOf(said) } : {}),
      notes: Array.isArray(notes)
        ? notes
            .filter((each) => typeof each === "string")
            .slice(0, MOST_NOTES)
            .map(lineOf)
        : [],
    };
  } catch {
    return null;
  }
}

function lineOf(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, LONGEST);
}
