/** `mvgit promote` and `mvgit rollback`. */
import { MvgitError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import type { GitRef } from "../git/reader.ts";
import { formatLabel, type Label, type ModelName, parseLabel, versionWord } from "../values/label.ts";
import type { Repo } from "../repo/repo.ts";
import { type Chain, heldBefore, heldNow, stageName, type StageOf } from "../registry/chain.ts";
import { latestOf, resolveLabel } from "../registry/labels.ts";
import { problemsOf, readRemarks, type Remarks, retraction, trusted } from "../registry/remarks.ts";
import { namedRefs } from "../registry/named-refs.ts";
import { findVersion, nameOf, type Version } from "../registry/versions.ts";
import { type Before, hasVersion, type Moved, move, versionNumbered, whileMoving } from "./stage/move.ts";
import { enforcePolicy } from "./stage-policy.ts";
import { checkLatest, checkSeen, forgetVersion, remarksHere, resolveHere } from "./stage/seen.ts";
import { requireStored, type Stored } from "./stage/stored.ts";
import { forgetMove } from "./unfinished.ts";
import { commitView, type ViewReport } from "./stage-view.ts";

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
  /** Go on although events that were seen before are not there any more. */
  acceptOlder?: boolean;
  /** Number of the newest event that was seen, 0 for none; with another one there nothing is moved. */
  seen?: number;
}

/**
 * Moves a stage to a version. Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`,
 * `blob-missing`, `stage-moved`, `name-taken`, and what the host throws.
 */
export async function promote(repo: Repo, request: PromoteRequest): Promise<MoveReport> {
  const label: Label = parseLabel(request.label);
  const of: StageOf = { model: label.model, stage: request.stage };
  let stored: Stored | null = null;
  return whileMoving(repo, async () => {
    const moved = await move(
      repo,
      {
        ...of,
        reason: request.reason,
        request: `promote ${formatLabel(label)}`,
        versions: true,
        acceptOlder: request.acceptOlder,
        seen: request.seen,
      },
      async ({ host, refs, known, theirs, chain, news }) => {
        if (label.kind === "latest") await refuseOthers(repo, label.model, { known, refs, host });
        const { version, remarks } = await (request.acceptOlder
          ? resolveLabel(repo.git, refs, label)
          : resolveHere(repo, refs, label));
        if (host !== null) hasVersion(theirs, host, version);
        if (chain && heldNow(chain) === version.version)
          return { stay: `${stageName(of)} is v${version.version} already` };
        if (request.acceptOlder === true) forgetVersion(repo, version);
        else {
          checkSeen(repo, { model: version.model, version: version.version }, refs);
          if (label.kind === "latest") checkLatest(repo, { version, refs });
        }
        refuseRetracted(trusted(remarks, version), version);
        await enforcePolicy(repo, of, { version, refs, host });
        stored = await requireStored(repo, version);
        if (news > 0)
          repo.watch.note(
            prose`${news} newer ${news === 1 ? "move" : "moves"} of ${stageName(of)} came from
              '${display(host ?? "")}' first`,
          );
        if (chain === null) tellAlike(repo, of, refs);
        return { version };
      },
    );
    return finish(repo, moved, { stored, commit: request.commit });
  });
}

/** A slip of the pen makes a stage. */
function tellAlike(repo: Repo, of: StageOf, refs: readonly GitRef[]): void {
  const others = namedRefs(refs).events.filter(({ model }) => model === of.model);
  const alike = nearest(of.stage, [...new Set(others.map(({ stage }) => stage))]);
  if (alike !== null)
    repo.watch.note(
      prose`${stageName(of)} is new, beside ${stageName({ ...of, stage: alike as StageOf["stage"] })};
        'mvgit rollback ${of.model} ${of.stage} --to none' empties it`,
    );
}

/**
 * The latest that is meant is the one that whoever asks knows of. Throws `name-taken` where the host had a later one.
 */
