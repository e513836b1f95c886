/** `mvgit stages` and `mvgit history`: where each label is, and how it came there. */
import { MvgitError } from "../base/errors.ts";
import type { GitRef, Oid } from "../git/reader.ts";
import type { ModelName, StageName } from "../values/label.ts";
import type { Repo } from "../repo/repo.ts";
import { type Chain, eventAt, heldNow, readChains, type StageEvent, stageName } from "../registry/chain.ts";
import { findVersion } from "../registry/versions.ts";
import { lostSince, rememberSeen, stagesSeen } from "./stage/seen.ts";

/** One event, as reports tell it. */
export interface EventReport {
  model: ModelName;
  stage: StageName;
  event: number;
  version: number | null;
  before: number | null;
  /** Name of who moved it. */
  by: string;
  /** ISO 8601 with offset. */
  time: string;
  reason: string;
  commit: Oid;
  signed: boolean;
}

export interface StagesReport {
  /** The one that was asked for; null for all. */
  model: ModelName | null;
  stages: (StageState & { problem?: string })[];
}

/** What a stage holds, by which event. */
export interface StageState {
  model: ModelName;
  stage: StageName;
  version: number | null;
  since: EventReport | null;
}

/**
 * Where each label is now, of one model or of all. A stage whose chain is broken has a `problem` and no version. Throws
 * `label-unknown` for a model that has no versions.
 */
export async function stages(repo: Repo, only: { model?: ModelName }): Promise<StagesReport> {
  const refs = await repo.git.refs();
  const chains = await readChains(repo.git, refs, only);
  if (only.model !== undefined && chains.length === 0) findVersion(refs, only.model, null);
  const states = chains.map((chain) => stateOf(withSeen(repo, chain, refs)));
  return {
    model: only.model ?? null,
    stages: [
      ...states,
      ...gone(repo, chains, refs).filter(({ model }) => only.model === undefined || model === only.model),
    ],
  };
}

/** The chain, with what this clone saw of it and does not have any more as its first problem. */
function withSeen(repo: Repo, chain: Chain, refs: readonly GitRef[]): Chain {
  const problem = lostSince(repo, chain, refs);
  if (problem !== null) return { ...chain, problems: [problem, ...chain.problems] };
  if (chain.problems.length === 0) rememberSeen(repo, chain, refs);
  return chain;
}

/** Stages of which this clone saw an event, and that have none any more. */
function gone(repo: Repo, chains: readonly Chain[], refs: readonly GitRef[]): StagesReport["stages"] {
  return stagesSeen(repo)
    .filter((of) => !chains.some((chain) => chain.model === of.model && chain.stage === of.stage))
    .flatMap((of) => {
      const problem = lostSince(repo, of, refs);
      return problem === null ? [] : [{ ...of, version: null, since: null, problem }];
    });
}

function stateOf(chain: Chain): StagesReport["stages"][number] {
  const { model, stage } = chain;
  const last = chain.events.at(-1);
  const problem = chain.problems[0];
  if (problem !== undefined) return { model, stage, version: null, since: null, problem };
  return { model, stage, version: heldNow(chain), since: last ? reportOf(last) : null };
}

/** An event as reports tell it. */
export function reportOf({ event, tagger, commit, signed }: StageEvent): EventReport {
  const { model, stage, number, version, before, reason } = event;
  return {
    model,
    stage,
    event: number,
    version,
    before,
    by: tagger.name,
    time: isoTime(tagger),
    reason,
    commit,
    signed,
  };
}

/** Git's seconds and zone as ISO 8601 with offset. */
export function isoTime({ time, zone }: { time: number; zone: string }): string {
  const minutes = (zone.startsWith("-") ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5)));
  return `${new Date((time + minutes * 60) * 1000).toISOString().slice(0, 19)}${zone.slice(0, 3)}:${zone.slice(3, 5)}`;
}

export interface HistoryRequest {
  model: ModelName;
  stage?: StageName;
  /** Milliseconds since 1970: only what each stage held then. */
  at?: number;
}

export interface HistoryReport {
  model: ModelName;
  /** Newest first; with `at` one for each stage that held something. */
  events: EventReport[];
  /** Chains that cannot be trusted, in words. */
  problems: string[];
}

/** Every move of the model's stages. Throws `label-unknown` when there is none. */
export async function history(repo: Repo, request: HistoryRequest): Promise<HistoryReport> {
  const { model, stage, at } = request;
  const chains = await readChains(repo.git, await repo.git.refs(), { model, ...(stage && { stage }) });
  if (chains.length === 0) {
    const name = stage ? stageName({ model, stage }) : model;
    throw new MvgitError("label-unknown", `no move of '${name}' is known here`, {
      subject: name,
      hint: "'mvgit stages' shows all; 'git fetch --tags' brings the moves of others",
    });
  }
  const problems = chains.flatMap((chain) => chain.problems.map((problem) => `${stageName(chain)}: ${problem}`));
  const found =
    at === undefined ? chains.flatMap((chain) => chain.events) : chains.flatMap((chain) => eventAt(chain, at) ?? []);
  const events = found.map(reportOf).toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time) || b.event - a.event);
  return { model, events, problems };
}
