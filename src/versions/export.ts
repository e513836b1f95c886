/**
 * `mvgit export`: the files of a version into a folder, from the cache and what it lacks from a remote; the work tree
 * stays as it is.
 */
import { resolve } from "node:path";
import { andMore } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { refuseCommittedLinks } from "../repo/committed-links.ts";
import type { Repo } from "../repo/repo.ts";
import type { GitRef } from "../git/reader.ts";
import type { OnEvents, Resolved } from "../registry/labels.ts";
import { deliver, type Delivered, notTakenBack } from "./deliver/deliver.ts";
import { DeliveryFolder } from "./deliver/release-folder.ts";
import { enforceHere } from "./stage/judge.ts";
import { checkLatest, checkSeen } from "./stage/seen.ts";
import { aboutOf, parseWhat, resolveWhat, sightOf, warnOfRemarks, type What } from "./deliver/what.ts";
import { partsOf } from "./deliver/parts.ts";

export interface ExportRequest {
  /** `LABEL` or a revision of Git, with `:PATH` for a part of it. */
  what: string;
  /** As typed; from the current folder. */
  dir: string;
  /** `weights`, `data`, or paths; empty for all. */
  only: readonly string[];
  /** Files of others in the folder stay, or are kept aside where they stand in the way. */
  force: boolean;
  /** Take what the label means now although the folder has seen something that is not there any more. */
  acceptOlder?: boolean | undefined;
  jobs?: number | undefined;
}

/**
 * Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`, `not-tracked`, `local-changes`, and what
 * the stores throw.
 */
export async function exportVersion(repo: Repo, request: ExportRequest): Promise<Delivered> {
  const asked = parseWhat(request.what, request.only);
  const dir = resolve(repo.cwd, request.dir);
  await refuseCommittedLinks(repo, [dir], "write to");
  const folder = notTakenBack(DeliveryFolder.open(dir, request), request, null);
  const refs = await repo.git.refs();
  const onEvents: OnEvents = (stage, events) => {
    folder(stage, events);
    if (request.acceptOlder !== true) checkSeen(repo, stage, refs);
  };
  const found = await resolveWhat(repo.git, asked, { elsewhere: false, onEvents });
  if (asked.label?.kind === "stage") await enforceHere(repo, asked.label, refs);
  if (found.resolved && request.acceptOlder !== true) checkVersion(repo, asked, { resolved: found.resolved, refs });
  warnOfRemarks(repo.watch, found.resolved);
  const { parts, left } = await partsOf(repo.git, { ...found, only: asked.only });
  noteLeft(repo.watch, left);
  return deliver({
    ...request,
    dir,
    reader: repo.git,
    parts,
    sight: sightOf(asked, found),
    about: aboutOf(asked, found, null),
    watch: repo.watch,
    // Never hard links: the files are for others, and the cache is the user's own.
    stores: () => ({ cache: repo.cache, links: ["reflink", "copy"], remotes: () => repo.remotes(), isOwn: false }),
  });
}

/** Throws what of the version was seen before, and is not here any more. */
function checkVersion(
  repo: Repo,
  { label }: What,
  { resolved: { version }, refs }: { resolved: Resolved; refs: readonly GitRef[] },
): void {
  checkSeen(repo, { model: version.model, version: version.version }, refs);
  if (label?.kind === "latest") checkLatest(repo, { version, refs });
}

/** Tells of links and submodules, which no folder of plain files can hold. */
export function noteLeft(watch: Repo["watch"], left: readonly string[]): void {
  if (left.length > 0)
    watch.note(
      `left out, since it is a link or a submodule: '${display(left[0] as string)}'${andMore(left.length - 1)}`,
    );
}

/** For an option that must be there. Throws `usage`. */
export function requireFolder(dir: string | undefined): string {
  if (dir !== undefined && dir !== "") return dir;
  throw new MvgitError("usage", "it takes '-o DIR', the folder to fill", {
    hint: "name a folder that is absent, empty, or an earlier one of mvgit's",
  });
}
