/** What a checkout does with a file that is not as its pointer says. */
import type { FileDecision } from "../../values/file-state.ts";

/**
 * `bring`: the pointer's bytes and mode. `bytes`, `mode`: the one of them that the user did not change. `remove`: the
 * pointer has it no more. `edited`, `deleted`: only the user changed or removed it, and so it stays. `conflict`: the
 * user and the pointer both did. `beside`: a file of the user's own. `unclear`: nothing tells what it was made from; it
 * may be replaced where its bytes may go.
 */
export type Action = "bring" | "bytes" | "mode" | "remove" | "edited" | "deleted" | "beside" | "conflict" | "unclear";

export interface Wish {
  /** What the user removed is brought back. */
  restore: boolean;
  /** What the user changed is replaced. */
  force: boolean;
}

interface Asked {
  found: object | null;
  wanted: object | null;
  decision?: FileDecision;
}

type Aim = FileDecision["goal"];

export function actionOf({ found, wanted, decision }: Asked, wish: Wish): Action {
  const goal = decision?.goal ?? "unclear";
  if (found === null) return actionOnNothing(goal, wish);
  if (wanted === null) return actionOnSurplus(goal, wish);
  if (goal === "pointer" || (wish.force && goal !== "unclear")) return "bring";
  return goal === "found" ? "edited" : goal;
}

/** Where nothing stands. */
function actionOnNothing(goal: Aim, { restore, force }: Wish): Action {
  if (goal === "pointer" || restore || force) return "bring";
  return goal === "conflict" ? "conflict" : "deleted";
}

/** Where the pointer has nothing. */
function actionOnSurplus(goal: Aim, { force }: Wish): Action {
  if (goal === "pointer") return "remove";
  return goal === "conflict" && !force ? "conflict" : "beside";
}

/** Whether a checkout puts the pointer's bytes there. */
export function isMade(action: Action): boolean {
  return action === "bring" || action === "bytes" || action === "unclear";
}
