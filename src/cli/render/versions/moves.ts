/** Moves of stages, in words. */
import { display } from "../../../base/paths.ts";
import type { MoveReport } from "../../../versions/promote.ts";
import { retraction } from "../../../registry/remarks.ts";
import type { Verdict } from "../../../versions/stage-check.ts";
import { plural } from "../numbers.ts";
import { numberOf } from "../words.ts";
import type { Style } from "../style.ts";
import { versionWord } from "../../../values/label.ts";

const ALONE = "no remote is configured: only this clone has its bytes; 'mvgit remote add store URL' adds one";

/** Where a stage is now, what confirms it, and what became of stages.yaml. */
export function movedText(report: MoveReport, style: Style): string {
  if (report.event === null) return `${report.stayed}; nothing was moved`;
  const { model, stage, version, before, event, host, stored, note, stagesFile } = report;
  const now = style.good(versionWord(version, "empty"));
  const from = before === null ? "" : ` (was v${before})`;
  const confirmed = host === null ? "" : `, confirmed by '${display(host)}'`;
  const lines = [`${model}#${stage} is ${now}${from}, event ${event}${confirmed}`];
  if (stored) lines.push(`${stored.remote} has all of it (${plural(stored.blobs, "blob")})`);
  else if (before === null && version !== null) lines.push(style.warning(ALONE));
  if (stagesFile === "committed" || stagesFile === "pushed")
    lines.push(`stages.yaml committed${stagesFile === "pushed" ? " and pushed" : ""}`);
  if (note) lines.push(style.warning(display(note)));
  return lines.join("\n");
}

/** How stages.yaml and the events stand to each other, of one stage. */
export function verdictText(verdict: Verdict, style: Style): string {
  return `${colored(verdict, style)}  ${verdict.model}#${verdict.stage}${detail(verdict)}${withdrawn(verdict, style)}`;
}

function withdrawn({ retracted }: Verdict, style: Style): string {
  return retracted === undefined ? "" : `  ${style.bad(retraction(retracted))}`;
}

function colored({ state }: Verdict, style: Style): string {
  if (state === "same") return style.good(state);
  return state === "behind" ? style.warning(state) : style.bad(state);
}

function detail({ state, file, chain, problem }: Verdict): string {
  if (state === "same") return `  ${numberOf(chain)}`;
  if (state === "broken") return `  ${display(problem ?? "")}`;
  const next = state === "behind" ? "stage check --write'" : "stage apply' makes the events of a committed edit";
  return `  the file says ${numberOf(file)}, the events ${numberOf(chain)} ('mvgit ${next})`;
}
