/** What the pages of runs say alike. */
import { formatCount } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { shellCommand } from "../../base/shell.ts";
import type { RunLine } from "../../versions/runs-list.ts";
import { formatScore } from "../../values/scores.ts";
import { elapsedText } from "../../values/plot/axis.ts";
import { useSecondsSince } from "./follow.ts";

export function RunState({ state, status }: Pick<RunLine, "state" | "status">) {
  const look = { running: "stage", finished: "good", failed: "bad", killed: "bad", interrupted: "" }[state];
  return <span class={`chip ${look}`}>{status === null || status === 0 ? state : `${state} (${status})`}</span>;
}

/** How long it has been working, or did. */
export function Took({ started, seconds, state }: Pick<RunLine, "started" | "seconds" | "state">) {
  const since = useSecondsSince(started, state === "running");
  const took = state === "running" ? since : seconds;
  return <span class="number">{took === null ? "not known" : elapsedText(Math.floor(took))}</span>;
}

export function commandText(command: readonly string[]): string {
  return display(shellCommand([...command]));
}

const FIRST = 4;

/** The first few scores, and how many more there are. */
export function lastScores(scores: RunLine["scores"]): string {
  const all = Object.entries(scores);
  const shown = all.slice(0, FIRST).map(([name, value]) => `${display(name)} ${formatScore(value)}`);
  return all.length > FIRST ? `${shown.join(", ")} and ${formatCount(all.length - FIRST)} more` : shown.join(", ");
}
