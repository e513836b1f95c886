/** How curves are drawn, as the address has it: `smooth=0.6&log=1&clip=1&by=time`. */

export interface CurveOptions {
  /** Weight of the average, 0 to 0.99. */
  smooth: number;
  log: boolean;
  /** Leaves outliers out of account. */
  clip: boolean;
  by: CurveAxis;
  /** Part of the names of scores that are shown. */
  find: string;
}

/** `own`: what each curve counts by itself, mostly steps. */
export type CurveAxis = "own" | "time" | "epoch";

export const MOST_SMOOTH = 0.99;

export function readOptions(state: URLSearchParams): CurveOptions {
  const smooth = Number(state.get("smooth") ?? 0);
  const by = state.get("by");
  return {
    smooth: Number.isFinite(smooth) ? Math.min(Math.max(smooth, 0), MOST_SMOOTH) : 0,
    log: state.get("log") === "1",
    clip: state.get("clip") === "1",
    by: by === "time" || by === "epoch" ? by : "own",
    find: state.get("curves") ?? "",
  };
}

/** The state with other options, what is the default left out; the rest of it stays. */
export function writeOptions(state: URLSearchParams, { smooth, log, clip, by, find }: CurveOptions): URLSearchParams {
  const next = new URLSearchParams(state);
  const values = {
    smooth: smooth === 0 ? "" : String(smooth),
    log: log ? "1" : "",
    clip: clip ? "1" : "",
    by: by === "own" ? "" : by,
    curves: find,
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}
