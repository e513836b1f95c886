/** `mvgit runs show`: one run with all that is known of it. */
import * as fs from "node:fs";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { type Course, readCourse } from "../values/course.ts";
import type { Mapping, Scalar } from "../values/document.ts";
import type { PackageFile } from "../values/package.ts";
import type { Repo } from "../repo/repo.ts";
import { findRun } from "../repo/runs.ts";
import type { RunRecord } from "../values/run-record.ts";
import type { Draft } from "./run/draft.ts";
import { readBegun } from "./run/kept/begun.ts";
import { type Kept, readKept } from "./run/kept/kept.ts";
import { leftBy } from "./reproduce/scratch.ts";
import { outputFile } from "./run-output.ts";
import { lineOf, type RunLine } from "./runs-list.ts";
import { logOf } from "./run/kept/log-of.ts";

export interface RunReport extends RunLine {
  params: { [name: string]: Scalar };
  data: PackageFile[];
  /** What it wrote of its weights, and is in the store. */
  weights: PackageFile[];
  environment: Mapping;
  notes: string[];
  /** Scores that have a curve. */
  curves: string[];
  /** What the command printed, where that was kept; else null. */
  output: string | null;
  /** A version can be made of it. */
  savable: boolean;
  /** The course of one score; null unless it was asked for. */
  plot: (Course & { metric: string }) | null;
}

/** Throws `label-unknown`, and `usage` for a score without a curve. */
export async function showRun(repo: Repo, id: string, plot?: string): Promise<RunReport> {
  const record = findRun(repo, id);
  const kept = readKept(repo, record.id);
  const { draft, logged, curves, canBeSaved } = kept === null ? await unkept(repo, record) : keptParts(kept);
  const { course, names } = readCourse(curves, plot ?? "");
  if (plot !== undefined && course === null) throw noCurve(record.id, plot, names);
  const output = outputFile(repo, record.id);
  const { params = {}, data = [], weights = [], environment = {}, notes = [] } = draft;
  const line = await lineOf(repo, record);
  return {
    ...line,
    params: { ...params, ...logged },
    data,
    weights,
    environment,
    notes,
    curves: names,
    output: fs.existsSync(output) ? output : null,
    savable: canBeSaved(line.state),
    plot: course && { metric: plot as string, ...course },
  };
}

interface Parts {
  draft: Partial<Pick<Draft, "params" | "data" | "weights" | "environment" | "notes">>;
  /** Settings that the program logged. */
  logged: Draft["params"];
  curves: string;
  canBeSaved: (state: RunLine["state"]) => boolean;
}

function keptParts({ draft }: Kept): Parts {
  return { draft, logged: {}, curves: draft.curves ?? "", canBeSaved: () => true };
}

/** Of a run that did not come to its end: what it began with, and its log as far as it goes. */
async function unkept(repo: Repo, record: RunRecord): Promise<Parts> {
  const log = await logOf(record.log);
  const begun = readBegun(repo, record.id);
  return {
    draft: begun?.draft ?? {},
    logged: log?.params ?? {},
    curves: log?.curves() ?? "",
    canBeSaved: (state) =>
      state !== "running" &&
      begun !== null &&
      (!record.isolated || (state === "killed" && leftBy(repo, record.id) !== null)),
  };
}

function noCurve(id: string, metric: string, names: readonly string[]): MvgitError {
  const hint =
    names.length === 0
      ? "it has none at all; a run records curves from MVGIT_LOG and from MLflow"
      : `it has: ${names.slice(0, 20).map(display).join(", ")}`;
  return new MvgitError("usage", `run ${id} has no curve of '${display(metric)}'`, { subject: display(metric), hint });
}
