/** Curves of several versions, as `show` and `compare` draw them. */
import { MvgitError } from "../base/errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ShowReport } from "../registry/show.ts";
import { plural } from "./render/numbers.ts";
import { MOST_CURVES } from "./render/plot.ts";

/** A curve, and whose it is. */
export type Plot = { label: string } & NonNullable<ShowReport["plot"]>;

/** Throws `usage` for more than a picture holds, and for a version without a curve of that score. */
export async function curvesFor(registry: Registry, labels: readonly string[], metric: string): Promise<Plot[]> {
  if (labels.length > MOST_CURVES)
    throw new MvgitError("usage", `one picture has at most ${plural(MOST_CURVES, "curve")}`, {
      hint: "more of them cannot be told apart; name fewer versions",
    });
  const plots: Plot[] = [];
  for (const each of labels) {
    const report = await registry.show(each, metric);
    if (report.plot !== null) plots.push({ label: nameOf(report), ...report.plot });
  }
  return plots;
}

/** As asked, with the version where the label is a stage or the latest. */
function nameOf({ label, package: pack }: ShowReport): string {
  const name = `${pack.model}@v${pack.version}`;
  return label === name ? name : `${label} (v${pack.version})`;
}
