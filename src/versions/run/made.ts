/** What a command left, taken in as a version that has no number yet. */
import { join } from "node:path";
import { isMvgitError } from "../../base/errors.ts";
import { display, parentOf, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Package, PackageFile } from "../../values/package.ts";
import type { Undo } from "../../repo/undo.ts";
import { type Executed, howEnded, problemOf } from "./execute.ts";
import { type Draft, makeDraft } from "./draft.ts";
import { changedSince } from "./inputs.ts";
import { startOfLog } from "./kept/log-file.ts";
import { look } from "../../worktree/stamp.ts";
import { ignoreWeights } from "./plan.ts";
import type { Wanted } from "./request.ts";
import { takeLogged } from "./outcome/logged-weights.ts";
import { readResults, type Results } from "./outcome/results.ts";
import { readTracked, takeTracked, type Tracked } from "./outcome/tracking.ts";
import { outputsSection, takeOutputs } from "./outcome/unnamed.ts";
import { isLeftAsIs, takeWeights, weightsProblem } from "./outcome/weights.ts";

export interface Made {
  draft: Draft;
  tracked: Tracked;
  /** False where the command failed and the store did not take the weights: its files alone have them. */
  isTaken: boolean;
}

/** The version that the run left, without a number. Throws what the store throws. */
export async function draftOf(executed: Executed, undo: Undo, settings: Record<string, unknown> = {}): Promise<Made> {
  const { place, plan, inputs } = executed;
  const { wanted, masker } = plan;
  const changedInputs = await changedSince(place, inputs.files);
  const notes = await beginningNotes(executed, changedInputs);
  const { weights, lacking, tracked, isTaken } = await takeWritten(executed, undo, { settings, notes });
  const results = await resultsOf(executed, tracked, settings);
  const logged = await takeLogged(place, undo, {
    names: results.weights,
    folder: plan.command.folder,
    besides: [...inputs.files, ...wanted.weights.map((path) => ({ path })), ...tracked.files],
    isLenient: problemOf(executed) !== null,
  });
  notes.push(...logged.notes);
  if (wanted.weights.length + tracked.files.length + logged.files.length === 0)
    notes.push("no weights were named: this version has none");
  const unnamed = await takeOutputs(place, undo, {
    before: executed.outputs,
    named: { start: inputs.start.tree, files: [...results.sources.params, ...results.sources.metrics] },
  });
  notes.push(...unnamed.notes);
  // Those of an earlier run that this one named again.
  const others = unnamed.files.filter(({ path }) => !logged.tracked.includes(path));
  const draft = makeDraft(place, wanted, {
    start: inputs.start,
    run: ranAs(executed, changedInputs),
    data: inputs.files,
    weights: [...weights, ...tracked.files, ...logged.files, ...others],
    results,
    environment: {
      ...executed.captured.environment,
      ...inputs.unversioned.section,
      ...outputsSection([...logged.tracked, ...others.map(({ path }) => path)], lacking),
    },
    notes,
    masker,
  });
  return { draft, tracked, isTaken: isTaken && logged.isTaken };
}

/** What is known before anything that the command wrote is looked at. */
async function beginningNotes(executed: Executed, changedInputs: readonly RepoPath[]): Promise<string[]> {
  const { place, inputs, captured } = executed;
  const head = await place.git.resolveCommit("HEAD");
  return [
    ...inputs.notes,
    ...endNotes(executed),
    ...captured.notes,
    ...changedInputs.map(
      (path) => `'${display(path)}' changed while the command ran: this version names its bytes of before`,
    ),
    ...(head === inputs.start.commit ? [] : ["HEAD moved while the command ran"]),
  ];
}

interface Written {
  weights: PackageFile[];
  /** Weights that a command which failed did not write. */
  lacking: RepoPath[];
  tracked: Tracked;
  isTaken: boolean;
}

