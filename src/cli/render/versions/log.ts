/** Versions of models, a line each. */
import { display } from "../../../base/paths.ts";
import { formatScore } from "../../../values/scores.ts";
import type { LogLine, LogReport } from "../../../versions/log.ts";
import type { Style } from "../style.ts";
import { type Column, oneLine, shorten, widthOf } from "../table.ts";

/** Scores that a list has room for. */
const SCORES = 4;

/** Columns that a list leaves to messages. */
const ROOM = 20;

/** Columns of a score's name in a list. */
const SCORE_NAME = 24;

/** With as many scores as leave room for the messages. */
export function logRows(
  { versions, markdown: asMarkdown }: LogReport & { markdown: boolean },
  style: Style,
): { head: string[]; rows: (string | readonly [string, string])[][]; columns: Column[] } {
  const width = asMarkdown ? Infinity : style.width;
  const rowsWith = (names: readonly string[]): (string | readonly [string, string])[][] =>
    versions.map((each) => [
      `${each.model}@v${each.version}`,
      each.time.slice(0, 10),
      ...names.map((name) => formatScore(each.metrics[name])),
      each.stages.length === 0 ? "" : ([each.stages.join(", "), style.good(each.stages.join(", "))] as const),
      oneLine(each.message),
    ]);
  const headWith = (names: readonly string[]): string[] => [
    "version",
    "made",
    ...names.map((name) => shorten(display(name), SCORE_NAME)),
    "stages",
    "message",
  ];
  const columnsFor = (names: readonly string[]): Column[] => [
    {},
    {},
    ...names.map(() => ({ align: "right" as const })),
    {},
    { cut: "end" },
  ];
  let names = scoreNames(versions);
  const used = (): number => widthOf([headWith(names), ...rowsWith(names)].map((row) => row.slice(0, -1)));
  while (names.length > 1 && used() + ROOM > width) names = names.slice(0, -1);
  return { head: headWith(names), rows: rowsWith(names), columns: columnsFor(names) };
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
