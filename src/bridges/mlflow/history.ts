/** The course of a metric, from the curves of a version or of a run that was recorded with it. */
import { allOf } from "../../base/piecewise.ts";
import type { ArtifactTree } from "../../mlflow/artifact-tree.ts";
import type { Root } from "../../mlflow/published.ts";
import { type Point, pointsOf, type TrackedRun } from "../../mlflow/state.ts";
import type { StoredFile } from "../../registry/whole.ts";
import { type Curve, readCurves } from "../../values/curves.ts";
import { CURVES_CAP } from "../../values/run-log.ts";
import type { Moment } from "./publisher.ts";

/** `tree`: the artifacts of a root. What was recorded once alone is one point. Throws what the stores throw. */
export async function historyOf(
  moment: Moment,
  { run, metric }: { run: TrackedRun; metric: string },
  tree: (root: Root) => Promise<ArtifactTree<StoredFile>>,
): Promise<Point[]> {
  const root = moment.roots.get(run.id) as Root;
  const curves = await curvesOf(moment, root, tree);
  const curve = curves.find(({ name }) => name === metric);
  const alone = run.metrics.get(metric);
  if (curve !== undefined) return pointsOn(curve, run.start);
  return alone === undefined ? [] : pointsOf(alone);
}

async function curvesOf(
  { registry }: Moment,
  { of, run }: Root,
  tree: (root: Root) => Promise<ArtifactTree<StoredFile>>,
): Promise<Curve[]> {
  const { model, version } = of.pack;
  if (run === null || run.chosen) return (await registry.curves(`${model}@v${version}`)).curves;
  // A recorded run names its curves in the folder of all that was recorded, as if that were a model's.
  const slash = run.curves?.lastIndexOf("/") ?? -1;
  if (run.curves === null || slash < 0) return [];
  const folder = await tree({ of, run, model: run.curves.slice(0, slash) });
  const file = folder.files.get(run.curves.slice(slash + 1));
  if (file === undefined || file.size > CURVES_CAP) return [];
  return readCurves((await allOf(registry.bytes(file))).toString("utf8")).curves;
}

/** Steps count as the curve says, else its points are counted. `start`: milliseconds since 1970. */
function pointsOn({ by, x, y, time }: Curve, start: number): Point[] {
  const isCounted = by !== "time" && x.every((each) => Number.isSafeInteger(each));
  return x.map((at, index) => ({
    step: isCounted ? at : index,
    time: Math.round(start + 1000 * ((by === "time" ? at : time?.[index]) ?? 0)),
    value: y[index] ?? "nan",
  }));
}
