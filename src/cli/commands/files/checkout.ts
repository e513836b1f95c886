/** `mvgit checkout [PATH...]` */
import { MvgitError } from "../../../base/errors.ts";
import { checkout as operation } from "../../../files/checkout.ts";
import { keptErrors } from "../../../files/kept.ts";
import { warnWhileRunning } from "../../../repo/runs.ts";
import { defineCommand } from "../../command.ts";
import { flag, jobs, remote } from "../../options.ts";
import { heldErrors } from "../../../worktree/held-back.ts";
import { checkoutText } from "../../render/files/checkout.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: `
    Brings what is behind its pointer or never arrived, fetching what the cache lacks. What only you changed or
    removed stays; a file in a folder that you removed comes back when it is named. A file that you and the
    pointer both changed, or whose bytes would be lost, stops it, and nothing is touched, unless --force is
    given.
  `,
  options: {
    remote,
    force: flag("replace changed files; their bytes are kept in the cache", "f"),
    offline: flag("use the cache alone"),
    ours: flag("of a conflicted pointer, take our side"),
    theirs: flag("of a conflicted pointer, take their side"),
    jobs,
  },
  async run({ operands, remote: name, ours, theirs, ...rest }, session) {
    if (ours && theirs) throw new MvgitError("usage", "'--ours' and '--theirs' exclude each other");
    const side = ours ? "ours" : "theirs";
    const repo = await session.repo();
    warnWhileRunning(repo);
    return operation(repo, {
      paths: operands,
      ...rest,
      ...(ours || theirs ? { side } : {}),
      ...(name === undefined ? {} : { remote: name }),
    });
  },
  text: checkoutText,
  failures: (report) => [...keptErrors(report), ...heldErrors(report.held)],
});
