/** `mvgit checkout [PATH...]` */
import { MvgitError } from "../../base/errors.ts";
import { checkout as operation } from "../../ops/checkout/checkout.ts";
import { keptErrors } from "../../ops/checkout/kept.ts";
import { warnWhileRunning } from "../../repo/runs.ts";
import { defineCommand } from "../command.ts";
import { flag, jobs, remote } from "../options.ts";
import { heldErrors } from "../../worktree/held-back.ts";
import { checkoutText } from "../render/transfer.ts";

export const checkout = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: "Makes the work tree what the pointers say, fetching what the cache lacks. A file that changed\nsince 'mvgit add', or was added and is in no commit, stops it, and nothing is touched, unless\n--force is given.",
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
    const side = ours ? "ours" : theirs ? "theirs" : undefined;
    const repo = await session.repo();
    warnWhileRunning(repo);
    return operation(repo, { paths: operands, ...rest, ...(side === undefined ? {} : { side }), ...(name === undefined ? {} : { remote: name }) });
  },
  text: checkoutText,
  failures: (report) => [...keptErrors(report), ...heldErrors(report.held)],
});
