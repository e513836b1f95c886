/** The runs of a grid, a line each. */
import { display } from "../../../base/paths.ts";
import { formatScore } from "../../../values/scores.ts";
import type { SweepReport } from "../../../versions/sweep.ts";
import { formatDuration } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** A line for each run, and the version that was made of the best. */
export function sweepText({ runs, grid, label }: SweepReport, style: Style): string {
  const names = Object.keys(grid);
  const scores = [...new Set(runs.flatMap((each) => Object.keys(each.scores)))].slice(0, 4);
  const head = ["", ...names.map(display), ...scores.map(display), "took"];
  const rows = runs.map((each) => {
    const title = each.label ?? (each.run === null ? each.state : `run ${each.run}, ${each.state}`);
    const cell = each.label === null && each.state !== "finished" ? ([title, style.bad(title)] as const) : title;
    return [
      cell,
      ...names.map((name) => shownScalar(each.settings[name])),
      ...scores.map((name) => formatScore(each.scores[name])),
      formatDuration(each.seconds),
    ];
  });
  const lines = table(
    [head.map((name) => [name, style.faint(name)] as const), ...rows],
    head.map((_, at) => (at === 0 ? {} : { align: "right" as const })),
    style.width,
  );
  return label === null ? lines : `${lines}\n${style.strong(label)} is the best of them`;
}