async function refuseOthers(
  repo: Repo,
  model: ModelName,
  { known, refs, host }: { known: readonly GitRef[]; refs: readonly GitRef[]; host: string | null },
): Promise<void> {
  const { ref: before } = await latestOf(repo.git, known, model);
  const { ref: now, passed } = await latestOf(repo.git, refs, model);
  if (now === null || before?.version === now.version) return;
  if (before !== null && passed.includes(before.version))
    throw new MvgitError(
      "version-retracted",
      `the latest version of '${model}', ${nameOf(before)}, was retracted meanwhile: the latest is v${now.version} now`,
      {
        subject: nameOf(before),
        hint: `'mvgit show ${nameOf(before)}' says why; name the version that you want to promote`,
      },
    );
  const was = before === null ? "none was known here" : `here it was v${before.version}`;
  throw new MvgitError(
    "name-taken",
    `the latest version of '${model}' is ${nameOf(now)}, which came from '${display(host ?? "")}' just now: ${was}`,
    {
      subject: nameOf(now),
      hint: `look at it with 'mvgit show ${nameOf(now)}', and name the version that you want to promote`,
    },
  );
}

/** Throws `version-retracted`. `hint`: what to do instead. */
export function refuseRetracted({ retracted }: Remarks, version: Version, hint?: string): void {
  if (retracted === null) return;
  throw new MvgitError("version-retracted", `${nameOf(version)} is ${retraction(retracted)}`, {
    subject: nameOf(version),
    hint:
      hint ??
      prose`choose another ('mvgit log ${version.model}'), or, if it is good after all, take that back with
        'mvgit retract ${nameOf(version)} --undo -m WHY'`,
  });
}

export interface RollbackRequest extends StageOf {
  /** A number, "none" to empty the stage; null for what was there before. */
  to: number | "none" | null;
  reason: string;
  commit: boolean;
  acceptOlder?: boolean;
  /** As of `promote`. */
  seen?: number;
}

/**
 * Moves a stage back. A version that the stage held already needs no policy and no look at the remote: going back must
 * work when things are bad. Throws `label-unknown` when there is nothing to go back to,
 * `version-damaged`, `chain-broken`, `stage-moved`, and what the host throws.
 */
export async function rollback(repo: Repo, request: RollbackRequest): Promise<MoveReport> {
  const { model, stage, to, reason, acceptOlder, seen } = request;
  let stored: Stored | null = null;
  const asked = `rollback ${to ?? "before"}`;
  return whileMoving(repo, async () => {
    const moved = await move(
      repo,
      { model, stage, reason, request: asked, versions: false, acceptOlder, seen },
      async (before) => {
        const { chain, host, refs } = before;
        if (before.interrupted === asked)
          return { stay: `${stageName(request)} is ${nowIn(chain)} already, by the rollback that was interrupted` };
        if (chain === null || heldNow(chain) === null)
          throw new MvgitError("label-unknown", `nothing is in ${stageName(request)}`, {
            subject: stageName(request),
            hint: "'mvgit stages' shows what is where",
          });
        if (to === null && (before.news > 0 || before.interrupted !== null)) {
          // Told once: the next rollback knows of it.
          forgetMove(repo);
          throw movedMeanwhile(before, request);
        }
        const target = targetOf(chain, request);
        if (target === heldNow(chain)) return { stay: `${stageName(request)} is v${target} already` };
        if (target === null) return { version: null };
        const version = await versionNumbered(repo, refs, { model, stage, version: target });
        const known = chain.events.find(({ event }) => event.version === target);
        if (known && known.event.package !== version.packageHash)
          throw new MvgitError("version-damaged", `${nameOf(version)} is not the one that ${stageName(request)} held`, {
            subject: nameOf(version),
            hint: "'mvgit audit' tells what was changed",
          });
        const remarks = await remarksHere(repo, refs, version);
        // Going back must work when things are bad.
        for (const problem of problemsOf(remarks, version))
          repo.watch.warn(`what was said of ${nameOf(version)} cannot be trusted: ${problem}`);
        refuseRetracted(remarks, version, to === null ? await goFurther(repo, chain, refs) : undefined);
        if (!known) {
          await enforcePolicy(repo, request, { version, refs, host });
          stored = await requireStored(repo, version);
        }
        return { version };
      },
    );
    return finish(repo, moved, { stored, commit: request.commit });
  });
}

