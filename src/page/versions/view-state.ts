/** What the page of a model's versions shows, as its address has it. */
import { goTo } from "../address.ts";
import { formatRoute } from "../route.ts";

const CHARTS = ["none", "score", "settings"] as const;
export type ChartChoice = (typeof CHARTS)[number];

export interface ViewState {
  /** A filter (`values/where.ts`). */
  where: string;
  /** As `values/version-order.ts` reads it; empty for newest first. */
  sort: string;
  /** Names of columns; empty for the usual ones. */
  columns: string;
  retracted: boolean;
  picked: readonly number[];
  /** What is drawn above the table. */
  draw: ChartChoice;
  /** The score that is drawn; empty for the one that most versions have. */
  score: string;
}

/** Versions that an address may pick. */
const MOST_PICKED = 200;

export function readView(state: URLSearchParams): ViewState {
  const draw = state.get("draw") as ChartChoice | null;
  const picked = (state.get("picked") ?? "")
    .split(",", MOST_PICKED)
    .map(Number)
    .filter((version) => Number.isSafeInteger(version) && version > 0);
  return {
    where: state.get("where") ?? "",
    sort: state.get("sort") ?? "",
    columns: state.get("columns") ?? "",
    retracted: state.get("retracted") === "1",
    picked: [...new Set(picked)],
    draw: draw !== null && CHARTS.includes(draw) ? draw : "none",
    score: state.get("score") ?? "",
  };
}

/** The state with a part of the view changed: what is the default is left out, and what others keep there stays. */
function changedView(state: URLSearchParams, change: Partial<ViewState>): URLSearchParams {
  const next = new URLSearchParams(state);
  for (const [name, text] of Object.entries(textsOf({ ...readView(state), ...change }))) {
    if (text === "") next.delete(name);
    else next.set(name, text);
  }
  return next;
}

function textsOf({ where, sort, columns, retracted, picked, draw, score }: ViewState): Record<keyof ViewState, string> {
  return {
    where,
    sort,
    columns,
    retracted: retracted ? "1" : "",
    picked: picked.slice(0, MOST_PICKED).join(","),
    draw: draw === "none" ? "" : draw,
    score,
  };
}

/** `step`: with a step in the history, so that one can go back. */
export function showView(
  { model, state }: { model: string; state: URLSearchParams },
  change: Partial<ViewState>,
  { step = false } = {},
): void {
  goTo(formatRoute({ kind: "versions", model, state: changedView(state, change) }), { replace: !step });
}
