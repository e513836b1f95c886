/** `mvgit show LABEL...` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import type { ShowReport } from "../../../registry/show.ts";
import { defineCommand } from "../../command.ts";
import { curvesFor, type Plot } from "../../curves.ts";
import { value } from "../../options.ts";
import { plotsText, plotText } from "../../render/plot.ts";
import { versionCsv, versionMarkdown } from "../../render/versions/version-rows.ts";
import { versionText } from "../../render/versions/version.ts";

export const command = defineCommand({
  arguments: "LABEL [LABEL...]",
  details: `
    All that a version is made of. LABEL is MODEL@v5, MODEL@latest or MODEL#STAGE, or the beginning of its
    commit or of the hash of its package. With --plot, curves of several versions stand in one picture, in ASCII
    where colours are off.
  `,
  options: { plot: value("SCORE", "draw the curve of this score instead") },
  async run({ operands: [label = "", ...others], plot }, session): Promise<ShowReport & { plots?: Plot[] }> {
    const registry = await session.registry();
    const first = await registry.show(label, plot);
    if (others.length === 0) return first;
    const labels = others.map((each) => `'${display(each)}'`).join(", ");
    if (plot === undefined)
      throw new MvgitError("usage", `only one version is shown at a time, besides there is ${labels}`, {
        hint: "'mvgit compare' tells what differs; '--plot SCORE' draws the curves of several",
      });
    return { ...first, plots: await curvesFor(registry, [label, ...others], plot) };
  },
  formats: {
    md: versionMarkdown,
    csv: versionCsv,
    async html({ package: { model, version } }, session) {
      return (await import("../../../ui/single.ts")).versionPage(session, `${model}@v${version}`);
    },
  },
  text(report, style) {
    if (report.plots) return plotsText({ metric: report.plots[0]?.metric ?? "", curves: report.plots }, style);
    return report.plot === null ? versionText(report, style) : plotText(report.plot, style);
  },
});
