/** What a repack of a remote wrote anew, in words. */
import { display } from "../../../base/paths.ts";
import type { RepackReport } from "../../../care/remote-repack.ts";
import { formatSize, plural } from "../numbers.ts";

export function remoteRepackText(report: RepackReport): string {
  const { remote, address, dryRun, left, unseen, saved, objects, passed } = report;
  const where = `${remote} (${display(address)})`;
  const lines = [...anew(report, where), ...encoded(report)];
  if (lines.length === 0) lines.push(`nothing to repack in ${where}`);
  else {
    const less = `${dryRun && report.encoded.blobs > 0 ? "about " : ""}${formatSize(saved)} less in all`;
    lines.push(`'mvgit gc --remote' removes ${plural(objects, "object")} after 14 days: ${less}`);
  }
  const sized = ({ blobs, bytes }: RepackReport["left"]): string =>
    `${plural(blobs, "large blob")} (${formatSize(bytes)})`;
  if (left.blobs > 0)
    lines.push(`${sized(left)} ${left.blobs === 1 ? "stays" : "stay"} whole: hardly shorter otherwise`);
  if (unseen.blobs > 0) {
    const which = unseen.blobs === 1 ? "it is" : "they are";
    lines.push(
      `not looked at: ${sized(unseen)}, since ${which} not in the cache; 'mvgit fetch --all' brings what is not`,
    );
  }
  if (passed > 0) lines.push(`passed over ${plural(passed, "blob")}: changed meanwhile, or to be mended by a push`);
  return lines.join("\n");
}

function anew({ dryRun, whole, sparse, small, written, encoded: { blobs } }: RepackReport, where: string): string[] {
  if (written.blobs === 0 && whole + sparse + small === 0)
    return blobs === 0 ? [] : [`${dryRun ? "would bring" : "brought"} to the present form in ${where}:`];
  const verb = dryRun ? "would write anew" : "wrote anew";
  const lines = [`${verb} ${plural(written.blobs, "blob")} (${formatSize(written.bytes)}) in ${where}`];
  if (whole > 0) lines.push(`  ${plural(whole, "small blob")} that lay one by one`);
  if (sparse > 0) lines.push(`  ${plural(sparse, "pack")} of which less than half was needed`);
  if (small > 0) lines.push(`  ${plural(small, "small pack")}`);
  return lines;
}

function encoded({ dryRun, encoded: { blobs, bytes, stored } }: RepackReport): string[] {
  if (blobs === 0) return [];
  const takes = dryRun ? "would take about" : "take";
  return [`  ${plural(blobs, "large blob")} that lay whole (${formatSize(bytes)}): ${takes} ${formatSize(stored)}`];
}
