/** What a dialogue of a move stands on, and what is chosen in it. */

export interface MoveOf {
  action: "promote" | "rollback";
  model: string;
  /** Where the page stands on a stage; absent: it is chosen. */
  stage?: string;
  /** Where the page stands on a version; absent: it is chosen. */
  version?: number;
}

export interface Wish {
  /** "" while none is named. */
  stage: string;
  /** `vN`, `none`, `before` for what a rollback goes back to; "" while none is named. */
  to: string;
}

export function wishedAtFirst({ action, stage = "", version }: MoveOf): Wish {
  if (version !== undefined) return { stage, to: `v${version}` };
  return { stage, to: action === "rollback" ? "before" : "" };
}
