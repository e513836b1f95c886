/** What a checkout did to the work tree, in words. */
import { display, firstOf } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { CheckoutReport } from "../../../files/checkout.ts";
import { formatSize, plural } from "../numbers.ts";
import { displacedLines } from "./displaced.ts";

/** Sums, then what was written, displaced and kept; "" where what came of a side that was taken is told already. */
export function checkoutText(report: CheckoutReport): string {
  if (report.looked === 0 && report.conflicts) return "";
  const { fetched, displaced } = report;
  const lines = [sumText(report)];
  if (fetched.blobs > 0)
    lines.push(`fetched ${plural(fetched.blobs, "blob")} (${formatSize(fetched.bytes)}) on the way`);
  lines.push(...writtenLines(report));
  for (const { path, kept, hash } of displaced)
    if (hash === null) lines.push(`moved the link '${display(path)}' to ${display(kept)}`);
  return [...lines, ...displacedLines("replaced", displaced), ...keptLines(report)].join("\n");
}

function sumText({ created, replaced, removed, modes, bytes, edited, deleted, looked }: CheckoutReport): string {
  const counts = [
    [created, "made"],
    [replaced, "replaced"],
    [removed, "removed"],
    [modes, "changed in mode alone"],
  ] as const;
  const done = counts.filter(([count]) => count > 0).map(([count, how]) => `${plural(count, "file")} ${how}`);
  if (done.length > 0) {
    const written = created + replaced > 0 ? ` (${formatSize(bytes)})` : "";
    return `checked out: ${done.join(", ")}${written}`;
  }
  const clean = `: ${plural(looked, "tracked path")} as the pointers say`;
  return `nothing to check out${edited.count + deleted.count > 0 ? "" : clean}`;
}

/** The first names of what was written; what is told with the place of its old bytes is not told twice. */
function writtenLines(report: CheckoutReport): string[] {
  const { replacedFiles, displaced, removed, removedFiles, modes, modeFiles } = report;
  const lines: string[] = [];
  const replaced = replacedFiles.filter((path) => !displaced.some((each) => each.path === path));
  if (replaced.length > 0)
    lines.push(`replaced ${firstOf(replaced, report.replaced - (replacedFiles.length - replaced.length))}`);
  if (removed > 0) lines.push(`removed ${firstOf(removedFiles, removed)}`);
  if (modes > 0) lines.push(`changed in mode: ${firstOf(modeFiles, modes)}`);
  return lines;
}

/** What was left as it stands here, and how to have it otherwise. */
function keptLines({ edited, deleted, left }: CheckoutReport): string[] {
  const lines: string[] = [];
  const them = (count: number): string => (count === 1 ? "it" : "them");
  if (edited.count > 0)
    lines.push(prose`kept as you changed ${them(edited.count)}: ${firstOf(edited.first, edited.count)};
      'mvgit add' records the change, '--force' undoes it`);
  if (deleted.count > 0)
    lines.push(prose`left out, as you removed ${them(deleted.count)}: ${firstOf(deleted.first, deleted.count)};
      'mvgit checkout PATH' brings ${them(deleted.count)} back`);
  if (left.length > 0) {
    const [it, its] = left.length === 1 ? ["it", "its"] : ["them", "their"];
    lines.push(prose`left ${firstOf(left)} alone: Git's index has no pointer for ${it}, and ${its} bytes may be the
      last; 'mvgit add' tracks ${it}, or remove ${it} by hand`);
  }
  return lines;
}
