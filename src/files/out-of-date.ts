/** What of the work tree is no edit of the user's, and must not be recorded as one. */
import { MvgitError } from "../base/errors.ts";
import { display, firstOf, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import type { Repo } from "../repo/repo.ts";
import type { ChangedState } from "./status/tally.ts";
import type { PathStatus } from "./status.ts";

const STALE = ["behind", "incomplete", "diverged"] as const satisfies readonly ChangedState[];
type Stale = (typeof STALE)[number];

/** Paths as they stand in the work tree, the first of them, and how many. */
interface Named {
  count: number;
  first: RepoPath[];
}

/** Whether the pointer names other bytes than those that stand here, and not because the user changed them. */
export function isOutOfDate({ state }: PathStatus): boolean {
  return (STALE as readonly string[]).includes(state);
}

/** Nothing stands there, and nothing ever did. */
export function isAbsent({ state, files, detail }: PathStatus): boolean {
  return state === "incomplete" && files === undefined && detail === undefined;
}

/**
 * The error for paths that are not as their pointers say, through nobody's edit. `what`: what was not done. `asIs`: how
 * to do it all the same, in words.
 */
export function outOfDate(
  repo: Repo,
  states: readonly PathStatus[],
  { what, asIs }: { what: string; asIs: string },
): MvgitError {
  const parts = STALE.flatMap((state) => {
    const named = namesOf(states, state);
    return named.count === 0
      ? []
      : [
          `${firstOf(
            named.first.map((path) => repo.typed(path)),
            named.count,
          )} ${PLAIN[state][named.count === 1 ? 0 : 1]}`,
        ];
  });
  const bring = states.some((each) => each.notInCache) ? "mvgit pull" : "mvgit checkout";
  const isToDecide = states.some((each) => each.state === "diverged");
  const { path } = states[0] as PathStatus;
  return new MvgitError("out-of-date", `${what}: ${parts.join("; ")}`, {
    subject: display(repo.typed(path)),
    hint: `run '${bring}' first, which keeps what you changed${isToDecide ? " and says what to decide" : ""}; ${asIs}`,
  });
}

/** Of one, and of many. */
const PLAIN: Record<Stale, readonly [string, string]> = {
  behind: ["is behind its pointer", "are behind their pointers"],
  incomplete: ["never arrived here", "never arrived here"],
  diverged: ["is changed here and in its pointer", "are changed here and in their pointers"],
};

/** What is recorded as it stands here, though it is no edit: in words for a version's notes. */
export function asIsNotes(states: readonly PathStatus[]): string[] {
  return STALE.flatMap((state) => {
    const named = namesOf(states, state);
    return named.count === 0
      ? []
      : [
          prose`recorded as it stood, by '--as-is': ${firstOf(named.first, named.count)}
            ${PLAIN[state][named.count === 1 ? 0 : 1]}`,
        ];
  });
}

function namesOf(states: readonly PathStatus[], wanted: Stale): Named {
  const named: Named = { count: 0, first: [] };
  for (const { path, state, files } of states) {
    const inside = files?.[wanted];
    if (inside) {
      named.count += inside.count;
      named.first.push(...inside.first.map((each) => `${path}/${each}` as RepoPath));
    } else if (state === wanted && files === undefined) {
      named.count++;
      named.first.push(path);
    }
  }
  return named;
}
