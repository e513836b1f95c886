/** Which version a stage held when, told from its moves. Pure. */

import { movesByStage, rowOf } from "../stage-times.ts";

/** Of a stage, as `history` tells it; `version` is null where the stage was emptied. */
export interface StageMove {
  stage: string;
  /** Its number among the stage's moves. */
  event: number;
  version: number | null;
  /** ISO 8601. */
  time: string;
  reason?: string | null;
}

export interface Holding {
  stage: string;
  version: number;
  /** Milliseconds since 1970; `to` is null while it lasts. */
  from: number;
  to: number | null;
  reason: string | null;
}

/** By stage, then in the order of its moves, whatever theirs is here; a clock that went back makes no negative span. */
export function holdingsOf(moves: readonly StageMove[]): Holding[] {
  const known = moves.filter(({ time }) => !Number.isNaN(Date.parse(time)));
  return [...movesByStage(known)].flatMap(([stage, all]) => {
    const { stretches, starts } = rowOf(all);
    return stretches.flatMap(({ version, from }, at) => {
      if (version === null) return [];
      const to = starts[at + 1] ?? null;
      return [{ stage, version, from: starts[at] as number, to, reason: from.reason ?? null }];
    });
  });
}
