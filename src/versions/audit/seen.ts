/** Events and remarks that this clone has seen, and does not have any more. */
import type { GitRef } from "../../git/reader.ts";
import type { ModelName } from "../../values/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { chainName } from "../../registry/chain-of.ts";
import { lostSince, chainsSeen } from "../stage/seen.ts";
import type { Findings } from "./report.ts";

export function checkSeenBefore(
  repo: Repo,
  refs: readonly GitRef[],
  { model, findings }: { model?: ModelName; findings: Findings },
): void {
  for (const { of, newest } of chainsSeen(repo)) {
    const subject = `${chainName(of)}#${newest}`;
    // What is wrong with the very tag was told with more words.
    const isTold = findings.findings.some((each) => each.subject === subject);
    const lost = isTold || (model !== undefined && of.model !== model) ? null : lostSince(repo, of, refs);
    if (lost !== null) findings.found("event-missing", subject, lost);
  }
}
