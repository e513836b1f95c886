/** Three versions of `stages.yaml` into one, line by line. */
import type { StageLine } from "./stages-file.ts";

export interface StageSides {
  base: readonly StageLine[];
  ours: readonly StageLine[];
  theirs: readonly StageLine[];
}

export interface MergedStages {
  lines: StageLine[];
  /** Lines that both sides changed, one of them by hand. */
  conflicts: StageLine[];
}

/**
 * A line that one side alone changed is that side's. Of two lines that mvgit wrote, the one of the later event stands.
 * A line that a person edited (`isEdit`) gives way to nothing that the other side changed as well: that is a conflict.
 */
export function mergeStages({ base, ours, theirs }: StageSides, isEdit: (line: StageLine) => boolean): MergedStages {
  const names = new Map([...base, ...ours, ...theirs].map((line) => [nameOf(line), line]));
  const merged: MergedStages = { lines: [], conflicts: [] };
  for (const [name, some] of names) {
    const [was, our, their] = [base, ours, theirs].map((lines) => lines.find((line) => nameOf(line) === name));
    const line = chooseLine(was, our, their, isEdit);
    if (line === "conflict") merged.conflicts.push(some);
    else if (line) merged.lines.push(line);
  }
  return merged;
}

function nameOf({ model, stage }: StageLine): string {
  return `${model}#${stage}`;
}

type Side = StageLine | undefined;

function chooseLine(was: Side, our: Side, their: Side, isEdit: (line: StageLine) => boolean): Side | "conflict" {
  if (our?.version === their?.version) return later(our, their);
  if (isSame(was, their)) return our;
  if (isSame(was, our)) return their;
  if ((our && isEdit(our)) || (their && isEdit(their))) return "conflict";
  return later(our, their);
}

function isSame(a: Side, b: Side): boolean {
  return a?.version === b?.version && a?.event === b?.event;
}

function later(a: Side, b: Side): Side {
  return (b?.event ?? 0) > (a?.event ?? 0) ? b : (a ?? b);
}
