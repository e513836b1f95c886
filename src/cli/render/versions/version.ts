/** A version as `show` and `explain` print it. */
import { display } from "../../../base/paths.ts";
import { shellCommand } from "../../../base/shell.ts";
import type { Package } from "../../../values/package.ts";
import { formatScore } from "../../../values/scores.ts";
import type { ShowReport } from "../../../registry/show.ts";
import { shorten } from "../columns.ts";
import { formatDuration } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import type { Style } from "../style.ts";
import { numberOf } from "../words.ts";
import { minuteOf } from "../../../values/local-minute.ts";
import { environmentRows } from "./environment.ts";
import { recordedSections } from "./recorded.ts";
import { dataRows, factsTable, mapRows, section } from "./sections.ts";

type Version = Omit<ShowReport, "label" | "plot">;

/** All of a version, as text. */
export function versionText(version: Version, style: Style): string {
  const { package: pack, events, recorded, notes: said, retracted, problems } = version;
  const sections = [
    section("scores", mapRows(pack.metrics, formatScore), style),
    section("settings", settingRows(pack), style),
    section("data", dataRows(pack.data), style),
    section("weights", dataRows(pack.weights), style),
    ...(recorded === null ? [] : recordedSections(recorded, style)),
    section("environment", environmentRows(pack.environment), style),
    section("stages", events.map(eventRow), style),
    section("notes", said.map(noteRow), style),
  ];
  const notes = pack.notes.map((note) => style.warning(`note: ${display(note)}`));
  const title =
    style.strong(`${pack.model}@v${pack.version}`) + (pack.message === "" ? "" : `  ${display(pack.message)}`);
  const warnings = [
    ...(retracted === null ? [] : [`retracted ${saidBy(retracted)}: ${display(retracted.text)}`]),
    ...problems.map((problem) => `what was said of it cannot be trusted: ${display(problem)}`),
  ].map((text) => style.bad(text));
  return [
    title,
    ...warnings,
    factsTable(factsOf(version), style),
    ...sections.filter((text) => text !== ""),
    ...notes,
  ].join("\n");
}

function factsOf({ package: pack, packageHash, commit, signed }: Version): [string, string][] {
  return [
    ["made", `${minuteOf(pack.time)} by ${display(pack.author)}${signed ? ", signed" : ""}`],
    ["from", pack.from === null ? "nothing of this model before" : `v${pack.from}`],
    ["command", commandOf(pack)],
    ["commit", `${commit.slice(0, 10)}${pack.code.changed ? ", from code that was not committed before" : ""}`],
    ["package", packageHash],
  ];
}

function commandOf({ run }: Package): string {
  if (run === null) return "saved, not run";
  const where = run.folder === "" ? "" : `  (in ${display(run.folder)})`;
  return `${shellCommand(run.command)}${where}, ${formatDuration(run.seconds)}`;
}

function eventRow({ stage, event, before, version, time, by, reason }: Version["events"][number]): string[] {
  const why = reason === "" ? "" : `: ${display(reason)}`;
  return [`${stage} #${event}`, `${numberOf(before)} -> ${numberOf(version)}  ${minuteOf(time)}  ${display(by)}${why}`];
}

function noteRow(note: Version["notes"][number]): string[] {
  return [`#${note.number}`, `${display(note.text)}  (${saidBy(note)})`];
}

function saidBy({ by, time }: Version["notes"][number]): string {
  return `${minuteOf(time)} by ${display(by)}`;
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
