/** `mvgit status [PATH...]` */
import { status as operation, type StatusReport } from "../../../files/status.ts";
import { defineCommand } from "../../command.ts";
import { flag, maybe } from "../../options.ts";
import { entry, faint, leftLines, linesOf, remoteLines } from "../../render/files/status.ts";
import { formatSize, plural } from "../../render/numbers.ts";

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
  text(report, style) {
    const sparse = report.tracked.filter((each) => each.state === "sparse").length;
    const notable = report.tracked.filter(
      (each) => each.state !== "sparse" && (each.state !== "clean" || each.notInCache),
    );
    const lines = notable.flatMap((each, at) => linesOf(each, { next: notable[at + 1], style }));
    for (const { path, size } of report.tooLarge)
      lines.push(
        ...entry(["too large", style.warning("too large")], path, [`${formatSize(size)}, untracked`], style),
        faint("'mvgit add' tracks it", style),
      );
    for (const [at, each] of (report.left ?? []).entries())
      lines.push(...leftLines(each, report.left?.[at + 1] === undefined, style));
    const clean = report.tracked.length - notable.length - sparse;
    if (sparse > 0) lines.push(`${plural(sparse, "tracked path")} left out by sparse checkout`);
    if (report.tracked.length === sparse && sparse > 0) return [...lines, ...remoteLines(report)].join("\n");
    if (report.tracked.length === 0)
      lines.push("nothing is tracked yet; 'mvgit add PATH' tracks a large file or folder");
    else if (notable.length === 0) lines.push(`${plural(clean, "tracked path")}, all clean`);
    else if (clean > 0) lines.push(`${plural(clean, "other tracked path")} clean`);
    return [...lines, ...remoteLines(report)].join("\n");
  },
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