/** What to do where the version that was there before is retracted. */
async function goFurther(repo: Repo, chain: Chain, refs: readonly GitRef[]): Promise<string> {
  const { model, stage, events } = chain;
  const remarks = await readRemarks(repo.git, refs, { model });
  const now = heldNow(chain);
  const good = events.findLast(
    ({ event: { version } }) =>
      version !== null && version !== now && (remarks.get(nameOf({ model, version }))?.retracted ?? null) === null,
  )?.event.version;
  const command = `mvgit rollback ${model} ${stage} --to`;
  return good === undefined || good === null
    ? `the stage held no other that is not; '${command} vN' takes any version, '${command} none' empties it`
    : `'${command} v${good}' goes to the newest before that is not, '${command} none' empties the stage`;
}

function nowIn(chain: Chain | null): string {
  return versionWord(chain && heldNow(chain), "empty");
}

/** The number to go back to, null for none. Throws `label-unknown` when nothing was there before. */
function targetOf(chain: Chain, request: RollbackRequest): number | null {
  if (request.to === "none") return null;
  const target = request.to ?? heldBefore(chain);
  if (target !== null) return target;
  throw new MvgitError("label-unknown", `nothing was in ${stageName(request)} before v${heldNow(chain)}`, {
    subject: stageName(request),
    hint: "name a version with '--to vN', or empty the stage with '--to none'",
  });
}

function movedMeanwhile({ chain, host }: Before, of: StageOf): MvgitError {
  const last = chain?.events.at(-1);
  const who = display(last?.tagger.name ?? "somebody");
  const asked = host === null ? "" : ` ('${display(host)}' was asked)`;
  return new MvgitError(
    "stage-moved",
    `${stageName(of)} was moved meanwhile: ${who} moved it to ${versionWord(last?.event.version ?? null, "nothing")}`,
    {
      subject: stageName(of),
      hint: prose`that is known here now${asked}; look with 'mvgit history ${of.model} ${of.stage}' and run the
          command again if you still want to go back`,
    },
  );
}

/** The view after a move, or after one that was interrupted before it. */
async function finish(
  repo: Repo,
  { interrupted, ...moved }: Moved & { interrupted: boolean },
  { stored, commit }: { stored: Stored | null; commit: boolean },
): Promise<MoveReport> {
  const isDone = moved.event === null && !interrupted;
  const view = await viewAfter(repo, moved, { isDone, commit });
  forgetMove(repo);
  return { ...moved, stored, ...view };
}

async function viewAfter(
  repo: Repo,
  moved: Moved,
  { isDone, commit }: { isDone: boolean; commit: boolean },
): Promise<ViewReport> {
  if (!commit) return { stagesFile: "left" };
  return isDone ? { stagesFile: "unchanged" } : rewriteView(repo, moved);
}

async function rewriteView(repo: Repo, moved: Moved): Promise<ViewReport> {
  const refs = await repo.git.refs();
  const published = moved.version === null ? null : findVersion(refs, moved.model, moved.version).commit;
  const was = moved.before === null || moved.before === moved.version ? "" : ` (was v${moved.before})`;
  const subject = `${stageName(moved)}: ${versionWord(moved.version, "none")}${was}`;
  const message = moved.reason === "" ? `${subject}\n` : `${subject}\n\n${moved.reason}\n`;
  return commitView(repo, message, { host: moved.host, refs, published });
}
