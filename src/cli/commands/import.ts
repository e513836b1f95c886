/** `mvgit import dvc`, `import lfs`, `import git` */
import { display } from "../../base/paths.ts";
import { importDvc as fromDvc } from "../../ops/import/dvc.ts";
import { type HistoryCost, importGit as fromGit } from "../../ops/import/git.ts";
import { importLfs as fromLfs } from "../../ops/import/lfs.ts";
import { importFailures } from "../../ops/import/report.ts";
import { defineCommand } from "../command.ts";
import { MvgitError } from "../../base/errors.ts";
import { parseAmount } from "../../model/amount.ts";
import { dryRun, flag, list, value } from "../options.ts";
import { importTable, importText } from "../render/import.ts";
import { formatSize, plural } from "../render/numbers.ts";
import { table } from "../render/table.ts";

const commit = flag("make the commit that switches, if all could be taken");

export const importDvc = defineCommand({
  output: "deed",
  details:
    "Every output of HEAD's .dvc and dvc.lock files gets a pointer beside its data,\nstaged in Git. Bytes come from DVC's cache, the work tree, or DVC's remote where\n" +
    "that is a folder or gs://, checked against their MD5. Nothing of DVC's is changed\nor removed, and running it again goes on where it was stopped.",
  options: {
    all: flag("what other branches and tags have too, on own refs"),
    commit,
    from: value("URL", "a folder or gs:// that DVC filled, not its remote"),
    dryRun,
  },
  run: async ({ all, commit: make, from, dryRun: only }, session) => fromDvc(await session.repo(), { all, commit: make, dryRun: only, ...(from === undefined ? {} : { from }) }),
  text(report, style) {
    const others = report.refs.map(({ ref, kept, imported }) => `${display(ref)}: ${plural(imported.length, "output")}${kept === null ? "" : `, kept on ${display(kept)}`}\n${importTable(imported, style)}`);
    return [...others, importText(report, style)].join("\n");
  },
  failures: ({ imported, refs }) => [...importFailures({ imported }, HINT), ...refs.flatMap((each) => importFailures(each, HINT))],
});

const HINT = "run 'dvc fetch' (with '--all-branches --all-tags' for '--all') to bring it into DVC's cache, then the import again";

const above = value("SIZE", "only files of more: 5MB, 512KiB, 1.5g");

export const importLfs = defineCommand({
  output: "deed",
  details:
    "Every file that Git LFS keeps gets a pointer of mvgit instead, staged in Git, and\nLFS's lines in .gitattributes go where no other file needs them. Bytes come from\n" +
    "LFS's own objects or the work tree, checked against their SHA-256, or are fetched\nby the program git-lfs.",
  options: { include: list("GLOB", "only these, patterns as in .gitignore"), above, commit, dryRun },
  run: async ({ include, above: most, commit: make, dryRun: only }, session) => fromLfs(await session.repo(), { include, above: most === undefined ? -1 : bytesOf(most), commit: make, dryRun: only }),
  text: importText,
  failures: (report) => importFailures(report, "run 'git lfs fetch', then the import again"),
});

export const importGit = defineCommand({
  output: "deed",
  details:
    "Takes large files out of Git's index and tracks them from here on, as 'mvgit add'\ndoes. History is not rewritten; the second table says what that would save.",
  options: { above, commit, dryRun },
  async run({ above: most, commit: make, dryRun: only }, session) {
    const repo = await session.repo();
    return fromGit(repo, { above: most === undefined ? repo.settings.maxFileSize : bytesOf(most), commit: make, dryRun: only });
  },
  text: (report, style) => [importText(report, style), ...historyLines(report.history)].join("\n"),
});

const SHOWN = 10;

function historyLines(history: readonly HistoryCost[]): string[] {
  if (history.length === 0) return [];
  const total = history.reduce((sum, each) => sum + each.disk, 0);
  const rows = history.slice(0, SHOWN).map((each) => [`  ${display(each.path)}`, plural(each.versions, "version"), formatSize(each.bytes), `${formatSize(each.disk)} in Git`]);
  const more = history.length > SHOWN ? [`  and ${history.length - SHOWN} more paths`] : [];
  return [`history keeps ${formatSize(total)} of large files, which only rewriting it (git filter-repo) would save:`, table(rows, [{ cut: true }, { align: "right" }, { align: "right" }, { align: "right" }]), ...more];
}

function bytesOf(typed: string): number {
  const bytes = parseAmount(typed);
  if (bytes !== null) return bytes;
  throw new MvgitError("usage", `'${display(typed)}' is not a number of bytes`, { hint: "write it like '5MB', '512KiB' or '1.5g'" });
}
