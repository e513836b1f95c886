/** What a copy between two remotes brought, and what comes next, in words. */
import { display } from "../../../base/paths.ts";
import type { RemoteCopyReport } from "../../../care/remote-copy.ts";
import { formatSize, plural } from "../numbers.ts";

export function remoteCopyText(report: RemoteCopyReport): string {
  const { pointers, blobs, givenUp, replaced, others, dryRun } = report;
  const lines = [
    ...copiedLines(report),
    `looked at all that Git holds here: ${plural(pointers, "pointer")}, ${plural(blobs, "blob")}`,
  ];
  if (others !== undefined) {
    lines.push(
      `took along what ${plural(others.repositories, "other repository", "other repositories")} claimed there`,
    );
    if (others.leftOut > 0)
      lines.push(`left out ${plural(others.leftOut, "blob")} that nothing here needs, damaged where it came from`);
  }
  if (replaced > 0) lines.push(`${plural(replaced, "damaged blob")} ${dryRun ? "to be replaced" : "replaced"}`);
  if (givenUp > 0) lines.push(`passed over ${plural(givenUp, "blob")} that no store has, given up before`);
  return [...lines, ...nextLines(report)].join("\n");
}

function copiedLines({ dryRun, copied, bytes, present, given, to, toAddress, lacking }: RemoteCopyReport): string[] {
  const where = `${to} (${display(toAddress)})`;
  if (copied === 0)
    return [lacking.length > 0 ? `nothing was copied to ${where}` : `nothing to copy: ${where} has all of it`];
  const beside = present > 0 ? `, ${plural(present, "blob")} there already` : "";
  const verb = dryRun ? "would copy" : "copied";
  return [
    `${verb} ${plural(copied, "blob")} (${formatSize(bytes)}) to ${where}${beside}`,
    ...given.map((each) => `  ${plural(each.copied, "blob")} (${formatSize(each.bytes)}) from ${each.store}`),
  ];
}

function nextLines({ dryRun, lacking, unknown, next }: RemoteCopyReport): string[] {
  if (dryRun || lacking.length > 0 || unknown.length > 0 || next.length === 0) return [];
  return ["to use it from now on:", ...next.map((each) => `    ${each}`)];
}
