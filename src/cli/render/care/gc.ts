/** What gc removed, from the cache or from a remote, in words. */
import { shortHash } from "../../../values/hash.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { GcReport } from "../../../care/gc.ts";
import type { GcRemoteReport } from "../../../care/gc-remote.ts";
import { formatCount, formatSize, plural } from "../numbers.ts";

/** Of the cache. */
export function gcText({ dryRun, needed, young, removed, damaged }: GcReport): string {
  const verb = dryRun ? "would remove" : "removed";
  const lines = [
    `${verb} ${amount(removed)}; ${plural(needed, "blob")} needed, ${formatCount(young)} used in the last 14 days`,
  ];
  if (damaged > 0) lines.push(`${verb} ${plural(damaged, "damaged blob")} that had been set aside`);
  return lines.join("\n");
}

/** Of a remote, with a line for each repository that uses it. */
export function gcRemoteText(report: GcRemoteReport): string {
  const { dryRun, needed, young, unclaimed, removed, left, claims, repositories, sources, packs, doubtful } = report;
  const where = `${report.remote} (${display(report.address)})`;
  const lines = [
    prose`${dryRun ? "would remove" : "removed"} ${amount(removed)} from ${where}; ${plural(needed, "blob")}
      needed, ${formatCount(young)} that nobody needs younger than 14 days`,
  ];
  if (packs.removed > 0)
    lines.push(`${dryRun ? "of these" : "with"} ${plural(packs.removed, "pack")} (${formatSize(packs.bytes)})`);
  if (sources.blobs > 0) lines.push(`kept ${amount(sources)} that nobody needs, since others are read from them`);
  if (doubtful > 0)
    lines.push(`kept all copies of ${plural(doubtful, "blob")}: the newest was not read, or is not right`);
  if (left.blobs > 0 || left.bytes > 0)
    lines.push(`${amount(left)} are left, since half an hour is over; run the command again`);
  if (unclaimed.blobs > 0)
    lines.push(
      `kept ${amount(unclaimed)} pushed before the remote knew who needs what; when every`,
      "repository that uses it has run 'mvgit push --all', '--unclaimed' removes what is left of them",
    );
  if (claims.kept > 0) lines.push(...keptText(claims.kept));
  return [...lines, ...repositories.map(repositoryText)].join("\n");
}

function keptText(kept: number): string[] {
  return [
    `kept ${plural(kept, "claim")} under the name of this repository: they name what no commit here ever named, so`,
    "another clone or another repository made them; '--forget ID' lets go of what is older than 14 days",
  ];
}

function repositoryText(line: GcRemoteReport["repositories"][number]): string {
  const who = line.isOwn ? "this repository" : "another one";
  const last = line.newest === null ? "no claim" : `last claim ${line.newest.slice(0, 10)}`;
  const lost = line.unfinished > 0 ? `, ${plural(line.unfinished, "folder")} of interrupted pushes not kept` : "";
  const needs = `${plural(line.pointers, "pointer")}, ${amount(line)} of its own`;
  return `  ${shortHash(line.id)} ${who}: ${needs}, ${last}${lost}`;
}

function amount({ blobs, bytes }: { blobs: number; bytes: number }): string {
  return `${plural(blobs, "blob")} (${formatSize(bytes)})`;
}
