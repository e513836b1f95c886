/**
 * `.mvgit/models/MODEL.runs.jsonl`: what an experiment tracker recorded while a version was made, such as the many runs
 * of a search. JSON, one object a line: first the format, then each run.
 */
import type { Scalar } from "./document.ts";
import type { ModelName } from "./label.ts";
import type { MetricValue } from "./package.ts";
import type { RepoPath } from "../base/paths.ts";

/** Bytes of the file; runs that do not fit are counted. */
export const RUNS_CAP = 4 * 1024 * 1024;
const FORMAT = 1;

export interface RecordedRun {
  /** As the tracker names it. */
  id: string;
  name: string;
  /** Id of the run that it belongs to. */
  parent: string | null;
  /** Whether its params and metrics are the version's. */
  chosen: boolean;
  /** `finished`, `failed`, `killed`, `running` for one that never said how it ended. */
  status: string;
  /** ISO 8601. */
  started: string;
  seconds: number | null;
  params: { [name: string]: Scalar };
  metrics: { [name: string]: MetricValue };
  tags: { [name: string]: string };
  datasets: { name: string; digest: string; type: string; context: string }[];
  /**
   * Logged models: as the tracker names it, absent before it was noted; the registry's name where it was registered;
   * where in the version's folder its files are.
   */
  models: { id?: string; name: string; registered: string | null; folder: string | null }[];
  /** Where in the version's folder its artifacts are; null for none. */
  artifacts: { folder: string; files: number; bytes: number } | null;
  /** Where in the version's folder its curves are; null for none, and for the chosen one. */
  curves: string | null;
}

export interface RecordedRuns {
  /** The tracked folder with all files; null for none. */
  folder: RepoPath | null;
  /** `METRIC:max` or `METRIC:min`, by which one was chosen; null when nobody said. */
  best: string | null;
  /** Runs that are not listed, since they did not fit. */
  more: number;
  runs: RecordedRun[];
}

/** Where they stand, beside the package. */
export function runsPath(model: ModelName): RepoPath {
  return `.mvgit/models/${model}.runs.jsonl` as RepoPath;
}

/** The folder of a model's recorded artifacts, tracked as one. */
export function artifactsPath(model: string): RepoPath {
  return `mlflow/${model}` as RepoPath;
}

export function formatRuns({ folder, best, runs, more }: RecordedRuns): string {
  let room = RUNS_CAP - 4096;
  const chosenFirst = runs.toSorted((a, b) => Number(b.chosen) - Number(a.chosen));
  const fits = new Set(
    chosenFirst.filter((run) => (room -= Buffer.byteLength(JSON.stringify(run)) + 1) >= 0).map(({ id }) => id),
  );
  const kept = runs.filter(({ id }) => fits.has(id));
  return [{ mvgit: FORMAT, folder, best, more: more + runs.length - kept.length }, ...kept]
    .map((each) => `${JSON.stringify(each)}\n`)
    .join("");
}

/** What the bytes say; null for what is damaged or newer. Lines have the fields of this format, or are passed over. */
export function readRuns(bytes: Uint8Array): RecordedRuns | null {
  try {
    const [head, ...runs] = Buffer.from(bytes)
      .toString("utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    if (!isObject(head) || head["mvgit"] !== FORMAT) return null;
    const { folder, best, more } = head;
    return {
      folder: typeof folder === "string" ? (folder as RepoPath) : null,
      best: typeof best === "string" && /^.+:(max|min)$/.test(best) ? best : null,
      more: Number(more) || 0,
      runs: runs.filter(isRun),
    };
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isRun(value: unknown): value is RecordedRun {
  if (!isObject(value)) return false;
  const texts = ["id", "name", "status", "started"].every((key) => typeof value[key] === "string");
  const lists = ["datasets", "models"].every(
    (key) => Array.isArray(value[key]) && (value[key] as unknown[]).every(isObject),
  );
  return (
    texts &&
    lists &&
    ["params", "metrics", "tags"].every((key) => isObject(value[key])) &&
    (value["artifacts"] === null || isAmount(value["artifacts"]))
  );
}

function isAmount(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value["folder"] === "string" &&
    typeof value["files"] === "number" &&
    typeof value["bytes"] === "number"
  );
}
