/** `mvgit import git` */
import { display } from "../../../base/paths.ts";
import { type HistoryCost, importGit as fromGit } from "../../../bridges/git.ts";
import { defineCommand } from "../../command.ts";
import { dryRun } from "../../options.ts";
import { importText } from "../../render/bridges/import.ts";
import { formatSize, plural } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";
import { above, commit } from "../../shared-options.ts";
import { bytesOf } from "../../typed.ts";

export const command = defineCommand({
  output: "deed",
  details: `
    Takes large files out of Git's index and tracks them from here on, as 'mvgit add' does. History is not
    rewritten; the second table says what that would save.
  `,
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
