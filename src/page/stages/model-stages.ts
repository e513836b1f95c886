/** The stages of a model as this page looks at them. */
import type { EventReport } from "../../registry/event-report.ts";
import type { HistoryReport } from "../../registry/history.ts";
import { kindsOf, type MoveKind, movesByStage, type Row, rowOf } from "../../values/stage-times.ts";
import { presentTime } from "./here.ts";

export interface StageOfModel {
  stage: string;
  /** From the first on. */
  moves: readonly EventReport[];
  kinds: readonly MoveKind[];
  row: Row<EventReport>;
}

export interface Span {
  from: number;
  to: number;
}

export function stagesOf(report: HistoryReport): StageOfModel[] {
  return [...movesByStage(report.events)].map(([stage, moves]) => ({
    stage,
    moves,
    kinds: kindsOf(moves),
    row: rowOf(moves),
  }));
}

/** From the first move to now, and a little beyond. */
export function spanOf(stages: readonly StageOfModel[]): Span {
  const starts = stages.flatMap(({ row }) => row.starts.slice(0, 1));
  const ends = stages.flatMap(({ row }) => row.starts.slice(-1));
  const from = Math.min(...starts);
  const to = Math.max(presentTime(), ...ends);
  const margin = Math.max(60_000, (to - from) * 0.02);
  return { from: from - margin, to: to + margin };
}

/** How a move came about, in words; "" where the numbers say it. */
export const KIND_WORDS: Readonly<Record<MoveKind, string>> = {
  first: "the first",
  forward: "",
  back: "back to what it held before",
  older: "to an older version",
  same: "the same again",
  emptied: "emptied",
};
