/** `mvgit import lfs` */
import { importLfs as fromLfs } from "../../../bridges/lfs/import.ts";
import { importFailures } from "../../../bridges/report.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, list } from "../../options.ts";
import { importText } from "../../render/bridges/import.ts";
import { above, commit } from "../../shared-options.ts";
import { bytesOf } from "../../typed.ts";

export const command = defineCommand({
  output: "deed",
  details: `
    Every file that Git LFS keeps gets a pointer of mvgit instead, staged in Git, and LFS's lines in
    .gitattributes go where no other file needs them. Bytes come from LFS's own objects or the work tree,
    checked against their SHA-256, or are fetched by the program git-lfs.
  `,
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
