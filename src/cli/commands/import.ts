/** `mvgit import dvc`, `import lfs`, `import git` */
import { display } from "../../base/paths.ts";
import { importDvc as fromDvc } from "../../ops/import/dvc.ts";
import { importFailures } from "../../ops/import/report.ts";
import { defineCommand } from "../command.ts";
import { dryRun, flag, value } from "../options.ts";
import { importTable, importText } from "../render/import.ts";
import { plural } from "../render/numbers.ts";

const commit = flag("make the commit that switches, if all could be taken");

export const importDvc = defineCommand({
  output: "deed",
  details:
    "Every output of HEAD's .dvc and dvc.lock files gets a pointer beside its data, staged in Git.\nBytes come from DVC's cache, the work tree, or DVC's remote where that is a folder or gs://,\n" +
    "checked against their MD5. Nothing of DVC's is changed or removed, and running it again\ngoes on where it was stopped.",
  options: {
    all: flag("also what other branches and tags have, kept on refs of mvgit's own"),
    commit,
    from: value("URL", "a folder or gs:// address laid out as DVC does it, instead of DVC's remote"),
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
