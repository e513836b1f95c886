/** What a range of commits asks of stages by an edit of `stages.yaml`: whether `stage apply` could do it, and may. */
import { isMvgitError, type MvgitError } from "../../base/errors.ts";
import { hostOf } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { readStages, STAGES_CAP, STAGES_FILE, type StageLine } from "../../values/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { readChains, stageName } from "../../registry/chain.ts";
import { chainOf, isEdited } from "../../registry/lines.ts";
import { remarksOn, retraction } from "../../registry/remarks.ts";
import { findVersion, nameOf, openVersion } from "../../registry/versions.ts";
import { brokenRules, policyRevision, rulesFor } from "../../versions/stage-policy.ts";
import type { Finding } from "./check.ts";

/** The file as a commit has it; null where there is none. */
interface Side {
  oid: Oid;
  text: string;
}

/**
 * Compares the file at the range's end with that where it begins, since only the end is what is applied. Lines that
 * mvgit wrote of an event are no edits. The policy is that of the host's default branch, and of what is checked out.
 */
export async function checkStageEdits(repo: Repo, range: string, tip: Oid): Promise<(Finding & { commit: Oid })[]> {
  const after = await sideAt(repo, tip);
  const base = await baseOf(repo, range, tip);
  const before = base === null ? null : await sideAt(repo, base);
  if (after === null || after.oid === before?.oid) return [];
  const found = (message: string): Finding & { commit: Oid } => ({
    path: STAGES_FILE,
    kind: "stage",
    message,
    command: "mvgit stage check --write",
    oid: after.oid,
    commit: tip,
  });
  const lines = await linesOf(after);
  if (!Array.isArray(lines)) return [found(lines.message.replace(/^cannot read '[^']*'/, "cannot be read"))];
  const was = before === null ? [] : await linesOf(before);
  const old = Array.isArray(was) ? was : [];
  const refs = await repo.git.refs();
  const chains = await readChains(repo.git, refs);
  const edits = lines.filter(
    (line) =>
      chainOf(chains, line)?.events.at(-1)?.event.version !== line.version && isEdit(line, old, chainOf(chains, line)),
  );
  const revision = edits.length === 0 ? null : await policyRevision(repo, await hostOf(repo.git));
  const reasons = await Promise.all(edits.map((line) => reasonAgainst(repo, { line, refs, revision })));
  return reasons.flatMap((reason) => (reason === null ? [] : [found(reason)]));
}

function isEdit(line: StageLine, old: readonly StageLine[], chain: Parameters<typeof isEdited>[1]): boolean {
  const was = old.find(({ model, stage }) => model === line.model && stage === line.stage);
  const isNews = line.event !== null && !chain?.events.some(({ event }) => event.number === line.event);
  return was?.version !== line.version && (isNews || isEdited(line, chain));
}

/** Why the stage would not take it; null when it would, or is to be emptied. */
async function reasonAgainst(
  repo: Repo,
  { line, refs, revision }: { line: StageLine; refs: readonly GitRef[]; revision: string | null },
): Promise<string | null> {
  if (line.version === null) return null;
  const asks = `asks for v${line.version} in ${stageName(line)}`;
  try {
    const version = await openVersion(repo.git, findVersion(refs, line.model, line.version));
    const { retracted } = await remarksOn(repo.git, refs, version);
    if (retracted !== null) return `${asks}, but ${nameOf(version)} is ${retraction(retracted)}`;
    const broken = await brokenRules(repo, await rulesFor(repo, line.stage, revision), { version, refs });
    return broken.length === 0 ? null : `${asks}, which does not take ${nameOf(version)}: ${broken.join("; ")}`;
  } catch (error) {
    if (isMvgitError(error, "label-unknown") || isMvgitError(error, "version-damaged"))
      return `${asks}, but ${error.message}`;
    throw error;
  }
}

async function linesOf({ text }: Side): Promise<StageLine[] | MvgitError> {
  return readStages(text).catch((error: unknown) => {
    if (isMvgitError(error, "setting-invalid")) return error;
    throw error;
  });
}

async function sideAt(repo: Repo, commit: Oid): Promise<Side | null> {
  const file = await repo.git.fileAt(commit, STAGES_FILE);
  const bytes = file && (await repo.git.blob(file.oid, STAGES_CAP + 1));
  return file && { oid: file.oid, text: bytes?.toString("utf8") ?? " ".repeat(STAGES_CAP + 1) };
}

/** Where the range left what was there before; null for a range without a beginning. */
async function baseOf(repo: Repo, range: string, tip: Oid): Promise<Oid | null> {
  const { stdout } = await repo.git.run(["rev-parse", "--revs-only", range]);
  const from = stdout
    .toString("latin1")
    .split("\n")
    .find((line) => line.startsWith("^"))
    ?.slice(1);
  if (from === undefined) return null;
  const found = await repo.git.run(["merge-base", from, tip], { answers: [0, 1] });
  return found.status === 0 ? (found.stdout.toString("latin1").trim() as Oid) : null;
}
