/** The error that names what is in the way of a checkout, and what to do about it. */
import { MvgitError } from "../../base/errors.ts";
import { display, firstOf } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Obstacle } from "./plan.ts";

export function inTheWay(repo: Repo, obstacles: readonly Obstacle[]): MvgitError {
  const { why, hint } =
    WHY[
      (["blocked", "conflict", "unstored", "unnamed"] as const).find((kind) =>
        obstacles.some((each) => each.kind === kind),
      ) ?? "blocked"
    ];
  return new MvgitError(
    "local-changes",
    `nothing was checked out: ${firstOf(obstacles.map((each) => repo.typed(each.path)))} ${why}`,
    { subject: display(repo.typed((obstacles[0] as Obstacle).path)), hint },
  );
}

const FORCE = "or replace them with 'mvgit checkout --force' (which keeps the old bytes in the cache)";
const WHY = {
  blocked: { why: "stands where a tracked file or folder belongs", hint: "move it away, then run the command again" },
  conflict: {
    why: "changed here, and in another way in what its pointer names now",
    hint: prose`
      for each of them: 'mvgit checkout --force PATH' takes what the pointer names (the cache keeps your bytes),
      'mvgit add --as-is PATH' records yours
    `,
  },
  unstored: { why: "has bytes that no store has", hint: `keep them with 'mvgit add', ${FORCE}` },
  unnamed: {
    why: "was added with other bytes than its pointer now names, and no commit names those",
    hint: `keep them with 'mvgit add' and a commit, ${FORCE}`,
  },
};
