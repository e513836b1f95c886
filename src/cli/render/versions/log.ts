/** Versions of models, a line each. */
import { display } from "../../../base/paths.ts";
import { formatScore } from "../../../values/scores.ts";
import type { LogLine, LogReport } from "../../../registry/log.ts";
import type { Style } from "../style.ts";
import { oneLine, shorten } from "../columns.ts";
import { type Cell, type Column, markdownTable, table, widthOf } from "../table.ts";
import { plural } from "../numbers.ts";

/** Scores that a list has room for. */
const SCORES = 4;

/** Columns that a list leaves to messages. */
const ROOM = 20;

/** Columns of a score's name in a list. */
const SCORE_NAME = 24;

type Shown = LogReport & { markdown: boolean };

/** The versions, what of them cannot be trusted, and how many are older. */
export function logText(report: Shown, style: Style): string {
  const { versions, problems, total } = report;
  if (versions.length + problems.length === 0)
    return "no version of any model is here yet; 'mvgit run' and 'mvgit save' make them";
  const { head, rows, columns } = logTable(report, style);
  if (report.markdown) {
    const broken = problems.map((problem) => [display(problem)]);
    const tables = broken.length === 0 ? [] : [markdownTable(["cannot be trusted"], broken)];
    return [markdownTable(head, rows), ...tables].join("\n\n");
  }
  const more = total - versions.length - problems.length;
  return [
    table([head.map((name) => [name, style.faint(name)] as const), ...rows], columns, style.width),
    ...problems.map((problem) => style.bad(`cannot be trusted: ${display(problem)}`)),
    ...(more > 0 ? [style.faint(`and ${plural(more, "older version")}; '--all' shows them`)] : []),
  ].join("\n");
}

interface LogTable {
  head: string[];
  rows: Cell[][];
  columns: Column[];
}

/** With as many scores as leave room for the messages. */
function logTable({ versions, markdown }: Shown, style: Style): LogTable {
  const width = markdown ? Infinity : style.width;
  const used = ({ head, rows }: LogTable): number => widthOf([head, ...rows].map((row) => row.slice(0, -1)));
  const names = scoreNames(versions);
  let made = tableWith(names, versions, style);
  while (names.length > 1 && used(made) + ROOM > width) {
    names.pop();
    made = tableWith(names, versions, style);
  }
  return made;
}

/** With these scores. */
function tableWith(names: readonly string[], versions: readonly LogLine[], style: Style): LogTable {
  return {
    head: ["version", "made", ...names.map((name) => shorten(display(name), SCORE_NAME)), "stages", "message"],
    rows: versions.map((each) => {
      const stages = each.stages.join(", ");
      return [
        `${each.model}@v${each.version}`,
        each.time.slice(0, 10),
        ...names.map((name) => formatScore(each.metrics[name])),
        stages === "" ? "" : [stages, style.good(stages)],
        oneLine(each.message),
      ];
    }),
    columns: [{}, {}, ...names.map(() => ({ align: "right" as const })), {}, { cut: "end" }],
  };
}

/** The scores that most of the versions have. */
function scoreNames(versions: readonly LogLine[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of versions)
    for (const name of Object.keys(metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, SCORES)
    .map(([name]) => name);
}
