/** The documents that the page reads, by their paths: those of `--json`. src/ui/documents.ts answers them. */
import type { ArtifactsReport } from "../registry/artifacts.ts";
import type { CompareReport } from "../registry/compare.ts";
import type { CurvesReport } from "../registry/curves.ts";
import type { ExplainReport } from "../registry/explain/explain.ts";
import type { HistoryReport } from "../registry/history.ts";
import type { LineageReport } from "../registry/lineage/report.ts";
import type { LogReport } from "../registry/log.ts";
import type { ModelsReport } from "../registry/models.ts";
import type { PatchReport } from "../registry/patch.ts";
import type { ShowReport } from "../registry/show.ts";
import type { StagesReport } from "../registry/stages.ts";
import type { ExplainIndex } from "../values/explain-index.ts";
import type { RunReport } from "../versions/runs-show.ts";
import type { RunOutputReport } from "../versions/run-output.ts";
import type { RunsReport } from "../versions/runs-list.ts";
import type { CurvesPiece } from "./runs/run-curves.ts";

/** A document's own `command` is the name of mvgit's. */
export type RunDocument = Omit<RunReport, "command"> & { words: string[] };

declare const documentType: unique symbol;
/** The path of a document, relative to the page, that reads as a `T`. */
export type DocumentPath<T> = string & { readonly [documentType]?: T };

const named = (folder: string, name: string): string =>
  `data/${folder}/${encodeURIComponent(name).replaceAll("%40", "@")}.json`;

export const documents = {
  models: (): DocumentPath<ModelsReport> => "data/models.json",
  log: (model: string): DocumentPath<LogReport> => named("log", model),
  show: (label: string): DocumentPath<ShowReport> => named("show", label),
  curves: (label: string): DocumentPath<CurvesReport> => named("curves", label),
  lineage: (label: string): DocumentPath<LineageReport> => named("lineage", label),
  artifacts: (label: string): DocumentPath<ArtifactsReport> => named("artifacts", label),
  compare: (a: string, b: string): DocumentPath<CompareReport> => named("compare", `${a}..${b}`),
  patch: (a: string, b: string): DocumentPath<PatchReport> => named("patch", `${a}..${b}`),
  history: (model: string): DocumentPath<HistoryReport> => named("history", model),
  /** Of a live page; in a static one the index tells. */
  explain: (text: string): DocumentPath<ExplainReport> => `data/explain.json?text=${encodeURIComponent(text)}`,
  index: (): DocumentPath<ExplainIndex> => "data/index.json",
  stages: (): DocumentPath<StagesReport> => "data/stages.json",
  /** Of a live page. */
  clone: (): DocumentPath<{ repository: string | null }> => "data/clone.json",
  runs: (): DocumentPath<RunsReport> => "data/runs.json",
  run: (id: string): DocumentPath<RunDocument> => named("runs", id),
  runOutput: (id: string): DocumentPath<RunOutputReport> => `data/runs/${encodeURIComponent(id)}/output.json`,
  /** What came since an answer with this cursor; all for "". */
  runCurves: (id: string, cursor: string): DocumentPath<CurvesPiece> =>
    `data/runs/${encodeURIComponent(id)}/curves.json${cursor === "" ? "" : `?after=${encodeURIComponent(cursor)}`}`,
};
