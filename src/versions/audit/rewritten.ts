/** Whether all that does not fit together looks like one rewrite of history, not like tampering with one tag. */
import { plural } from "../../base/counts.ts";
import { prose } from "../../base/prose.ts";
import type { Oid } from "../../git/reader.ts";
import type { Findings } from "./report.ts";
import type { Local } from "./versions.ts";

const HELP = "docs/audit.md, 'After history was rewritten', says what to do";

/** Fewer tags could differ by chance, or by somebody's hand. */
const LEAST = 2;

/** `ours` and `theirs`: tags of versions and events by their full names. */
export function tellOtherHistory(
  host: string,
  { ours, theirs }: { ours: ReadonlyMap<string, Oid>; theirs: ReadonlyMap<string, Oid> },
  findings: Findings,
): void {
  const both = [...ours].filter(([name]) => theirs.has(name));
  if (both.length < LEAST || both.some(([name, oid]) => theirs.get(name) === oid)) return;
  findings.first(
    "history-rewritten",
    host,
    prose`none of the ${plural(both.length, "tag")} that this clone and '${host}' both have is the same object: the
      history there was rewritten (as 'git filter-repo' does), or '${host}' is another repository now. If nobody told
      you of that, take it for tampering; ${HELP}`,
  );
}

/**
 * Every version, or every event of every stage, was made anew: a rewrite keeps names and contents, and changes all ids.
 */
export function tellRewritten({ readings, chains }: Local, findings: Findings): void {
  const told = readings.filter((each) => each.kind !== "foreign");
  const changed = told.filter((each) => each.kind === "damaged" && each.isOtherCommit === true);
  const neighbours = chains.reduce((sum, { apart }) => sum + (apart?.neighbours ?? 0), 0);
  const isApart = chains.every(({ events, apart }) =>
    apart === undefined ? events.length < LEAST : apart.of === apart.neighbours,
  );
  const versions = changed.length >= LEAST && changed.length === told.length;
  const stages = neighbours >= LEAST && isApart;
  if (!versions && !stages) return;
  const what = [
    ...(versions
      ? [`the commits of all ${plural(changed.length, "version")} hold something else than their packages say`]
      : []),
    ...(stages ? ["no event names the tag that stands below it"] : []),
  ].join(", and ");
  findings.first(
    "history-rewritten",
    "history",
    prose`${what}: the history was rewritten (as 'git filter-repo' does), and what vouched for it is gone. If
      nobody told you of that, take it for tampering; ${HELP}`,
  );
}
