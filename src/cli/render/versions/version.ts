/** A version as `show` and `explain` print it. */
import { formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import { shellCommand } from "../../../base/shell.ts";
import type { Package, PackageFile } from "../../../values/package.ts";
import type { RecordedRun, RecordedRuns } from "../../../values/recorded-runs.ts";
import { formatScore } from "../../../values/scores.ts";
import type { ShowReport } from "../../../versions/show.ts";
import { environmentRows } from "./environment.ts";
import { formatDuration, formatSize, plural } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import type { Style } from "../style.ts";
import { shorten, table } from "../table.ts";

/** All of a version, as text. */
export function versionText(
  { package: pack, packageHash, commit, signed, events, recorded }: Omit<ShowReport, "label" | "plot">,
  style: Style,
): string {
  const { run, code } = pack;
  const facts: [string, string][] = [
    ["made", `${pack.time} by ${display(pack.author)}${signed ? ", signed" : ""}`],
    ["from", pack.from === null ? "nothing of this model before" : `v${pack.from}`],
    [
      "command",
      run === null
        ? "saved, not run"
        : `${shellCommand(run.command)}${run.folder === "" ? "" : `  (in ${display(run.folder)})`}, ${formatDuration(run.seconds)}`,
    ],
    ["commit", `${commit.slice(0, 10)}${code.changed ? ", from code that was not committed before" : ""}`],
    ["package", packageHash],
  ];
  const sections = [
    section("scores", mapRows(pack.metrics, formatScore), style),
    section("settings", settingRows(pack), style),
    section("data", dataRows(pack.data), style),
    section("weights", dataRows(pack.weights), style),
    ...(recorded === null ? [] : recordedSections(recorded, style)),
    section("environment", environmentRows(pack.environment), style),
    section(
      "stages",
      events.map((each) => [
        `${each.stage} #${each.event}`,
        `${each.before === null ? "-" : `v${each.before}`} -> ${each.version === null ? "-" : `v${each.version}`}  ${each.time.slice(0, 16).replace("T", " ")}  ${display(each.by)}${each.reason === "" ? "" : `: ${display(each.reason)}`}`,
      ]),
      style,
    ),
  ];
  const notes = pack.notes.map((note) => style.warning(`note: ${display(note)}`));
  const title =
    style.strong(`${pack.model}@v${pack.version}`) + (pack.message === "" ? "" : `  ${display(pack.message)}`);
  return [
    title,
    table(
      facts.map(([name, text]) => [`  ${name}`, text]),
      [{}, {}],
      style.width,
    ),
    ...sections.filter((text) => text !== ""),
    ...notes,
  ].join("\n");
}

/** Runs that a list shows. */
const MOST_RUNS = 20;

function recordedSections({ runs, best, folder, more }: RecordedRuns, style: Style): string[] {
  const chosen = runs.find((run) => run.chosen);
  const facts = (run: RecordedRun): string[] => [
    ...Object.entries(run.tags).map(([name, text]) => `tag ${name}=${text}`),
    ...run.datasets.map(
      ({ name, digest, context }) => `data set ${name} ${digest}${context === "" ? "" : ` (${context})`}`,
    ),
    ...run.models.map(
      ({ name, registered, folder: inside }) =>
        `model ${name}${registered === null ? "" : `, registered as ${registered}`}${inside === null ? "" : `, in ${folder}/${inside}`}`,
    ),
    ...(run.artifacts === null
      ? []
      : [
          `${plural(run.artifacts.files, "artifact")} (${formatSize(run.artifacts.bytes)}) in ` +
            `${folder}/${run.artifacts.folder}`,
        ]),
  ];
  const score = best?.replace(/:(max|min)$/, "");
  const rows = runs.slice(0, MOST_RUNS).map((run) => {
    const shown = Object.entries(run.metrics)
      .filter(([name], at) => (score === undefined ? at < 2 : name === score))
      .map(([name, value]) => `${name} ${formatScore(value)}`);
    const settings = Object.entries(run.params)
      .slice(0, 3)
      .map(([name, value]) => `${name}=${shownScalar(value)}`);
    return [
      `${run.chosen ? "* " : "  "}${run.parent === null ? "" : "  "}${display(run.name)}`,
      run.status,
      display([...shown, ...settings].join(", ")),
    ];
  });
  const left = more + Math.max(0, runs.length - MOST_RUNS);
  const title = `runs${best === null ? "" : ` by ${display(best)}`}${left > 0 ? `, ${formatCount(left)} more not shown` : ""}`;
  return [
    section("recorded", chosen === undefined ? [] : facts(chosen).map((fact) => [display(fact)]), style),
    runs.length < 2 ? "" : `${style.strong(title)}\n${table(rows, [{}, {}, { cut: true }], style.width)}`,
  ];
}

export function section(title: string, rows: readonly (readonly string[])[], style: Style): string {
  if (rows.length === 0) return "";
  return `${style.strong(title)}\n${table(
    rows.map(([name = "", ...rest]) => [`  ${name}`, ...rest]),
    [{}, { cut: true }, {}],
    style.width,
  )}`;
}

/** Columns of a terminal that the place of a setting may take. */
const WIDEST_ORIGIN = 30;

/** Each with where it came from, where that is known. */
function settingRows({ params, origins = {} }: Package): string[][] {
  return Object.entries(params).map(([name, value]) => [
    display(name),
    shownScalar(value),
    ...(Object.hasOwn(origins, name) ? [shorten(display(origins[name] as string), WIDEST_ORIGIN)] : []),
  ]);
}

export function mapRows<T>(record: Readonly<Record<string, T>>, format: (value: T) => string): string[][] {
  return Object.entries(record).map(([name, value]) => [display(name), format(value)]);
}

/** Tracked files and folders, a line each. */
export function dataRows(files: readonly PackageFile[]): string[][] {
  return files.map(fileRow);
}

function fileRow({ path, size, files, hash }: PackageFile): string[] {
  return [
    display(path),
    `${files === undefined ? "" : `${plural(files, "file")}, `}${formatSize(size)}  ${hash.slice(0, 10)}`,
  ];
}
