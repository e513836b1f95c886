/** `mvgit runs show`: one run with all that is known of it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { type Course, readCourse } from "../values/course.ts";
import type { Mapping, Scalar } from "../values/document.ts";
import type { PackageFile } from "../values/package.ts";
import type { Repo } from "../repo/repo.ts";
import { findRun, runFolder } from "../repo/runs.ts";
import { readBegun } from "./run/kept/begun.ts";
import { readKept } from "./run/kept/kept.ts";
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
  const log = kept === null ? await logOf(record.log) : null;
  const curves = kept?.draft.curves ?? log?.curves() ?? "";
  const { course, names } = readCourse(curves, plot ?? "");
  if (plot !== undefined && course === null) throw noCurve(record.id, plot, names);
  const output = join(runFolder(repo, record.id), "output.txt");
  const begun = kept === null ? readBegun(repo, record.id) : null;
  const { params = {}, data = [], weights = [], environment = {}, notes = [] } = kept?.draft ?? begun?.draft ?? {};
  const line = await lineOf(repo, record);
  return {
    ...line,
    params: { ...params, ...log?.params },
    data,
    weights,
    environment,
    notes,
    curves: names,
    output: fs.existsSync(output) ? output : null,
    savable: kept !== null || (line.state === "killed" && begun !== null && !record.isolated),
    plot: course && { metric: plot as string, ...course },
  };
}

function noCurve(id: string, metric: string, names: readonly string[]): MvgitError {
  const hint =
    names.length === 0
      ? "it has none at all; a run records curves from MVGIT_LOG and from MLflow"
      : `it has: ${names.slice(0, 20).map(display).join(", ")}`;
  return new MvgitError("usage", `run ${id} has no curve of '${display(metric)}'`, { subject: display(metric), hint });
}
