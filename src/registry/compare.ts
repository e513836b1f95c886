/** Two versions, as a report of what differs. */
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
import { formatLabel, type Label, type ModelName } from "../values/label.ts";
import { codeChanges } from "./code-changes.ts";
import type { Version } from "./versions.ts";
import { compareData, type DataDifference } from "./data-changes.ts";
import type { Look } from "./look.ts";
import { readLabel } from "./read-label.ts";
import { resolve } from "./resolve.ts";

/** One side of the comparison. */
interface Side {
  label: string;
  model: ModelName;
  version: number;
  time: string;
  author: string;
  message: string;
  command: string[] | null;
  /** Whether the options of its command are among its settings: not of versions that an mvgit of before made. */
  optionsKnown: boolean;
}

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

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. */
export async function compare(look: Look, labels: readonly [string, string]): Promise<CompareReport> {
  const named = (await Promise.all(labels.map((text) => readLabel(look, text)))) as [Label, Label];
  const [a, b] = (await Promise.all(named.map(async (label) => (await resolve(look, label)).version))) as [
    Version,
    Version,
  ];
  const each = async (files: "data" | "weights"): Promise<DataDifference[]> => {
    const found: DataDifference[] = [];
    for (const difference of compareFiles(a.pack[files], b.pack[files]))
      found.push(await compareData(look.means.loader, difference));
    return found;
  };
  return {
    a: sideOf(named[0], a),
    b: sideOf(named[1], b),
    params: compareParams(a.pack, b.pack).map((each) => ({
      ...each,
      origins: { a: originOf(a, each.name), b: originOf(b, each.name) },
    })),
    words: a.pack.run && b.pack.run && compareCommands(a.pack.run.command, b.pack.run.command),
    scores: compareScores(a.pack, b.pack),
    data: await each("data"),
    weights: await each("weights"),
    code: await codeChanges(look.git, a, b),
    environment: compareEnvironments(a.pack, b.pack),
  };
}

function sideOf(label: Label, { pack }: Version): Side {
  const { model, version, time, author, message, run, origins } = pack;
  return {
    label: formatLabel(label),
    model,
    version,
    time,
    author,
    message,
    command: run?.command ?? null,
    optionsKnown: run === null || origins !== undefined,
  };
}

function originOf({ pack: { origins } }: Version, name: string): string | null {
  return origins !== undefined && Object.hasOwn(origins, name) ? (origins[name] ?? null) : null;
}
