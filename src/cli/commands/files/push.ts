/** `mvgit push [PATH...]` */
import { push as operation } from "../../../files/push.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, jobs, remote } from "../../options.ts";
import { unhadErrors } from "../../../transfer/unhad.ts";
import { pushText } from "../../render/files/push.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: `
    Copies to a remote what HEAD, the index, and what branches have that this clone did not see there before
    need.
  `,
  options: {
    remote,
    all: flag("what any ref needs"),
    verify: flag("read what is there already, all of it"),
    repair: flag("replace what is damaged there (implies --verify)"),
    acceptLost: flag("give up what no store has: no push waits for it any more"),
    dryRun,
    jobs,
  },
  async run({ operands, remote: name, ...rest }, session) {
    return operation(await session.repo(), {
      paths: operands,
      ...rest,
      ...(name === undefined ? {} : { remote: name }),
    });
  },
  text: pushText,
  failures: (report) => unhadErrors("push", report.lacking, report.remote),
});
