/** `stages.yaml`: a view of the event tags, so a merge makes it anew from them and keeps what was edited for review. */
import { replaceFile } from "../../base/disk.ts";
import { display } from "../../base/paths.ts";
import { isMvgitError } from "../../base/errors.ts";
import { mergeStages } from "../../values/merge-stages.ts";
import { formatStages, readStages, type StageLine } from "../../values/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Chain, heldNow, readChains, stageName } from "../../registry/chain.ts";
import { chainOf, isEdited } from "../../registry/lines.ts";
import { conflicted, merged, type MergeReport, type MergeRequest, readText, settledAs } from "./conflict.ts";
import { mergeTexts } from "./merge-texts.ts";

/** Conflicts are only lines that a person edited and the other side changed too, and sides that cannot be read. */
export async function mergeStagesFile(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  const [base, ours, theirs] = await Promise.all(
    [request.base, request.ours, request.theirs].map((file) => readStages(readText(file)).catch(unreadable)),
  );
  if (!ours || !theirs) return conflicted(request, []);
  const chains = await readChains(repo.git, await repo.git.refs());
  const isEdit = (line: StageLine): boolean => isEdited(line, chainOf(chains, line));
  const { lines, conflicts } = mergeStages({ base: base ?? [], ours, theirs }, isEdit);
  // A stage that no line tells of cannot have been taken out by review: that is written 'null'.
  const untold = chains.filter(
    (chain) =>
      chain.problems.length === 0 && !lines.some(({ model, stage }) => model === chain.model && stage === chain.stage),
  );
  const fresh = untold.map(({ model, stage }): StageLine => ({ model, stage, version: null, event: null }));
  const asItIs = (line: StageLine): StageLine => asNow(line, chainOf(chains, line));
  const settled = [
    ...lines.map((line) => (isEdit(line) ? line : asItIs(line))),
    ...fresh.filter((line) => !hasLine(conflicts, line)).map(asItIs),
  ];
  if (conflicts.length === 0) return merged(request, formatStages(settled));
  const side = (of: readonly StageLine[]): string =>
    formatStages([...settled, ...of.filter((line) => hasLine(conflicts, line))]);
  const text = await aroundConflicts(repo, request, {
    base: formatStages(settled),
    ours: side(ours),
    theirs: side(theirs),
  });
  return settledAs(
    request,
    text,
    conflicts.map((line) => display(stageName(line))),
  );
}

function hasLine(lines: readonly StageLine[], { model, stage }: StageLine): boolean {
  return lines.some((each) => each.model === model && each.stage === stage);
}

/** What merged once, and both sides of the rest between markers. The request's files are Git's to throw away. */
async function aroundConflicts(
  repo: Repo,
  request: MergeRequest,
  texts: { base: string; ours: string; theirs: string },
): Promise<string> {
  for (const side of ["base", "ours", "theirs"] as const) replaceFile(request[side], texts[side], false);
  return (await mergeTexts(repo, request)).text.toString("utf8");
}

function unreadable(error: unknown): null {
  if (isMvgitError(error, "setting-invalid")) return null;
  throw error;
}

/** The line as the chain has it, unless the line tells of a later event than this clone knows. */
function asNow(line: StageLine, chain: Chain | undefined): StageLine {
  const last = chain?.events.at(-1)?.event.number ?? 0;
  if (!chain || chain.problems.length > 0 || last < (line.event ?? 0)) return line;
  return { ...line, version: heldNow(chain), event: last };
}
