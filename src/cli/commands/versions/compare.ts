/** `mvgit compare LABEL LABEL...` */
import { MvgitError } from "../../../base/errors.ts";
import { defineCommand } from "../../command.ts";
import { curvesFor } from "../../curves.ts";
import { flag, value } from "../../options.ts";
import { plotsText } from "../../render/plot.ts";
import { compareCsv } from "../../render/versions/compare-csv.ts";
import { compareMarkdown, compareText } from "../../render/versions/compare.ts";
import { manyMarkdown, manyText } from "../../render/versions/compare-many.ts";
import { markdown } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL LABEL...",
  details: `
    Of two: what differs from the first to the second: settings with where each came from, scores, data by file (rows
    and columns of CSV, JSON Lines and Parquet), the command word by word, code, environment, and weights by tensor
    (safetensors, GGUF, PyTorch, ONNX, .npy, .npz) where the bytes of both are in the cache.

    Of up to 20: settings, scores, files, commands and environments that are not the same in all, side by side.
  `,
  options: {
    all: flag("list every difference, and compare all values of tensors"),
    wide: flag("whole values, in lines as long as they are"),
    patch: flag("the code line by line (of two)"),
    plot: value("SCORE", "draw the curves of this score instead"),
    markdown,
  },
  async run({ operands, all, wide, patch: withPatch, plot, markdown: asMarkdown }, session) {
    const registry = await session.registry();
    const plots = plot === undefined ? {} : { plots: await curvesFor(registry, operands, plot) };
    const how = { all, markdown: asMarkdown, ...(wide ? { wide } : {}), ...plots };
    const [a = "", b = ""] = operands;
    if (operands.length > 2) {
      if (withPatch)
        throw new MvgitError("usage", "'--patch' is for two versions", { hint: "name two, or leave '--patch' out" });
      return { ...(await registry.compareAll(operands)), ...how };
    }
    const report = await registry.compare([a, b], { tensors: all ? "all" : "values" });
    const { files, notes } = withPatch ? await registry.patch([a, b]) : { files: null, notes: [] };
    return { ...report, ...(files === null ? {} : { patch: { files, notes } }), ...how };
  },
  formats: {
    md: (report) => markdownOf(report),
    csv: compareCsv,
    async html(report, session) {
      const { comparisonPage } = await import("../../../ui/single.ts");
      const sides = "versions" in report ? report.versions : [report.a, report.b];
      return comparisonPage(
        session,
        sides.map(({ model, version }) => `${model}@v${version}`),
      );
    },
  },
  text(report, style) {
    if (report.plots) return plotsText({ metric: report.plots[0]?.metric ?? "", curves: report.plots }, style);
    if (report.markdown) return markdownOf(report);
    return "versions" in report
      ? manyText({ ...report, wide: report.wide ?? false }, style)
      : compareText(report, style);
  },
});

type Many = Parameters<typeof manyMarkdown>[0];
type Shown = Parameters<typeof compareMarkdown>[0] | (Omit<Many, "wide"> & { wide?: boolean });

function markdownOf(report: Shown): string {
  return "versions" in report ? manyMarkdown({ ...report, wide: report.wide ?? false }) : compareMarkdown(report);
}
