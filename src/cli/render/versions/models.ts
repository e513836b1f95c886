/** Models, a line each. */
import { display } from "../../../base/paths.ts";
import type { ModelLine, ModelsReport } from "../../../registry/models.ts";
import { formatScore } from "../../../values/scores.ts";
import { oneLine, shorten } from "../columns.ts";
import { formatCount } from "../numbers.ts";
import type { Style } from "../style.ts";
import { type Cell, table } from "../table.ts";
import { minuteOf } from "../../../values/local-minute.ts";

/** Columns of a terminal that has room for messages beside stages. */
const WIDE = 140;
/** Columns of a score's name. */
const NAME = 24;
/** Points of a course. */
const POINTS = 12;
const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

export function modelsText({ models }: ModelsReport, style: Style): string {
  if (models.length === 0) return "no model is here yet; 'mvgit run' and 'mvgit save' make versions of one";
  const hasCourse = !style.plain && models.some(({ score }) => (score?.values.length ?? 0) > 1);
  const hasMessage = style.width >= WIDE;
  const last = [...(hasCourse ? [""] : []), ...(hasMessage ? ["message"] : [])];
  const head = ["model", "versions", "newest", "made", "stages", "score", ...last];
  const rows = models.map((each) => rowOf(each, { style, hasCourse, hasMessage }));
  const columns = head.map((name) => ({
    ...(name === "versions" && { align: "right" as const }),
    ...(name === (hasMessage ? "message" : "stages") && { cut: "end" as const }),
  }));
  return [
    table([head.map((name) => [name, style.faint(name)] as const), ...rows], columns, style.width),
    ...models.flatMap(({ problems }) => problems).map((text) => style.bad(`cannot be trusted: ${display(text)}`)),
  ].join("\n");
}

function rowOf(
  { model, versions, newest, stages, score }: ModelLine,
  { style, hasCourse, hasMessage }: { style: Style; hasCourse: boolean; hasMessage: boolean },
): Cell[] {
  const held = stages
    .filter(({ version }) => version !== null)
    .map(({ stage, version }) => `${stage} v${version}`)
    .join(", ");
  const last = newest === null || score === null ? undefined : newest.metrics[score.name];
  return [
    model,
    formatCount(versions),
    newest === null ? "-" : `v${newest.version}`,
    newest === null ? "" : minuteOf(newest.time),
    held === "" ? "" : [held, style.good(held)],
    score === null ? "-" : `${shorten(display(score.name), NAME)} ${formatScore(last)}`,
    ...(hasCourse ? [courseOf(score)] : []),
    ...(hasMessage ? [newest === null ? "" : oneLine(newest.message)] : []),
  ];
}

/** The newest values as bars, the lowest the shortest. */
function courseOf(score: ModelLine["score"]): string {
  const values = (score?.values ?? []).map(({ value }) => value).filter((value) => typeof value === "number");
  const shown = values.slice(-POINTS);
  if (shown.length < 2) return "";
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const barOf = (value: number): string =>
    BARS[high === low ? 3 : Math.round(((value - low) / (high - low)) * (BARS.length - 1))] as string;
  return shown.map(barOf).join("");
}
