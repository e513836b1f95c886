/** `mvgit status [PATH...]` */
import { status as operation, type StatusReport } from "../../../files/status.ts";
import { defineCommand } from "../../command.ts";
import { flag, maybe } from "../../options.ts";
import { statusText } from "../../render/files/status.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  details: `
    Compares the work tree with the pointers. Files whose size and times did not change are not read, unless
    '--verify' is given.
  `,
  options: {
    check: flag("exit with 1 if anything is not clean"),
    remote: maybe("NAME", "also what a remote lacks"),
    verify: flag("read every file, whatever its times say"),
  },
  async run({ operands, check, remote, verify }, session) {
    const report = await operation(await session.repo(), {
      paths: operands,
      verify,
      ...(remote === undefined ? {} : { remote }),
    });
    return { ...report, check, clean: isClean(report) };
  },
  text: (report, style) => statusText(report, style),
  exit: (report) => (report.check && !report.clean ? 1 : 0),
});

function isClean({ tooLarge, left, tracked, remote }: StatusReport): boolean {
  const isComplete = remote === undefined || remote.lacks.blobs + remote.unknown.length === 0;
  return (
    isComplete &&
    tooLarge.length + (left?.length ?? 0) === 0 &&
    tracked.every(({ state, notInCache }) => state === "sparse" || (state === "clean" && !notInCache))
  );
}
