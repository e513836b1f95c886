/** What a push brought to a remote, in words. */
import { display } from "../../../base/paths.ts";
import type { PushReport } from "../../../files/push.ts";
import type { PushAllReport, PushedTo } from "../../../files/push-all.ts";
import { storedWords } from "../../../transfer/stored-words.ts";
import { formatSize, plural } from "../numbers.ts";

/** What was pushed, what was looked at, and what was found besides. */
export function pushText(report: PushReport): string {
  const where = `${report.remote} (${display(report.address)})`;
  return [
    report.copied === 0 ? nothingText(report, where) : pushedText(report, where),
    `looked at ${report.looked}: ${plural(report.pointers, "pointer")}, ${plural(report.blobs, "blob")}`,
    ...foundLines(report),
    ...storedLines(report),
  ].join("\n");
}

/** What it took in the remote, where that is not what was pushed. */
function storedLines({ dryRun, bytes, stored }: PushReport): string[] {
  const words = dryRun ? null : storedWords(stored, bytes);
  return words === null ? [] : [words];
}

/** A line for each remote, with what was found besides below it. */
export function pushAllText({ remotes }: PushAllReport): string {
  return remotes.flatMap(pushedToLines).join("\n");
}

function pushedToLines({ remote, address, report, readOnly }: PushedTo): string[] {
  const where = `${remote} (${display(address)})`;
  if (readOnly) return [`passed over ${where}: it can only be read`];
  if (report === null) return [`not pushed to ${where}`];
  const first = report.copied === 0 ? nothingText(report, where) : pushedText(report, where);
  return [first, ...[...foundLines(report), ...storedLines(report)].map((line) => `  ${line}`)];
}

function nothingText({ lacking, confirmed, confirmedBlobs }: PushReport, where: string): string {
  if (lacking.length > 0) return `nothing was pushed to ${where}`;
  // It was not asked for all of it.
  return confirmed + confirmedBlobs > 0 ? `nothing new to push to ${where}` : `nothing to push: ${where} has all of it`;
}

function confirmedLine({ confirmed, confirmedBlobs, remote }: PushReport): string {
  const what = [
    ...(confirmed > 0 ? [plural(confirmed, "pointer")] : []),
    ...(confirmedBlobs > 0 ? [`${plural(confirmedBlobs, "blob")} of folders`] : []),
  ].join(" and ");
  return `not looked at, since this clone saw it there before: ${what}; ${lookAgain(remote)} looks at everything again`;
}

/** `remote 'store'` by its name. */
function lookAgain(remote: string): string {
  return `'mvgit push --remote ${remote.replace(/^remote '(.*)'$/, "$1")} --all'`;
}

function pushedText({ dryRun, copied, bytes, present }: PushReport, where: string): string {
  const verb = dryRun ? "would push" : "pushed";
  const beside = present > 0 ? `, ${plural(present, "blob")} there already` : "";
  return `${verb} ${plural(copied, "blob")} (${formatSize(bytes)}) to ${where}${beside}`;
}

function foundLines(report: PushReport): string[] {
  const { confirmed, confirmedBlobs, givenUp, verified, repaired, damaged } = report;
  const lines: string[] = [];
  if (confirmed + confirmedBlobs > 0) lines.push(confirmedLine(report));
  if (givenUp > 0) lines.push(`passed over ${plural(givenUp, "blob")} that no store has, given up before or now`);
  if (verified > 0) lines.push(`${plural(verified, "blob")} read there and found right`);
  if (repaired > 0) lines.push(`${plural(repaired, "damaged blob")} replaced`);
  if (damaged > 0) lines.push(`${plural(damaged, "blob")} of them damaged there: of another size`);
  return lines;
}
