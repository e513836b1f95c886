/** What a receipt, a hash or a file belongs to, in words. */
import { display } from "../../../base/paths.ts";
import type { EventReport } from "../../../registry/event-report.ts";
import type { Period } from "../../../registry/explain/explain.ts";
import type { Match } from "../../../registry/explain/found.ts";
import { minuteOf } from "../words.ts";
import type { Style } from "../style.ts";
import { NAME, oneLine } from "../columns.ts";
import { versionWord } from "../../../values/label.ts";

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
  const end = to === null ? style.good("and is there now") : `until ${minuteOf(to.time)} (${movedBy(to)})`;
  return `in ${stage} from ${minuteOf(from.time)} (${movedBy(from)}) ${end}`;
}

export function movedBy({ by, version, reason }: EventReport): string {
  const where = versionWord(version, "nothing");
  return `${oneLine(by, NAME)} moved it to ${where}${reason === "" ? "" : `: "${oneLine(reason)}"`}`;
}
