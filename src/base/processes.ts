/** Who holds something, so that what a dead process left can be told from what a living one needs. */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { pid } from "node:process";
import { isRunning } from "./lock.ts";

/** `HOST PID START`: the start, where the system tells it, tells a process from a later one of the same number. */
export type ProcessMark = string;

/** This process. */
export function thisProcess(): ProcessMark {
  return `${hostname()} ${pid} ${startOf(pid) ?? "-"}`;
}

/** Whether the marked process still runs; `unknown` for another host's, and for text that is no mark. */
export function stateOf(mark: ProcessMark): "runs" | "ended" | "unknown" {
  const [host, number = "", start = "-"] = mark.split(" ");
  if (host !== hostname() || !/^[1-9][0-9]{0,9}$/.test(number)) return "unknown";
  if (!isRunning(Number(number))) return "ended";
  const now = startOf(Number(number));
  return start === "-" || now === null || now === start ? "runs" : "ended";
}

/** When a process started, in ticks since its system did; null where that cannot be had. */
function startOf(process: number): string | null {
  try {
    const text = fs.readFileSync(`/proc/${process}/stat`, "latin1");
    // The name before it, in brackets, may hold anything.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    // Not Linux, or the process ended meanwhile, which its number tells as well.
    return null;
  }
}
