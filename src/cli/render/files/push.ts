/** What a push brought to a remote, in words. */
import { display } from "../../../base/paths.ts";
import type { PushReport } from "../../../files/push.ts";
import { formatSize, plural } from "../numbers.ts";

/** What was pushed, what was looked at, and what was found besides. */
export function pushText(report: PushReport): string {
  const where = `${report.remote} (${display(report.address)})`;
  return [
    report.copied === 0 ? nothingText(report, where) : pushedText(report, where),
    `looked at ${report.looked}: ${plural(report.pointers, "pointer")}, ${plural(report.blobs, "blob")}`,
    ...foundLines(report),
  ].join("\n");
}

function nothingText({ lacking }: PushReport, where: string): string {
  return lacking.length === 0 ? `nothing to push: ${where} has all of it` : `nothing was pushed to ${where}`;
}

function pushedText({ dryRun, copied, bytes, present }: PushReport, where: string): string {
  const verb = dryRun ? "would push" : "pushed";
  const beside = present > 0 ? `, ${plural(present, "blob")} there already` : "";
  return `${verb} ${plural(copied, "blob")} (${formatSize(bytes)}) to ${where}${beside}`;
}

function foundLines({ givenUp, verified, repaired, damaged }: PushReport): string[] {
  const lines: string[] = [];
  if (givenUp > 0) lines.push(`passed over ${plural(givenUp, "blob")} that no store has, given up before or now`);
  if (verified > 0) lines.push(`${plural(verified, "blob")} read there and found right`);
  if (repaired > 0) lines.push(`${plural(repaired, "damaged blob")} replaced`);
  if (damaged > 0) lines.push(`${plural(damaged, "blob")} of them damaged there: of another size`);
  return lines;
}
