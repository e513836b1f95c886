/** A comparison as rows for spreadsheets: what part, what name, and the value of each version, in full. */
import type { CompareReport } from "../../../registry/compare.ts";
import type { CompareAllReport } from "../../../values/compare-many.ts";
import { csvText } from "../../../values/csv-text.ts";

type Value = string | number | boolean | null | undefined;

/** `null` and what a version lacks are empty. */
export function compareCsv(report: CompareReport | CompareAllReport): string {
  const [labels, rows] = "versions" in report ? rowsOfAll(report) : rowsOfTwo(report);
  return csvText([["part", "name", ...labels], ...rows.map((row) => row.map(asText))]);
}

function rowsOfAll({ versions, params, scores, environment, data, weights }: CompareAllReport): [string[], Value[][]] {
  const files = (part: string, all: CompareAllReport["data"]): Value[][] =>
    all.map(({ path, sides }) => [part, path, ...sides.map((side) => side?.hash)]);
  return [
    versions.map(({ model, version }) => `${model}@v${version}`),
    [
      ...params.map(({ name, values }) => ["setting", name, ...values]),
      ...scores.map(({ name, values }) => ["score", name, ...values]),
      ...files("data", data),
      ...environment.map(({ name, values }) => ["environment", name, ...values]),
      ...files("weights", weights),
    ],
  ];
}

function rowsOfTwo(report: CompareReport): [string[], Value[][]] {
  const { params, scores, environment, data, weights } = report;
  const pair = (part: string, all: readonly { name: string; a?: Value; b?: Value }[]): Value[][] =>
    all.map(({ name, a, b }) => [part, name, a, b]);
  const files = (part: string, all: CompareReport["data"]): Value[][] =>
    all.map(({ path, a, b }) => [part, path, a?.size, b?.size]);
  return [
    [report.a, report.b].map(({ model, version }) => `${model}@v${version}`),
    [
      ...pair("setting", params),
      ...pair("score", scores),
      ...files("data, bytes", data),
      ...pair("environment", environment),
      ...files("weights, bytes", weights),
    ],
  ];
}

function asText(value: Value): string {
  return value === null || value === undefined ? "" : String(value);
}
