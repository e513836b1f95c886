/** `mvgit import dvc`, `import lfs`, `import git`, `import mlflow` */
import { display } from "../../base/paths.ts";
import { importDvc as fromDvc } from "../../bridges/dvc/import.ts";
import { type HistoryCost, importGit as fromGit } from "../../bridges/git.ts";
import { importLfs as fromLfs } from "../../bridges/lfs/import.ts";
import { importMlflow as fromMlflow, mlflowFailures } from "../../bridges/mlflow/import.ts";
import { importFailures } from "../../bridges/report.ts";
import { defineCommand } from "../command.ts";
import { MvgitError } from "../../base/errors.ts";
import { parseAmount } from "../../values/amount.ts";
import { dryRun, flag, list, value } from "../options.ts";
import { importTable, importText, sums } from "../render/import.ts";
import { formatSize, plural } from "../render/numbers.ts";
import { table } from "../render/table.ts";

const commit = flag("make the commit that switches, if all could be taken");

export const importDvc = defineCommand({
  output: "deed",
  details:
    "Every output of HEAD's .dvc and dvc.lock files gets a pointer beside its data,\nstaged in Git. Bytes " +
    ("come " + "from DVC's cache, the work tree, or DVC's remote where\n") +
    ("that is a folder or gs://, checked against their MD5. Nothing of DVC's is changed\nor removed, and " +
      "running it again goes on where it was stopped."),
  options: {
    all: flag("what other branches and tags have too, on own refs"),
    commit,
    from: value("URL", "a folder or gs:// that DVC filled, not its remote"),
    dryRun,
  },
  run: async ({ all, commit: make, from, dryRun: only }, session) =>
    fromDvc(await session.repo(), { all, commit: make, dryRun: only, ...(from === undefined ? {} : { from }) }),
  text(report, style) {
    const others = report.refs.map(
      ({ ref, kept, imported }) =>
        `${display(ref)}: ${plural(imported.length, "output")}${kept === null ? "" : `, kept on ${display(kept)}`}\n${importTable(imported, style)}`,
    );
    return [...others, importText(report, style)].join("\n");
  },
  failures: ({ imported, refs }) => [
    ...importFailures({ imported }, HINT),
    ...refs.flatMap((each) => importFailures(each, HINT)),
  ],
});

const HINT =
  "run 'dvc fetch' (with '--all-branches --all-tags' for '--all') to bring it into DVC's cache, then the import again";

const above = value("SIZE", "only files of more: 5MB, 512KiB, 1.5g");

export const importLfs = defineCommand({
  output: "deed",
  details:
    "Every file that Git LFS keeps gets a pointer of mvgit instead, staged in Git, and\nLFS's lines in " +
    ".gitattributes go where no other file needs them. Bytes come from\n" +
    "LFS's own objects or the work tree, checked against their SHA-256, or are fetched\nby the program git-lfs.",
  options: { include: list("GLOB", "only these, patterns as in .gitignore"), above, commit, dryRun },
  run: async ({ include, above: most, commit: make, dryRun: only }, session) =>
    fromLfs(await session.repo(), {
      include,
      above: most === undefined ? -1 : bytesOf(most),
      commit: make,
      dryRun: only,
    }),
  text: importText,
  failures: (report) => importFailures(report, "run 'git lfs fetch', then the import again"),
});

export const importGit = defineCommand({
  output: "deed",
  details:
    "Takes large files out of Git's index and tracks them from here on, as 'mvgit add'\ndoes. History is not " +
    "rewritten; the second table says what that would save.",
  options: { above, commit, dryRun },
  async run({ above: most, commit: make, dryRun: only }, session) {
    const repo = await session.repo();
    return fromGit(repo, {
      above: most === undefined ? repo.settings.maxFileSize : bytesOf(most),
      commit: make,
      dryRun: only,
    });
  },
  text: (report, style) => [importText(report, style), ...historyLines(report.history)].join("\n"),
});

export const importMlflow = defineCommand({
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

const SHOWN = 10;

function historyLines(history: readonly HistoryCost[]): string[] {
  if (history.length === 0) return [];
  const total = history.reduce((sum, each) => sum + each.disk, 0);
  const rows = history
    .slice(0, SHOWN)
    .map((each) => [
      `  ${display(each.path)}`,
      plural(each.versions, "version"),
      formatSize(each.bytes),
      `${formatSize(each.disk)} in Git`,
    ]);
  const more = history.length > SHOWN ? [`  and ${plural(history.length - SHOWN, "more path")}`] : [];
  return [
    `history keeps ${formatSize(total)} of large files, which only rewriting it (git filter-repo) would save:`,
    table(rows, [{ cut: true }, { align: "right" }, { align: "right" }, { align: "right" }]),
    ...more,
  ];
}

function bytesOf(typed: string): number {
  const bytes = parseAmount(typed);
  if (bytes !== null) return bytes;
  throw new MvgitError("usage", `'${display(typed)}' is not a number of bytes`, {
    hint: "write it like '5MB', '512KiB' or '1.5g'",
  });
}
