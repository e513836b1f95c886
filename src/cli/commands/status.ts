/** `mvgit status [PATH...]` */
import { display } from "../../base/paths.ts";
import { type PathStatus, status as operation, type StatusReport } from "../../ops/status.ts";
import { defineCommand } from "../command.ts";
import { flag } from "../options.ts";
import { formatSize, plural } from "../render/numbers.ts";
import type { Style } from "../render/style.ts";

/** What to do about each state. */
const ADVICE: Record<PathStatus["state"], string> = {
  clean: "",
  modified: "'mvgit add' keeps the change, 'mvgit checkout --force' undoes it",
  missing: "'mvgit checkout' brings it back",
  deleted: "'git rm' its pointer to stop tracking, or 'git checkout' it",
  conflicted: "'mvgit checkout --ours' or '--theirs' chooses a side",
  malformed: "'git checkout' its pointer, or 'mvgit add' it again",
  newer: "update mvgit",
  blocked: "move what stands there away, then 'mvgit checkout'",
  sparse: "left out by sparse checkout",
};

export const status = defineCommand({
  arguments: "[PATH...]",
  details: "Compares the work tree with the pointers. Files that did not change are not read.",
  options: { check: flag("exit with 1 if anything is not clean") },
  async run({ operands, check }, session) {
    const report = await operation(await session.repo(), { paths: operands });
    return { ...report, check, clean: isClean(report) };
  },
  text(report, style) {
    const notable = report.tracked.filter((each) => each.state !== "clean" || each.notInCache);
    const lines = notable.flatMap((each) => linesOf(each, style));
    for (const { path, size } of report.tooLarge) {
      lines.push(`${style.warning("too large")}  ${display(path)}  (${formatSize(size)}, untracked; 'mvgit add' tracks it)`);
    }
    const clean = report.tracked.length - notable.length;
    if (report.tracked.length === 0) lines.push("nothing is tracked yet; 'mvgit add PATH' tracks a large file or folder");
    else if (notable.length === 0) lines.push(`${plural(clean, "tracked path")}, all clean`);
    else if (clean > 0) lines.push(`${plural(clean, "other tracked path")} clean`);
    return lines.join("\n");
  },
  exit: (report) => (report.check && !report.clean ? 1 : 0),
});

function isClean(report: StatusReport): boolean {
  return report.tooLarge.length === 0 && report.tracked.every((each) => each.state === "clean" && !each.notInCache);
}

function linesOf(each: PathStatus, style: Style): string[] {
  const word = each.state === "clean" ? style.warning("not in cache") : style.bad(each.state);
  const advice = each.state === "clean" ? "'mvgit fetch' gets the bytes from a remote" : ADVICE[each.state];
  const details = [each.detail && display(each.detail), countsOf(each), each.state !== "clean" && each.notInCache ? "not all in the cache" : ""];
  const told = details.filter((detail) => detail).join("; ");
  return [`${word}  ${display(each.path)}${told ? `  (${told})` : ""}`, `    ${style.faint(advice)}`];
}

function countsOf({ changes }: PathStatus): string {
  if (!changes) return "";
  const parts = [[changes.modified, "changed"], [changes.missing, "missing"], [changes.added, "new"]] as const;
  return parts.filter(([count]) => count > 0).map(([count, word]) => `${plural(count, "file")} ${word}`).join(", ");
}
