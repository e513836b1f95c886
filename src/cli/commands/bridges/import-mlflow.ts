/** `mvgit import mlflow URI|DIR` */
import { display } from "../../../base/paths.ts";
import { importMlflow as fromMlflow, mlflowFailures } from "../../../bridges/mlflow/import.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, list } from "../../options.ts";
import { importTable, sums } from "../../render/bridges/import.ts";
import { plural } from "../../render/numbers.ts";

export const command = defineCommand({
  arguments: "URI|DIR",
  output: "deed",
  details:
    "Registered models of MLflow become versions, each a commit that its tag holds; aliases and stages\n" +
    ("become " + "stages. URI is a tracking server's address, DIR a folder 'mlruns' or a file 'mlflow.db'.\n") +
    "Neither branch nor work tree change, and running it again goes on where it was stopped.",
  options: {
    runs: flag("finished runs of all experiments instead, as models by the experiments' names"),
    experiment: list("NAME", "finished runs of this experiment instead"),
    partial: flag("also versions of which artifacts cannot be had"),
    dryRun,
  },
  run: async ({ operands: [from = ""], runs, experiment, partial, dryRun: only }, session) =>
    fromMlflow(await session.repo(), { from, runs, experiments: experiment, partial, dryRun: only }),
  text(report, style) {
    const made = report.imported.filter(({ what }) => what === "taken").length;
    const stages = report.stages.map(
      ({ stage, version, what }) =>
        `${stage} ${report.dryRun ? "would hold" : "holds"} v${version}, ${display(what)} in MLflow`,
    );
    const next =
      report.dryRun || made === 0
        ? []
        : [
            `made ${plural(made, "version")}; 'mvgit log' lists them, 'mvgit push --all' uploads the bytes, ` +
              "'git push --tags' the versions",
          ];
    const table = report.imported.length === 0 ? [] : [importTable(report.imported, style)];
    const none =
      report.imported.length === 0
        ? ["nothing to import: MLflow has no registered models ('--runs' imports runs)"]
        : [sums(report)];
    return [...table, ...none, ...stages, ...next, ...report.notes.map((note) => `note: ${display(note)}`)].join("\n");
  },
  failures: mlflowFailures,
});
