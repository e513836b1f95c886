/** `mvgit import dvc` */
import { display } from "../../../base/paths.ts";
import { DVC_ADDRESSES, importDvc as fromDvc } from "../../../bridges/dvc/import.ts";
import { prose } from "../../../base/prose.ts";
import { importFailures } from "../../../bridges/report.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, value } from "../../options.ts";
import { importTable, importText } from "../../render/bridges/import.ts";
import { plural } from "../../render/numbers.ts";
import { commit } from "../../shared-options.ts";

export const command = defineCommand({
  output: "deed",
  details: `
    Every output of HEAD's .dvc and dvc.lock files gets a pointer beside its data, staged in Git. Bytes come
    from DVC's cache, the work tree, or DVC's remote where that is ${DVC_ADDRESSES}, checked against their MD5.
    Nothing of DVC's is changed or removed, and running it again goes on where it was stopped.
  `,
  options: {
    all: flag("what other branches and tags have too, on own refs"),
    commit,
    from: value("URL", `${DVC_ADDRESSES} that DVC filled, not its remote`),
    dryRun,
  },
  run: async ({ all, commit: make, from, dryRun: only }, session) =>
    fromDvc(await session.repo(), { all, commit: make, dryRun: only, ...(from === undefined ? {} : { from }) }),
  text(report, style) {
    const others = report.refs.flatMap(({ ref, kept, imported }) => {
      const where = kept === null ? "" : `, kept on ${display(kept)}`;
      return [`${display(ref)}: ${plural(imported.length, "output")}${where}`, importTable(imported, style)];
    });
    return [...others, importText(report, style)].join("\n");
  },
  failures: ({ imported, refs }) => [
    ...importFailures({ imported }, HINT),
    ...refs.flatMap((each) => importFailures(each, HINT)),
  ],
});

const HINT = prose`
  run 'dvc fetch' (with '--all-branches --all-tags' for '--all') to bring it into DVC's cache, then the import again
`;
