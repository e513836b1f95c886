/** What a repack of a remote wrote anew, in words. */
import { display } from "../../../base/paths.ts";
import type { RepackReport } from "../../../care/remote-repack.ts";
import { formatSize, plural } from "../numbers.ts";

export function remoteRepackText(report: RepackReport): string {
  const { remote, address, dryRun, whole, sparse, small, written, saved, objects, passed } = report;
  const where = `${remote} (${display(address)})`;
  const lines: string[] = [];
  if (written.blobs === 0 && objects === 0) lines.push(`nothing to repack in ${where}`);
  else {
    const verb = dryRun ? "would write anew" : "wrote anew";
    lines.push(`${verb} ${plural(written.blobs, "blob")} (${formatSize(written.bytes)}) in ${where}`);
    if (whole > 0) lines.push(`  ${plural(whole, "small blob")} that lay one by one`);
    if (sparse > 0) lines.push(`  ${plural(sparse, "pack")} of which less than half was needed`);
    if (small > 0) lines.push(`  ${plural(small, "small pack")}`);
    lines.push(
      `'mvgit gc --remote' removes ${plural(objects, "object")} after 14 days: ${formatSize(saved)} less in all`,
    );
  }
  if (passed > 0) lines.push(`passed over ${plural(passed, "blob")}: changed meanwhile, or to be mended by a push`);
  return lines.join("\n");
}
