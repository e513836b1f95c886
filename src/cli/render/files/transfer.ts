/** What was moved between stores and into the work tree, in words. */
import { formatCount } from "../../../base/counts.ts";
import { display, firstOf, type RepoPath } from "../../../base/paths.ts";
import type { Hash } from "../../../values/hash.ts";
import type { CheckoutReport } from "../../../files/checkout.ts";
import type { FetchReport } from "../../../files/fetch.ts";
import type { PushReport } from "../../../files/push.ts";
import { formatSize, plural } from "../numbers.ts";

export function pushText(report: PushReport): string {
  const where = `${report.remote} (${display(report.address)})`;
  const looked = `looked at ${report.looked}: ${plural(report.pointers, "pointer")}, ${plural(report.blobs, "blob")}`;
  const extra = [
    ...(report.givenUp > 0
      ? [`passed over ${plural(report.givenUp, "blob")} that no store has, given up before or now`]
      : []),
    ...(report.verified > 0 ? [`${plural(report.verified, "blob")} read there and found right`] : []),
    ...(report.repaired > 0 ? [`${plural(report.repaired, "damaged blob")} replaced`] : []),
    ...(report.damaged > 0 ? [`${plural(report.damaged, "blob")} of them damaged there: of another size`] : []),
  ];
  if (report.copied === 0) {
    const all =
      report.lacking.length === 0 ? `nothing to push: ${where} has all of it` : `nothing was pushed to ${where}`;
    return [all, looked, ...extra].join("\n");
  }
  const verb = report.dryRun ? "would push" : "pushed";
  const present = report.present > 0 ? `, ${plural(report.present, "blob")} there already` : "";
  return [
    `${verb} ${plural(report.copied, "blob")} (${formatSize(report.bytes)}) to ${where}${present}`,
    looked,
    ...extra,
  ].join("\n");
}

export function fetchText(report: FetchReport): string {
  const where = `${report.remote} (${display(report.address)})`;
  if (report.copied === 0 && report.lacking.length === 0)
    return (
      `nothing to fetch: the cache has all that ${plural(report.pointers, "pointer")} ` +
      `need${report.pointers === 1 ? "s" : ""}`
    );
  if (report.copied === 0) return `nothing was fetched from ${where}`;
  return `fetched ${plural(report.copied, "blob")} (${formatSize(report.bytes)}) from ${where}`;
}

export function checkoutText(report: CheckoutReport): string {
  const parts = [
    report.created > 0 ? `${plural(report.created, "file")} made` : "",
    report.replaced > 0 ? `${plural(report.replaced, "file")} replaced` : "",
    report.removed > 0 ? `${plural(report.removed, "file")} removed` : "",
    report.modes > 0 ? `${plural(report.modes, "file")} changed in mode alone` : "",
  ].filter((part) => part !== "");
  const written = report.created + report.replaced > 0 ? ` (${formatSize(report.bytes)})` : "";
  const { edited, deleted } = report;
  const nothing =
    edited.count + deleted.count > 0
      ? "nothing to check out"
      : `nothing to check out: ${plural(report.looked, "tracked path")} as the pointers say`;
  const lines = [parts.length > 0 ? `checked out: ${parts.join(", ")}${written}` : nothing];
  if (report.fetched.blobs > 0)
    lines.push(`fetched ${plural(report.fetched.blobs, "blob")} (${formatSize(report.fetched.bytes)}) on the way`);
  // What is told below with the place of its old bytes is not told twice.
  const replaced = report.replacedFiles.filter((path) => !report.displaced.some((each) => each.path === path));
  if (replaced.length > 0)
    lines.push(`replaced ${firstOf(replaced, report.replaced - (report.replacedFiles.length - replaced.length))}`);
  if (report.removed > 0) lines.push(`removed ${firstOf(report.removedFiles, report.removed)}`);
  if (report.modes > 0) lines.push(`changed in mode: ${firstOf(report.modeFiles, report.modes)}`);
  for (const { path, kept, hash } of report.displaced)
    if (hash === null) lines.push(`moved the link '${display(path)}' to ${display(kept)}`);
  lines.push(...displacedLines("replaced", report.displaced));
  if (edited.count > 0)
    lines.push(
      `kept as you changed ${edited.count === 1 ? "it" : "them"}: ${firstOf(edited.first, edited.count)}; ` +
        "'mvgit add' records the change, '--force' undoes it",
    );
  if (deleted.count > 0)
    lines.push(
      `left out, as you removed ${deleted.count === 1 ? "it" : "them"}: ` +
        `${firstOf(deleted.first, deleted.count)}; 'mvgit checkout PATH' brings ` +
        `${deleted.count === 1 ? "it" : "them"} back`,
    );
  if (report.left.length > 0) {
    const [it, its] = report.left.length === 1 ? ["it", "its"] : ["them", "their"];
    lines.push(
      `left ${firstOf(report.left)} alone: Git's index has no pointer for ${it}, and ${its} bytes may be the ` +
        `last; 'mvgit add' tracks ${it}, or remove ${it} by hand`,
    );
  }
  // Of a side that was taken, what came of it is told already.
  return report.looked === 0 && report.conflicts ? "" : lines.join("\n");
}

/** Where the bytes are that a command replaced or removed and no commit names: of the first ten. */
export function displacedLines(verb: string, displaced: readonly { path: RepoPath; hash: Hash | null }[]): string[] {
  const files = displaced.filter((each): each is { path: RepoPath; hash: Hash } => each.hash !== null);
  const lines = files
    .slice(0, 10)
    .map(
      ({ path, hash }) =>
        `${verb} '${display(path)}'; the cache keeps its old bytes for 14 days: ` +
        `'mvgit cat --hash ${hash.slice(0, 16)} > FILE'`,
    );
  return files.length > lines.length
    ? [
        ...lines,
        `${verb} ${formatCount(files.length - lines.length)} more, whose bytes the cache keeps as well: ` +
          "'--json' lists all",
      ]
    : lines;
}
