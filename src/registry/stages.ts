/** Which version each stage holds. */
import type { ModelName, StageName } from "../values/label.ts";
import { type Chain, heldNow } from "./chain.ts";
import { type EventReport, reportOf } from "./event-report.ts";
import { chainsSeen } from "./held-against.ts";
import type { Look } from "./look.ts";
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
  const chains = await chainsSeen(look, only);
  if (only.model !== undefined && chains.length === 0) findVersion(look.refs, only.model, null);
  return { model: only.model ?? null, stages: chains.map(stateOf) };
}

function stateOf(chain: Chain): StageState {
  const { model, stage } = chain;
  const last = chain.events.at(-1);
  const problem = chain.problems[0];
  if (problem !== undefined) return { model, stage, version: null, since: null, problem };
  return { model, stage, version: heldNow(chain), since: last ? reportOf(last) : null };
}