/** Weights, and what MLflow's client recorded; of a command that failed, what there is of the first alone. */
async function takeWritten(
  executed: Executed,
  undo: Undo,
  { settings, notes }: { settings: Record<string, unknown>; notes: string[] },
): Promise<Written> {
  const { place, plan, around, tracking } = executed;
  const { wanted, masker } = plan;
  // Of a grid it chooses among its runs, and inside of one where there is something to choose from.
  const best = Object.keys(settings).length > 0 && tracking.server?.recording.runs.size === 0 ? null : plan.best;
  // In folders that the command made.
  await ignoreWeights(
    place,
    wanted.weights.filter((path) => path.includes("/") && look(join(place.top, parentOf(path), ".gitignore")) === null),
    undo,
  );
  if (problemOf(executed) !== null) {
    const written = await writtenWeights(executed, undo, notes);
    return { ...written, tracked: readTracked(tracking, { best, masker }) };
  }
  const weights = await allWeights(executed, undo, notes);
  const tracked = await takeTracked(place, tracking, {
    model: wanted.model,
    best,
    masker,
    before: around.laidOut,
    undo,
  });
  return { weights, lacking: [], tracked, isTaken: true };
}

/** Scores and settings; those of a grid's point stand above what a file says. */
async function resultsOf(
  { place, plan, around, entry, logBefore }: Executed,
  tracked: Tracked,
  settings: Record<string, unknown>,
): Promise<Results> {
  const { log } = entry.record;
  const results = await readResults(place, plan.wanted, {
    folder: plan.command.folder,
    before: around.before,
    log,
    logStart: startOfLog(log, logBefore),
    tracked,
  });
  Object.assign(results.params, settings);
  Object.assign(results.origins, Object.fromEntries(Object.keys(settings).map((name) => [name, "command"])));
  return results;
}

/** The run as its version records it. */
function ranAs({ plan, started, seconds, ended, entry }: Executed, changedInputs: RepoPath[]): Package["run"] {
  const { command, masker } = plan;
  return {
    command: masker.command(command.words),
    folder: command.folder,
    started,
    seconds,
    secrets: [],
    changedInputs,
    status: ended.status,
    id: entry.record.id,
  };
}

/** What a version says of a command that did not end well by itself. */
function endNotes({ ended }: Executed): string[] {
  return [
    ...(ended.notes ?? []),
    ...(ended.status === 0 ? [] : [`the command ${howEnded(ended)}`]),
    ...(ended.stopped === null ? [] : [`the run was interrupted by ${ended.stopped}`]),
  ];
}

async function allWeights(
  { place, plan, inputs, weightStamps }: Executed,
  undo: Undo,
  notes: string[],
): Promise<PackageFile[]> {
  const { weights, unwritten } = await takeWeights(place, plan.wanted.weights, { before: weightStamps, undo });
  notes.push(
    ...unwritten.map(
      (path) =>
        prose`the command did not write the weights '${display(path)}': they are those of
          before${inputs.staleOutputs.includes(path) ? ", which its pointer named no more" : ""}`,
    ),
  );
  return weights;
}

/** Of a command that did not end well, what it wrote of its weights until then; `lacking` is what it did not. */
async function writtenWeights(
  { place, plan: { wanted }, weightStamps }: Executed,
  undo: Undo,
  notes: string[],
): Promise<Omit<Written, "tracked">> {
  const problem = (path: Wanted["weights"][number]): string | null =>
    weightsProblem(place, [path])?.what ??
    (isLeftAsIs(place, path, weightStamps) ? "not written by the command" : null);
  const there: RepoPath[] = [];
  for (const path of wanted.weights) {
    const why = problem(path);
    if (why === null) there.push(path);
    else notes.push(`the weights '${display(path)}' are ${why}: this version has none of that name`);
  }
  try {
    const { weights } = await takeWeights(place, there, { before: weightStamps, undo });
    return { weights, lacking: wanted.weights.filter((path) => !there.includes(path)), isTaken: true };
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    notes.push(`the weights could not be taken into the store: ${error.message}`);
    return { weights: [], lacking: wanted.weights, isTaken: false };
  }
}
