/** `mvgit gc` */
import { EXIT, MvgitError } from "../../../base/errors.ts";
import type { GcRemoteReport } from "../../../care/gc-remote.ts";
import { gc as collect, type GcReport } from "../../../care/gc.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, list, maybe } from "../../options.ts";
import { gcRemoteText, gcText } from "../../render/care/gc.ts";

export const command = defineCommand({
  output: "deed",
  details: `
    Removes from the cache what no branch, tag, reflog, stash, index, work tree or run in progress needs (of any
    clone that shares it), and that was not used for 14 days. With --remote, removes from a remote what no
    repository that uses it needs, and that is older than 14 days. Look first with --dry-run.
  `,
  options: {
    dryRun,
    remote: maybe("NAME", "a remote instead of the cache"),
    offline: flag("do not ask the Git host: no other clone has commits that this one lacks"),
    unclaimed: flag("also what was pushed before remotes knew who needs what"),
    emptied: flag("no pointer is left anywhere, on purpose"),
    forget: list("WHAT", "of a shared cache: a clone's folder; of a remote: the id of a repository that is no more"),
  },
  async run(
    { dryRun: only, remote, offline, unclaimed, forget, emptied },
    session,
  ): Promise<GcReport | GcRemoteReport> {
    if (remote === undefined) {
      if (offline || unclaimed) throw new MvgitError("usage", "'--offline' and '--unclaimed' need '--remote'");
      return collect(await session.repo(), { dryRun: only, forget, emptied });
    }
    if (forget.length > 1) throw new MvgitError("usage", "with '--remote' one repository is forgotten at a time");
    const { gcRemote } = await import("../../../care/gc-remote.ts");
    return gcRemote(await session.repo(), {
      dryRun: only,
      offline,
      unclaimed,
      emptied,
      ...(remote === "" ? {} : { remote }),
      ...(forget[0] === undefined ? {} : { forget: forget[0] }),
    });
  },
  text: (report) => ("remote" in report ? gcRemoteText(report) : gcText(report)),
  exit: (report) => ("remote" in report && report.left.blobs + report.left.bytes > 0 ? EXIT.later : 0),
});
