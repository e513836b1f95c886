/** `mvgit import mlflow URI|DIR` */
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { importMlflow as fromMlflow, mlflowFailures } from "../../../bridges/mlflow/import.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, list } from "../../options.ts";
import { importTable, sums } from "../../render/bridges/import.ts";
import { plural } from "../../render/numbers.ts";

export const command = defineCommand({
  arguments: "URI|DIR",
  output: "deed",
  details: `
    Registered models of MLflow become versions, each a commit that its tag holds; aliases and stages become
    stages. URI is a tracking server's address, DIR a folder 'mlruns' or a file 'mlflow.db'.

    Neither branch nor work tree change, and running it again goes on where it was stopped.
  `,
  options: {
    runs: flag("finished runs of all experiments instead, as models by the experiments' names"),
    experiment: list("NAME", "finished runs of this experiment instead"),
    partial: flag("also versions of which artifacts cannot be had"),
    dryRun,
  },
  run: async ({ operands: [from = ""], runs, experiment, partial, dryRun: only }, session) =>
    fromMlflow(await session.repo(), { from, runs, experiments: experiment, partial, dryRun: only }),
  text(report, style) {
    const { imported, dryRun: only } = report;
    const made = imported.filter(({ what }) => what === "taken").length;
    const lines =
      imported.length === 0
        ? ["nothing to import: MLflow has no registered models ('--runs' imports runs)"]
        : [importTable(imported, style), sums(report)];
    for (const { stage, version, what } of report.stages)
      lines.push(`${stage} ${only ? "would hold" : "holds"} v${version}, ${display(what)} in MLflow`);
    if (!only && made > 0)
      lines.push(prose`made ${plural(made, "version")}; 'mvgit log' lists them, 'mvgit push --all' uploads the bytes,
        'git push --tags' the versions`);
    return [...lines, ...report.notes.map((note) => `note: ${display(note)}`)].join("\n");
  },
  failures: mlflowFailures,
});
