/** What an import reads of MLflow, wherever it is kept. */
import type { Curve, Dataset } from "../../mlflow/state.ts";

export interface SourceRun {
  id: string;
  name: string;
  /** The experiment's name, and its id. */
  experiment: string;
  experimentId: string;
  user: string;
  /** `FINISHED`, `FAILED` and the like. */
  status: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number | null;
  params: Map<string, string>;
  metrics: Map<string, Curve>;
  tags: Map<string, string>;
  datasets: Pick<Dataset, "name" | "digest" | "type" | "context">[];
  /** Ids of logged models. */
  models: string[];
  /** Where MLflow says that its artifacts are. */
  artifacts: string;
}

export interface SourceVersion {
  name: string;
  version: number;
  /** "" where nobody says. */
  run: string;
  /** Id of a logged model; "" for none. */
  model: string;
  source: string;
  created: number;
  updated: number;
  description: string;
  /** `Production`, `Staging`, `Archived`, `None`. */
  stage: string;
}

export interface SourceModel {
  name: string;
  updated: number;
  /** By number. */
  versions: SourceVersion[];
  aliases: { alias: string; version: number }[];
}

/** One file that belongs to a run or model. */
export interface SourceFile {
  /** Relative to the version's folder: `artifacts/plots/roc.png`, `models/NAME/MLmodel`. Checked. */
  path: string;
  /** Bytes, as far as known before it is read. */
  size: number;
  /** Absolute path of the file, or an address to fetch it from. */
  at: string;
}

export interface SourceFiles {
  files: SourceFile[];
  /** What could not be had, and why: sentences with where it should have been. */
  missing: string[];
}

export interface MlflowSource {
  models(): Promise<SourceModel[]>;
  /**
   * Ids of runs that were not deleted, oldest first; null: of all experiments. Null when there is no such experiment.
   */
  runs(experiment: string | null): Promise<string[] | null>;
  /** Null when it is not there, or was deleted. */
  run(id: string): Promise<SourceRun | null>;
  /** All files of a run and of the logged model of a version. */
  files(run: SourceRun | null, version: SourceVersion | null): Promise<SourceFiles>;
  /** The file's bytes as a local file: its own, or `temporary`, which it then makes. */
  fetch(file: SourceFile, temporary: string): Promise<string>;
}

/** An empty list of values that a curve is made of; thinned as recorded curves are. */
export function curveOf(points: Curve["points"]): Curve | null {
  const sorted = points.toSorted((a, b) => a.step - b.step || a.time - b.time);
  const last = sorted.at(-1);
  if (last === undefined) return null;
  const stride = Math.ceil(sorted.length / LONGEST);
  return {
    last,
    points: stride === 1 ? sorted : sorted.filter((_, at) => at % stride === 0),
    stride,
    seen: sorted.length,
  };
}

const LONGEST = 20_000;
