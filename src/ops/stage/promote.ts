/** `mvgit promote` and `mvgit rollback`. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { fetchFromHost } from "../../git/host.ts";
import { formatLabel, type Label, parseLabel } from "../../model/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { heldBefore, heldNow, stageName } from "../../stage/chain.ts";
import { resolveLabel } from "../../stage/labels.ts";
import { nameOf } from "../../version/versions.ts";
import type { StageOf } from "./host-chain.ts";
import { type Before, type Moved, move, versionNumbered } from "./move.ts";
import { enforcePolicy } from "./policy.ts";
import { requireStored, type Stored } from "./stored.ts";
import { commitView, type ViewReport } from "./view.ts";

export interface MoveReport extends Moved, ViewReport {
  /** What was asked of the remote before; null when that was not needed, or there is no remote. */
  stored: Stored | null;
}

export interface PromoteRequest {
  label: string;
  stage: StageOf["stage"];
  reason: string;
  /** Whether `stages.yaml` is rewritten and committed. */
  commit: boolean;
}

/** Moves a stage to a version. Throws `policy-refused`, `blob-missing`, `stage-moved`, `label-unknown`. */
export async function promote(repo: Repo, request: PromoteRequest): Promise<MoveReport> {
  const label: Label = parseLabel(request.label);
  const of: StageOf = { model: label.model, stage: request.stage };
  let stored: Stored | null = null;
  const moved = await move(repo, { ...of, reason: request.reason }, async (before) => {
    const refs = before.host === null ? before.refs : await freshRefs(repo, before.host, of);
    const { version } = await resolveLabel(repo.git, refs, label);
    if (before.chain && heldNow(before.chain) === version.version) return { stay: `${formatLabel({ kind: "stage", ...of })} is v${version.version} already` };
    await enforcePolicy(repo, of, { version, refs, host: before.host });
    stored = await requireStored(repo, version);
    if (before.news > 0) repo.watch.note(`${before.news} newer ${before.news === 1 ? "move" : "moves"} of ${stageName(of)} came from '${before.host}' first`);
    return { version };
  });
  return finish(repo, moved, { stored, commit: request.commit });
}

/** Branches, for the policy, and the model's tags, as the host has them now. */
async function freshRefs(repo: Repo, host: string, { model }: StageOf): Promise<Before["refs"]> {
  await fetchFromHost(repo.git, host, [`+refs/heads/*:refs/remotes/${host}/*`, `refs/tags/${model}@v*:refs/tags/${model}@v*`, `refs/tags/${model}#*:refs/tags/${model}#*`]);
  return repo.git.refs();
}

export interface RollbackRequest extends StageOf {
  /** A number, "none" to empty the stage; null for what was there before. */
  to: number | "none" | null;
  reason: string;
  commit: boolean;
}

/**
 * Moves a stage back. A version that the stage held already needs no policy and no look at the remote: going back must
 * work when things are bad. Throws `label-unknown` when there is nothing to go back to, `stage-moved`.
 */
export async function rollback(repo: Repo, request: RollbackRequest): Promise<MoveReport> {
  const { model, stage, to } = request;
  let stored: Stored | null = null;
  const moved = await move(repo, request, async (before) => {
    const { chain } = before;
    if (chain === null || heldNow(chain) === null) throw new MvgitError("label-unknown", `nothing is in ${stageName(request)}`, { subject: stageName(request), hint: "'mvgit stages' shows what is where" });
    if (to === null && before.news > 0) throw movedMeanwhile(before, request);
    const target = to === "none" ? null : (to ?? heldBefore(chain));
    if (target === null && to === null) throw new MvgitError("label-unknown", `nothing was in ${stageName(request)} before v${heldNow(chain)}`, { subject: stageName(request), hint: "name a version with '--to vN', or empty the stage with '--to none'" });
    if (target === heldNow(chain)) return { stay: `${stageName(request)} is v${target} already` };
    if (target === null) return { version: null };
    const version = await versionNumbered(repo, before.refs, { model, stage, version: target });
    const known = chain.events.find(({ event }) => event.version === target);
    if (known && known.event.package !== version.packageHash) throw new MvgitError("version-damaged", `${nameOf(version)} is not the one that ${stageName(request)} held`, { subject: nameOf(version), hint: "'mvgit audit' tells what was changed" });
    if (!known) {
      await enforcePolicy(repo, request, { version, refs: before.refs, host: before.host });
      stored = await requireStored(repo, version);
    }
    return { version };
  });
  return finish(repo, moved, { stored, commit: request.commit });
}

function movedMeanwhile({ chain, host }: Before, of: StageOf): MvgitError {
  const last = chain?.events.at(-1);
  return new MvgitError("stage-moved", `${stageName(of)} was moved meanwhile: ${display(last?.tagger.name ?? "somebody")} moved it to ${last?.event.version === null ? "nothing" : `v${last?.event.version}`}`, {
    subject: stageName(of),
    hint: `that is known here now ('${host}' was asked); look with 'mvgit history ${of.model} ${of.stage}' and run the command again if you still want to go back`,
  });
}

async function finish(repo: Repo, moved: Moved, { stored, commit }: { stored: Stored | null; commit: boolean }): Promise<MoveReport> {
  if (moved.event === null || !commit) return { ...moved, stored, stagesFile: commit ? "unchanged" : "left" };
  const version = moved.version === null ? null : await versionNumbered(repo, await repo.git.refs(), { ...moved, version: moved.version });
  const subject = `${stageName(moved)}: ${moved.version === null ? "none" : `v${moved.version}`}${moved.before === null ? "" : ` (was v${moved.before})`}`;
  const message = moved.reason === "" ? `${subject}\n` : `${subject}\n\n${moved.reason}\n`;
  return { ...moved, stored, ...(await commitView(repo, message, { host: moved.host, published: version?.commit ?? null })) };
}
