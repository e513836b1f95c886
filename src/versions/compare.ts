/** `mvgit compare`: two versions, as a report of what differs. */
import { display } from "../base/paths.ts";
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
import { POINTER_SUFFIX } from "../values/pointer.ts";
import { STAGES_FILE } from "../values/stages-file.ts";
import type { Repo } from "../repo/repo.ts";
import { resolveHere } from "./stage/seen.ts";
import type { Version } from "../registry/versions.ts";
import { compareData, type DataDifference } from "./data-changes.ts";
import { readLabel } from "./read/read-label.ts";

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
export async function compare(repo: Repo, labels: readonly [string, string]): Promise<CompareReport> {
  const refs = await repo.git.refs();
  const named = (await Promise.all(labels.map((text) => readLabel(repo, refs, text)))) as [Label, Label];
  const [a, b] = (await Promise.all(named.map(async (label) => (await resolveHere(repo, refs, label)).version))) as [
    Version,
    Version,
  ];
  const each = async (files: "data" | "weights"): Promise<DataDifference[]> => {
    const found: DataDifference[] = [];
    for (const difference of compareFiles(a.pack[files], b.pack[files]))
      found.push(await compareData(repo, difference));
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
    code: await codeChanges(repo, a, b),
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

/** What the runs wrote is no code, and pointers are told as data. */
async function codeChanges(repo: Repo, a: Version, b: Version): Promise<string[]> {
  const written = [a, b].flatMap(({ pack }) => [...pack.code.outputs.map(({ path }) => path), ...pack.sources.metrics]);
  const left = [".mvgit", STAGES_FILE, ...new Set(written)].map((path) => `:(top,exclude,literal)${path}`);
  const specs = [":(top)", `:(top,exclude,glob)**/*${POINTER_SUFFIX}`, ":(top,exclude,glob)**/.gitignore", ...left];
  const { stdout } = await repo.git.run(["diff-tree", "-r", "-M", "--stat=76", a.commit, b.commit, "--", ...specs]);
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => display(line.slice(1)));
}
