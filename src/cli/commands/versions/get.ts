/** `mvgit get REPO-URL LABEL|REV[:PATH]` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { ADDRESS_FORMS } from "../../../store/drivers.ts";
import { requireFolder } from "../../../versions/export.ts";
import { follow, runAfterChange } from "../../../versions/follow.ts";
import { get as getOperation, type GetRequest } from "../../../versions/get.ts";
import { defineCommand } from "../../command.ts";
import { count, flag, value } from "../../options.ts";
import { deliveryName, type DeliveryReport, reportOf, deliveryText } from "../../render/versions/delivery.ts";
import type { Session } from "../../session.ts";
import { ABOUT_DIR, DELIVER_OPTIONS } from "../../shared-options.ts";

interface WatchReport {
  /** Every change that was brought, in order; the last thousand. */
  changes: DeliveryReport[];
}

export const command = defineCommand({
  arguments: "REPO-URL LABEL|REV[:PATH]",
  output: "deed",
  aboutHooks: true,
  details: `
    As 'export', from the address of a Git repository (https, ssh, or a folder), without a clone, and over https
    without a git program. The bytes come from the bucket that the repository's committed settings name, or from
    --remote, MVGIT_REMOTE or your own Git settings. MVGIT_GIT_TOKEN signs in to the Git host.

    ${ABOUT_DIR}

    With --watch it stays, follows the label, and prints a line for each change; SIGTERM ends it with status 0, and with
    --end-with-stdin also the end of its input, so that it does not outlive a program that started it.
  `,
  options: {
    ...DELIVER_OPTIONS,
    remote: value("URL", `where the bytes are: ${ADDRESS_FORMS}`),
    insecure: flag("allow plain http beyond this machine"),
    watch: count("SECONDS", "stay, and look again this often"),
    exec: value("CMD", "with --watch: run this line of shell after each change"),
    "end-with-stdin": flag("with --watch: end when the input ends"),
  },
  async run(
    { operands: [repository = "", what = ""], out: dir, watch: seconds, exec, "end-with-stdin": endWithStdin, ...rest },
    session,
  ): Promise<DeliveryReport | WatchReport> {
    const request = { repository, what, dir: requireFolder(dir), ...rest };
    if (seconds !== undefined) return watchLabel({ ...request, seconds, exec, endWithStdin }, session);
    if (exec !== undefined)
      throw new MvgitError("usage", "'--exec' goes with '--watch'", { hint: "write 'mvgit get … && CMD'" });
    if (endWithStdin) throw new MvgitError("usage", "'--end-with-stdin' goes with '--watch'");
    return reportOf(await getOperation(request, session), request.dir);
  },
  text: (report) => ("changes" in report ? "" : deliveryText(report)),
  endsBySignal: (report) => "changes" in report,
});

const MOST_CHANGES = 1000;

async function watchLabel(
  request: GetRequest & { seconds: number; exec: string | undefined; endWithStdin: boolean },
  session: Session,
): Promise<WatchReport> {
  const changes: DeliveryReport[] = [];
  const ending = new AbortController();
  const end = (): void => ending.abort(new MvgitError("interrupted", "the input ended"));
  if (request.endWithStdin) session.input().then(end, end);
  const watch = { ...session.watch, signal: AbortSignal.any([session.watch.signal, ending.signal]) };
  for await (const delivered of follow(request, { ...session, watch })) {
    const report = reportOf(delivered, request.dir);
    if (changes.push(report) > MOST_CHANGES) changes.shift();
    const line = `${delivered.delivery.time} ${deliveryText(report)}`;
    if (session.json) session.watch.note(line);
    else await session.write(Buffer.from(`${line}\n`));
    if (request.exec === undefined || report.outcome === "present") continue;
    const { status, stopped } = await runAfterChange(request.exec, delivered, session);
    if (status !== 0)
      session.watch.warn(prose`${delivered.delivery.time} '${display(request.exec)}' ended with status ${status}
        after ${deliveryName(report)}`);
    if (stopped !== null) ending.abort(new MvgitError("interrupted", `stopped by ${stopped}`));
  }
  return { changes };
}
