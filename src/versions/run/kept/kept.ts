/** What is kept of a run of which no version came, so that 'mvgit save --run' can make one. */
import { join } from "node:path";
import { plural } from "../../../base/counts.ts";
import { replaceFile } from "../../../base/disk.ts";
import { isMvgitError } from "../../../base/errors.ts";
import { readOwnJson } from "../../../base/own-json.ts";
import { RUN_KEPT } from "../../../base/times.ts";
import type { Oid } from "../../../git/reader.ts";
import type { RunEnding } from "../../../values/run-record.ts";
import type { Repo } from "../../../repo/repo.ts";
import { forgetRun, listRuns, type RunEntry, runFolder, runStateOf } from "../../../repo/runs.ts";
import type { Undo } from "../../../repo/undo.ts";
import { treeOf } from "../sweep/beside.ts";
import type { Draft } from "../draft.ts";
import type { Executed } from "../execute.ts";
import { draftOf, type Made } from "../made.ts";
import { pointersOf } from "../../making/record.ts";
import { leftOutNote, snapshot } from "../../making/snapshot.ts";

/** The version that a run could be, and the work tree as its command left it. */
export interface Kept {
  draft: Draft;
  tree: Oid;
}

/** Notes of files that were left out; more are counted. */
const MOST_NOTES = 20;

/** Writes down all that is known of a run that ended. Throws what the store throws. */
export async function keepRun(
  executed: Executed,
  undo: Undo,
  { how, why, settings }: { how: RunEnding; why: string; settings: Record<string, unknown> },
): Promise<Kept & Pick<Made, "isTaken">> {
  const { repo, place, entry, inputs } = executed;
  const made = await draftOf(executed, undo, settings);
  const { tree, leftOut } = await treeOf(place, made.draft);
  const more =
    leftOut.length > MOST_NOTES
      ? [`${plural(leftOut.length - MOST_NOTES, "more file is", "more files are")} not part of this version`]
      : [];
  const notes = [
    ...made.draft.notes,
    ...leftOut.slice(0, MOST_NOTES).map((each) => leftOutNote(each, { isGone: place !== repo })),
    ...more,
  ];
  const draft: Draft = { ...made.draft, notes, pointers: pointersOf(place, made.draft) };
  await entry.hold({ start: inputs.start.tree, end: tree });
  replaceFile(fileOf(repo, entry.record.id), JSON.stringify({ draft, tree }));
  const { status } = executed.ended;
  entry.ended({
    how,
    status,
    why,
    seconds: executed.seconds,
    scores: draft.metrics,
    weights: draft.weights,
    left: null,
  });
  return { draft, tree, isTaken: made.isTaken };
}

/**
 * As `keepRun`, where the command did not end well: what cannot be had of it hides nothing of what it said. False where
 * the weights that it wrote are in its files alone.
 */
export async function keepFailed(
  executed: Executed,
  undo: Undo,
  why: string,
  settings: Record<string, unknown> = {},
): Promise<boolean> {
  const { repo, entry, ended, seconds } = executed;
  const how = wasInterrupted(ended) ? "interrupted" : "failed";
  try {
    return (await keepRun(executed, undo, { how, why, settings })).isTaken;
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    repo.watch.warn(`what the run made could not be kept: ${error.message}`);
    entry.ended({ how, status: ended.status, why, seconds, scores: {}, weights: [], left: null });
    return false;
  }
}

/** Exit statuses that programs give which end in order for SIGINT, SIGTERM or SIGHUP. */
const OF_SIGNALS: ReadonlySet<number> = new Set([130, 143, 129]);

/** A terminal's Ctrl-C may end the command before mvgit hears of it. */
function wasInterrupted({ stopped, signal, status }: Executed["ended"]): boolean {
  return (
    stopped !== null || signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP" || OF_SIGNALS.has(status)
  );
}

/** Notes the work tree as it is once what the run changed for itself is put back. */
export async function noteLeft(repo: Repo, entry: RunEntry): Promise<void> {
  const { ended } = entry.record;
  if (ended === null) return;
  const { tree } = await snapshot(repo);
  entry.ended({ ...ended, left: tree });
}

function fileOf(repo: Repo, id: string): string {
  return join(runFolder(repo, id), "version.json");
}

/** Null for a run of which nothing was kept: its mvgit was killed. */
export function readKept(repo: Repo, id: string): Kept | null {
  return readOwnJson<Kept>(fileOf(repo, id));
}

/** So many of the newest are kept for longer. */
const NEWEST = 20;

/** Lets old runs go, and says so. */
export async function pruneRuns(repo: Repo): Promise<void> {
  const over = listRuns(repo)
    .filter((each) => runStateOf(repo, each) !== "running")
    .slice(NEWEST);
  const old = over.filter(({ started }) => repo.watch.clock.now() - Date.parse(started) > RUN_KEPT);
  for (const { id } of old) await forgetRun(repo, id);
  const [which, verb] = old.length === 1 ? [`run ${old[0]?.id}`, "is"] : [plural(old.length, "run"), "are"];
  if (old.length > 0)
    repo.watch.note(`${which} of more than 30 days ago, of which no version was made, ${verb} kept no longer`);
}
