/** Moves of stages, in words. */
import { display } from "../../../base/paths.ts";
import type { MoveReport } from "../../../versions/promote.ts";
import type { Verdict } from "../../../versions/stage-check.ts";
import type { EventReport } from "../../../versions/stages.ts";
import { plural } from "../numbers.ts";
import type { Style } from "../style.ts";

export function movedText(report: MoveReport, style: Style): string {
  if (report.event === null) return `${report.stayed}; nothing was moved`;
  const { model, stage, version, before, event, host, stored, note, stagesFile } = report;
  const from = before === null ? "" : ` (was v${before})`;
  const lines = [
    `${model}#${stage} is ${style.good(version === null ? "empty" : `v${version}`)}${from}, event ${event}${host === null ? "" : `, confirmed by '${display(host)}'`}`,
  ];
  if (stored) lines.push(`${stored.remote} has all of it (${plural(stored.blobs, "blob")})`);
  else if (before === null && version !== null)
    lines.push(style.warning("no remote is configured: only this clone has its bytes"));
  if (stagesFile === "committed" || stagesFile === "pushed")
    lines.push(`stages.yaml committed${stagesFile === "pushed" ? " and pushed" : ""}`);
  if (note) lines.push(style.warning(display(note)));
  return lines.join("\n");
}

export function dayOf({ time }: EventReport): string {
  return time.slice(0, 16).replace("T", " ");
}

export function shown(version: number | null): string {
  return version === null ? "-" : `v${version}`;
}

export function colored({ state }: Verdict, style: Style): string {
  return state === "same" ? style.good(state) : state === "behind" ? style.warning(state) : style.bad(state);
}

export function detail({ state, file, chain, problem }: Verdict): string {
  if (state === "same") return `  ${shown(chain)}`;
  if (state === "broken") return `  ${display(problem ?? "")}`;
  return (
    `  the file says ${shown(file)}, the events ` +
    `${shown(chain)}${state === "behind" ? " ('mvgit stage check --write')" : " ('mvgit stage apply' makes the events of a committed edit)"}`
  );
}
