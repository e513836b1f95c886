/** What a receipt, a hash or a file belongs to, in words. */
import { display } from "../../../base/paths.ts";
import type { Match, Period } from "../../../versions/explain.ts";
import type { EventReport } from "../../../versions/stages.ts";
import type { Style } from "../style.ts";
import { NAME, oneLine } from "../table.ts";

export type Shown = Omit<Match, "event">;

/** Versions beside the first that a report names. */
export const MOST = 20;

export function roleOf({ as, path }: Shown): string {
  if (as === "history") return ", the first of this model that has it in its history";
  if (as === "source") return path === undefined ? "" : `, which has it as '${display(path)}'`;
  if (as === "package" || as === "commit") return `, as its ${as}`;
  return path === undefined ? "" : `, as its ${as} '${display(path)}'`;
}

export function periodText({ stage, from, to }: Period, style: Style): string {
  const end = to === null ? style.good("and is there now") : `until ${when(to)} (${movedBy(to)})`;
  return `in ${stage} from ${when(from)} (${movedBy(from)}) ${end}`;
}

export function when({ time }: EventReport): string {
  return time.slice(0, 16).replace("T", " ");
}

export function movedBy({ by, version, reason }: EventReport): string {
  return `${oneLine(by, NAME)} moved it to ${version === null ? "nothing" : `v${version}`}${reason === "" ? "" : `: "${oneLine(reason)}"`}`;
}
