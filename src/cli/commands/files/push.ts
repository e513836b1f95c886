/** `mvgit push [PATH...]` */
import type { MvgitError } from "../../../base/errors.ts";
import { push as operation, type PushReport } from "../../../files/push.ts";
import { meansEvery, pushAll, type PushAllReport, type PushedTo } from "../../../files/push-all.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, jobs, value } from "../../options.ts";
import { unhadErrors } from "../../../transfer/unhad.ts";
import { pushAllText, pushText } from "../../render/files/push.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: `
    Copies to a remote what HEAD, the index, and what branches have that this clone did not see there before
    need. To several remotes, each gets it in turn, and one that fails keeps it from no other.
  `,
  options: {
    remote: value("NAME", "this remote instead of the default one; 'all': every one"),
    all: flag("what any ref needs"),
    verify: flag("read what is there already, all of it"),
    repair: flag("replace what is damaged there (implies --verify)"),
    acceptLost: flag("give up what no store has: no push waits for it any more"),
    dryRun,
    jobs,
  },
  async run({ operands, remote: name, ...rest }, session): Promise<PushReport | PushAllReport> {
    const repo = await session.repo();
    const request = { paths: operands, ...rest };
    if (meansEvery(repo, name)) return pushAll(repo, request);
    return operation(repo, { ...request, ...(name === undefined ? {} : { remote: name }) });
  },
  text: (report) => ("remotes" in report ? pushAllText(report) : pushText(report)),
  failures: (report) => ("remotes" in report ? report.remotes.flatMap(failuresOf) : lackingErrors(report)),
});

function lackingErrors({ lacking, remote }: PushReport): MvgitError[] {
  return unhadErrors("push", lacking, remote);
}

function failuresOf({ report, error }: PushedTo): MvgitError[] {
  return [...(error === null ? [] : [error]), ...(report === null ? [] : lackingErrors(report))];
}
