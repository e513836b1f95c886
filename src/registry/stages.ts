/** Which version each stage holds. */
import type { GitRef } from "../git/reader.ts";
import type { ModelName, StageName } from "../values/label.ts";
import { type Chain, heldNow, readChains } from "./chain.ts";
import { type EventReport, reportOf } from "./event-report.ts";
import type { Look, Memory } from "./look.ts";
import { findVersion } from "./versions.ts";

export interface StagesReport {
  /** The one that was asked for; null for all. */
  model: ModelName | null;
  stages: StageState[];
}

/** What a stage holds, by which event. */
interface StageState {
  model: ModelName;
  stage: StageName;
  version: number | null;
  since: EventReport | null;
  /** Why its chain cannot be trusted; such a stage has no version. */
  problem?: string;
}

/** Of one model or of all. Throws `label-unknown` for a model that has no versions. */
export async function stagesOf(look: Look, only: { model?: ModelName }): Promise<StagesReport> {
  const chains = await readChains(look.git, look.refs, only);
  if (only.model !== undefined && chains.length === 0) findVersion(look.refs, only.model, null);
  const memory = (await look.means.memory?.()) ?? null;
  const states = chains.map((chain) => stateOf(memory === null ? chain : withSeen(memory, chain, look.refs)));
  const lost = memory === null ? [] : gone(memory, chains, look.refs);
  return {
    model: only.model ?? null,
    stages: [...states, ...lost.filter(({ model }) => only.model === undefined || model === only.model)],
  };
}

/** The chain, with what was seen of it and is not there any more as its first problem. */
function withSeen(memory: Memory, chain: Chain, refs: readonly GitRef[]): Chain {
  const problem = memory.lost(chain, refs);
  if (problem !== null) return { ...chain, problems: [problem, ...chain.problems] };
  if (chain.problems.length === 0) memory.remember(chain, refs);
  return chain;
}

/** Stages of which an event was seen, and that have none any more. */
function gone(memory: Memory, chains: readonly Chain[], refs: readonly GitRef[]): StageState[] {
  return memory
    .stages()
    .filter((of) => !chains.some((chain) => chain.model === of.model && chain.stage === of.stage))
    .flatMap((of) => {
      const problem = memory.lost(of, refs);
      return problem === null ? [] : [{ ...of, version: null, since: null, problem }];
    });
}

function stateOf(chain: Chain): StageState {
  const { model, stage } = chain;
  const last = chain.events.at(-1);
  const problem = chain.problems[0];
  if (problem !== undefined) return { model, stage, version: null, since: null, problem };
  return { model, stage, version: heldNow(chain), since: last ? reportOf(last) : null };
}
