/**
 * What stands beside a version's package in its commit: the curves of its scores, and the runs that it was chosen from.
 */
import type { GitReader, Oid } from "../git/reader.ts";
import { type Course, readCourse } from "../values/course.ts";
import type { ModelName } from "../values/label.ts";
import { curvesPath } from "../values/package.ts";
import { type RecordedRuns, readRuns, RUNS_CAP, runsPath } from "../values/recorded-runs.ts";
import { CURVES_CAP } from "../values/run-log.ts";

/** Null where there is none, or none that can be read. */
export async function readRunsAt(reader: GitReader, commit: Oid, model: ModelName): Promise<RecordedRuns | null> {
  const bytes = await fileOf(reader, { commit, path: runsPath(model) }, RUNS_CAP);
  return bytes && readRuns(bytes);
}

/** The course of one score, and the names of all that have one. */
export async function readCurveAt(
  reader: GitReader,
  { commit, model }: { commit: Oid; model: ModelName },
  metric: string,
): Promise<{ course: Course | null; names: string[] }> {
  const bytes = await fileOf(reader, { commit, path: curvesPath(model) }, CURVES_CAP);
  return readCourse(bytes?.toString("utf8") ?? "", metric);
}

async function fileOf(reader: GitReader, at: { commit: Oid; path: string }, cap: number): Promise<Buffer | null> {
  for await (const bytes of reader.filesAt([at], cap)) return bytes;
  return null;
}
