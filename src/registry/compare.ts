/** Two versions, or several, as a report of what differs. */
import { plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { compareCommands, type WordChange } from "../values/compare-commands.ts";
import { compareEnvironments } from "../values/compare-environments.ts";
import {
  compareFiles,
  compareParams,
  compareScores,
  type Difference,
  type ScoreDifference,
} from "../values/compare-packages.ts";
import type { Scalar } from "../values/document.ts";
import { type CompareAllReport, compareMany, MOST_COMPARED } from "../values/compare-many.ts";
import { originOf, type Side, sideOf } from "../values/compare-side.ts";
import { formatLabel, type Label } from "../values/label.ts";
import { codeChanges } from "./code-changes.ts";
import type { Version } from "./versions.ts";
import { compareData, type DataDifference } from "./data-changes.ts";
import type { Look } from "./look.ts";
import { readLabel } from "./read-label.ts";
import { resolve } from "./resolve.ts";

/** A setting that differs, and where each side has it from; null where that is not known, or the side lacks it. */
export interface SettingDifference extends Difference<Scalar> {
  origins: { a: string | null; b: string | null };
}

export interface CompareReport {
  a: Side;
  b: Side;
  params: SettingDifference[];
  /** Words in which the commands differ; null where one of the versions was saved, not run. */
  words: WordChange[] | null;
  scores: ScoreDifference[];
  data: DataDifference[];
  weights: DataDifference[];
  /** Files that Git keeps, as `git diff --stat` shows them; without pointers and what the runs wrote. */
  code: string[];
  environment: Difference<Scalar>[];
}

/** Bytes of each side up to which values of tensors are compared, unless all are asked for. */
const VALUES_CAP = 4 * 1024 ** 3;

/**
 * How far weights are looked into: their tensors by `headers`; their `values` too, up to 4 GiB; or `all`, however long
 * that takes.
 */
export type TensorDepth = "headers" | "values" | "all";

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. */
export async function compare(
  look: Look,
  labels: readonly [string, string],
  tensors: TensorDepth,
): Promise<CompareReport> {
  const named = (await Promise.all(labels.map((text) => readLabel(look, text)))) as [Label, Label];
  const [a, b] = (await Promise.all(named.map(async (label) => (await resolve(look, label)).version))) as [
    Version,
    Version,
  ];
  const budget = tensors === "headers" ? null : { left: tensors === "all" ? Infinity : VALUES_CAP };
  const each = async (files: "data" | "weights"): Promise<DataDifference[]> => {
    const found: DataDifference[] = [];
    for (const difference of compareFiles(a.pack[files], b.pack[files]))
      found.push(await compareData({ loader: look.means.loader, budget }, difference));
    return found;
  };
  return {
    a: sideOf(formatLabel(named[0]), a.pack),
    b: sideOf(formatLabel(named[1]), b.pack),
    params: compareParams(a.pack, b.pack).map((each) => ({
      ...each,
      origins: { a: originOf(a.pack, each.name), b: originOf(b.pack, each.name) },
    })),
    words: a.pack.run && b.pack.run && compareCommands(a.pack.run.command, b.pack.run.command),
    scores: compareScores(a.pack, b.pack),
    data: await each("data"),
    weights: await each("weights"),
    code: await codeChanges(look.git, a, b),
    environment: compareEnvironments(a.pack, b.pack),
  };
}

/** Throws as `compare`, and `usage` for fewer than 2 or more than `MOST_COMPARED`. */
export async function compareAll(look: Look, labels: readonly string[]): Promise<CompareAllReport> {
  if (labels.length < 2 || labels.length > MOST_COMPARED)
    throw new MvgitError("usage", `${plural(labels.length, "version")} cannot be compared at once`, {
      hint: `name 2 to ${MOST_COMPARED} of them`,
    });
  const named = await Promise.all(labels.map((text) => readLabel(look, text)));
  const found = await Promise.all(named.map((label) => resolve(look, label)));
  return compareMany(found.map(({ version }, at) => ({ label: formatLabel(named[at] as Label), pack: version.pack })));
}

export { patch } from "./patch.ts";
