/** `mvgit run MODEL [-- CMD...]` */
import { toDocument } from "../../../base/as-document.ts";
import { MvgitError } from "../../../base/errors.ts";
import { markOf, stateOf } from "../../../base/processes.ts";
import type { Attached } from "../../../program/attached.ts";
import { runIsolated } from "../../../versions/isolated.ts";
import { run as runOperation, type VersionReport } from "../../../versions/run.ts";
import { sweep, type SweepReport } from "../../../versions/sweep.ts";
import { defineCommand } from "../../command.ts";
import { count, flag, list, value } from "../../options.ts";
import { madeText } from "../../render/versions/made.ts";
import { sweepText } from "../../render/versions/sweep.ts";
import type { Session } from "../../session.ts";
import { VERSION_OPTIONS } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "MODEL [-- CMD...]",
  details: `
    Takes the inputs into the store, runs the command, and makes the next version of the model: one commit and
    the tag MODEL@vN. What is not named is as in the newest version.

    The exit status is that of the command. With '--grid' every combination is run, each isolated, and {NAME} in
    the command stands for its value; the exit status is then how many did not end well.

    With '--attach' nothing is started: a document on stdout says that the inputs are taken in, with the variables that
    are for the process, and '{"status": 0}' on stdin says that it has ended.
  `,
  options: {
    ...VERSION_OPTIONS,
    env: list("NAME", "the variable holds a secret of the recorded command"),
    best: value("SCORE", "of many runs, the one that counts: accuracy:max, or 'none'"),
    isolated: flag("in a scratch work tree; yours is left alone"),
    grid: list("NAME=V,V", "run once for each value: --grid lr=0.1,0.3"),
    jobs: count("N", "of a grid, run N at a time", { short: "j" }),
    attach: count("PID", "the command is this process, which runs already"),
    continue: flag("of a grid, pass over what was made before"),
  },
  async run(
    {
      operands: [model = "", ...command],
      message = "",
      best,
      isolated,
      grid,
      jobs,
      continue: resume,
      attach,
      "as-is": asIs,
      ...rest
    },
    session,
  ): Promise<VersionReport | SweepReport> {
    if ((jobs !== undefined || resume) && grid.length === 0)
      throw new MvgitError("usage", `'${resume ? "--continue" : "-j"}' goes with '--grid'`, {
        hint: "name what differs: '--grid lr=0.1,0.3'",
      });
    if (attach !== undefined) requireAttachable(attach, { isApart: isolated || grid.length > 0, command });
    const request = {
      model,
      command,
      message,
      asIs,
      ...rest,
      ...(best === undefined ? {} : { best }),
      signals: session.signals,
      stdoutToStderr: session.json,
      ...(attach === undefined ? {} : { attached: attachedTo(attach, session) }),
    };
    const repo = await session.repo();
    if (grid.length > 0) return sweep(repo, { ...request, grid, jobs: jobs ?? 1, resume });
    return isolated ? runIsolated(repo, request) : runOperation(repo, request);
  },
  text: (report, style) => ("grid" in report ? sweepText(report, style) : madeText(report, style)),
  failures: ({ failure }) => (failure === null ? [] : [failure]),
  exit: (report) => report.status,
});

/** Throws `usage` for what could not be the command of a run. */
function requireAttachable(pid: number, { isApart, command }: { isApart: boolean; command: readonly string[] }): void {
  const refuse = (why: string, hint: string): MvgitError =>
    new MvgitError("usage", `cannot attach to process ${pid}: ${why}`, { subject: String(pid), hint });
  if (isApart) throw refuse("it does not run in a scratch work tree", "leave '--isolated' and '--grid' out");
  if (command.length === 0) throw refuse("nobody says how it is started again", "add '-- COMMAND'");
  if (stateOf(markOf(pid)) === "ended") throw refuse("there is no such process", "name one of this machine that runs");
}

function attachedTo(pid: number, session: Session): Attached {
  return {
    pid,
    begin: async (told) => void (await session.write(Buffer.from(toDocument("run", told)))),
    end: () => session.input(),
  };
}
