/** An event of a stage, as reports tell it. */
import type { Oid } from "../git/reader.ts";
import type { ModelName, StageName } from "../values/label.ts";
import type { StageEvent } from "./chain.ts";

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
