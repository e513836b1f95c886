/** Which of the interpreters that a command ran is the one that its program ran in. */
import * as fs from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Role } from "../../../values/environment-record.ts";
import { interpreterKind, isTool, taskOf } from "../../../program/interpreters/kinds.ts";
import { isInside } from "../../../program/neutral.ts";
import type { Sighting } from "../../../program/processes/watch.ts";

/** `own`: runs code of the work tree; `tool`: starts others, or sees to packages. */
type Rank = "own" | "other" | "tool";
const RANKS: readonly Rank[] = ["tool", "other", "own"];

export interface Ranked {
  sighting: Sighting;
  role: Role;
  /** It starts others, or sees to packages. */
  isTool: boolean;
}

/**
 * Those of the program first, the one that counts before all others; helpers behind. `prefixOf`: the folder that its
 * packages belong to.
 */
export function byRole(
  sightings: readonly Sighting[],
  { top, prefixOf }: { top: string; prefixOf: (sighting: Sighting) => string | null },
): Ranked[] {
  const ranked = sightings.map((sighting) => ({
    sighting,
    rank: rankOf(sighting, { top, prefix: prefixOf(sighting) }),
  }));
  const highest = RANKS.findLast((rank) => ranked.some((each) => each.rank === rank));
  const startsAnother = (of: Sighting): boolean =>
    ranked.some(
      ({ sighting, rank }) => rank === highest && prefixOf(sighting) !== prefixOf(of) && isUnder(sighting, of),
    );
  const ordered = ranked
    .filter((each) => each.rank === highest)
    .toSorted(
      (a, b) =>
        Number(startsAnother(a.sighting)) - Number(startsAnother(b.sighting)) ||
        lifeOf(b.sighting) - lifeOf(a.sighting),
    );
  const isProgram = (at: number): boolean => at === 0 || highest === "own";
  return [
    ...ordered.map(({ sighting, rank }, at): Ranked => ({
      sighting,
      role: isProgram(at) ? "program" : "helper",
      isTool: rank === "tool",
    })),
    ...ranked
      .filter((each) => each.rank !== highest)
      .map(({ sighting, rank }): Ranked => ({ sighting, role: "helper", isTool: rank === "tool" })),
  ];
}

function lifeOf({ first, last }: Sighting): number {
  return last - first;
}

function isUnder(sighting: Sighting, ancestor: Sighting): boolean {
  for (let each = sighting.parent; each !== null; each = each.parent) if (each === ancestor) return true;
  return false;
}

function rankOf(sighting: Sighting, { top, prefix }: { top: string; prefix: string | null }): Rank {
  const kind = interpreterKind(sighting.exe);
  const task = kind === null ? null : taskOf(kind, sighting.argv);
  if (task?.what === "script" && isOwn(resolve(sighting.cwd ?? "/", task.name), { top, prefix })) return "own";
  if (task === null || isTool(task)) return "tool";
  if (task.what !== "module") return "other";
  const parts = task.name.split(".");
  const folders = [
    sighting.cwd ?? "/",
    join(sighting.cwd ?? "/", "src"),
    ...(sighting.env["PYTHONPATH"] ?? "")
      .split(delimiter)
      .filter((each) => each !== "")
      .map((each) => resolve(sighting.cwd ?? "/", each)),
  ];
  const files = folders.flatMap((folder) => [
    join(folder, `${parts.join("/")}.py`),
    join(folder, ...parts, "__init__.py"),
    join(folder, ...parts, "__main__.py"),
  ]);
  return files.some((file) => isOwn(file, { top, prefix }) && fs.existsSync(file)) ? "own" : "other";
}

/** In the work tree, and in no folder of packages there. */
function isOwn(file: string, { top, prefix }: { top: string; prefix: string | null }): boolean {
  const isInstalled = prefix !== null && prefix !== top && isInside(prefix, top) && isInside(file, prefix);
  return isInside(file, top) && !isInstalled && !/\/(?:site-packages|dist-packages|node_modules)\//.test(file);
}
