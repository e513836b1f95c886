/** A version as rows: what part, what name, what value; for Markdown and for spreadsheets. */
import { display } from "../../../base/paths.ts";
import { shellCommand } from "../../../base/shell.ts";
import type { ShowReport } from "../../../registry/show.ts";
import { csvText } from "../../../values/csv-text.ts";
import { markdownTable } from "../table.ts";

type Rows = [part: string, name: string, value: string][];

function rowsOf({ package: pack, packageHash, commit, signed, events, notes, retracted }: ShowReport): Rows {
  const each = (part: string, values: Readonly<Record<string, unknown>>): Rows =>
    Object.entries(values).map(([name, value]) => [part, name, value === null ? "" : String(value)]);
  const files = (part: string, all: typeof pack.data): Rows => all.map(({ path, hash }) => [part, path, hash]);
  const facts = {
    made: pack.time,
    by: pack.author,
    message: pack.message,
    from: pack.from === null ? null : `${pack.model}@v${pack.from}`,
    command: pack.run && shellCommand(pack.run.command),
    seconds: pack.run && pack.run.seconds,
    commit,
    package: packageHash,
    signed,
    retracted: retracted && retracted.text,
  };
  return [
    ...each("version", facts),
    ...each("score", pack.metrics),
    ...each("setting", pack.params),
    ...files("data", pack.data),
    ...files("weights", pack.weights),
    ...events.map(({ stage, event, version, time, by, reason }): Rows[number] => [
      "stage",
      `${stage} #${event}`,
      `${version === pack.version ? "came" : "went"} ${time} by ${by}${reason === "" ? "" : `: ${reason}`}`,
    ]),
    ...notes.map(({ number, text, by, time }): Rows[number] => ["note", `#${number}`, `${text} (${time} by ${by})`]),
    ...each("environment", flat(pack.environment)),
  ];
}

/** Values in depth, by their names with dots between. */
function flat(values: object, prefix = ""): Record<string, unknown> {
  const found: [string, unknown][] = Object.entries(values).flatMap(([name, value]: [string, unknown]) =>
    value !== null && typeof value === "object"
      ? Object.entries(flat(value, `${prefix}${name}.`))
      : [[`${prefix}${name}`, value] as [string, unknown]],
  );
  return Object.fromEntries(found);
}

export function versionCsv(report: ShowReport): string {
  return csvText([["part", "name", "value"], ...rowsOf(report)]);
}

/** For a pull request: a table for each part. */
export function versionMarkdown(report: ShowReport): string {
  const { model, version, message } = report.package;
  const rows = rowsOf(report);
  const parts = [...new Set(rows.map(([part]) => part))];
  return [
    `### ${model}@v${version}${message === "" ? "" : `: ${display(message)}`}`,
    ...parts.map((part) =>
      markdownTable(
        [part, ""],
        rows
          .filter((row) => row[0] === part && row[2] !== "")
          .map(([, name, value]) => [display(name), display(value)]),
      ),
    ),
  ].join("\n\n");
}
