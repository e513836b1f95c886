/** What is known of a version when its command starts, for a run whose mvgit is killed before it sees the end. */
import * as fs from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../../../base/disk.ts";
import { display, type RepoPath } from "../../../base/paths.ts";
import { readOwnJson } from "../../../base/own-json.ts";
import type { Oid } from "../../../git/reader.ts";
import type { Mapping } from "../../../values/document.ts";
import { LOG } from "../../../values/layers.ts";
import type { RunLog } from "../../../values/run-log.ts";
import type { RunRecord } from "../../../values/run-record.ts";
import { Masker } from "../../../values/secrets.ts";
import type { Repo } from "../../../repo/repo.ts";
import { runFolder } from "../../../repo/runs.ts";
import type { Undo } from "../../../repo/undo.ts";
import { logOf } from "./log-of.ts";
import { type Draft, makeDraft } from "../draft.ts";
import type { Ready } from "../ready.ts";
import { pointersOf } from "../../making/record.ts";
import { takeLogged } from "../outcome/logged-weights.ts";
import { readResults, type Results } from "../outcome/results.ts";
import type { Wanted } from "../request.ts";
import { outputsSection } from "../outcome/unnamed.ts";
import { isLeftAsIs, takeWeights, weightsProblem } from "../outcome/weights.ts";

interface Begun {
  wanted: Wanted;
  /** Without scores and weights. */
  draft: Draft;
  /** Of the weights, as they stood. */
  stamps: [RepoPath, string][];
}

/** What a shell tells of a program that was killed. */
const KILLED = 137;

function fileOf(repo: Repo, id: string): string {
  return join(runFolder(repo, id), "begun.json");
}

/** Writes it down, masked as a version is. */
export async function keepBegun(
  { repo, place, plan: { wanted, command, masker }, inputs, around, entry }: Ready,
  { weightStamps, environment }: { weightStamps: ReadonlyMap<RepoPath, string>; environment: Mapping },
): Promise<void> {
  const { id, started } = entry.record;
  const read = await readResults(
    place,
    { params: wanted.params, metrics: [] },
    { folder: command.folder, before: around.before, log: null, tracked: null },
  );
  const results = { ...read, metrics: {}, sources: { ...read.sources, metrics: wanted.metrics ?? [] } };
  const run = {
    command: masker.command(command.words),
    folder: command.folder,
    started,
    seconds: 0,
    secrets: [],
    changedInputs: [],
    status: KILLED,
    id,
  };
  const draft = makeDraft(place, wanted, {
    start: inputs.start,
    run,
    data: inputs.files,
    weights: [],
    results,
    environment: { ...environment, ...inputs.unversioned.section },
    notes: inputs.notes,
    masker,
  });
  const begun: Begun = { wanted, draft: { ...draft, pointers: pointersOf(place, draft) }, stamps: [...weightStamps] };
  replaceFile(fileOf(repo, id), JSON.stringify(begun));
}

export function readBegun(repo: Repo, id: string): Begun | null {
  return readOwnJson<Begun>(fileOf(repo, id));
}

/** What was known when it began, and above that what it logged. */
function resultsOf(draft: Draft, logged: RunLog): Results {
  const origins = { ...draft.origins, ...Object.fromEntries(Object.keys(logged.params).map((name) => [name, LOG])) };
  return {
    params: { ...draft.params, ...logged.params },
    origins,
    metrics: logged.metrics,
    sources: draft.sources,
    curves: logged.curves(),
    weights: logged.weights,
    runs: null,
    notes: [],
  };
}

/** The version with what stands there now: its log, and the weights that somebody wrote since it began. */
export async function draftOfKilled(
  repo: Repo,
  { id, log, started, ended }: RunRecord,
  { wanted, draft, stamps }: Begun,
  undo: Undo,
): Promise<Draft> {
  const before = new Map(stamps);
  const there = wanted.weights.filter(
    (path) => weightsProblem(repo, [path]) === null && !isLeftAsIs(repo, path, before),
  );
  const { weights } = await takeWeights(repo, there, { before, undo });
  const lacking = wanted.weights.filter((path) => !there.includes(path));
  const logged = await logOf(log);
  const named = await takeLogged(repo, undo, {
    names: logged.weights,
    folder: draft.run?.folder ?? "",
    besides: [...draft.data, ...wanted.weights.map((path) => ({ path }))],
    isLenient: true,
  });
  const notes = [
    ...draft.notes,
    ...named.notes,
    ended === null
      ? "mvgit was killed while the command ran: how that ended is not known, and its scores are those of its log"
      : `mvgit did not come to make the version when the command ended (${ended.why}): its scores are those of its log`,
    ...there.map((path) => `the weights '${display(path)}' are those that stood there when this version was saved`),
    ...lacking.map(
      (path) =>
        `the weights '${display(path)}' are not there, or as before the run: this version has none of that name`,
    ),
  ];
  const last = fs.statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? Date.parse(started);
  const run = {
    ...(draft.run as NonNullable<Draft["run"]>),
    ...(ended === null ? {} : { status: ended.status }),
    seconds: ended?.seconds ?? Math.max(0, (last - Date.parse(started)) / 1000),
    id,
  };
  const made = makeDraft(repo, wanted, {
    start: { ...draft.code, tree: draft.code.tree as Oid, commit: draft.code.commit as Oid | null },
    run,
    data: draft.data,
    weights: [...weights, ...named.files],
    results: resultsOf(draft, logged),
    environment: { ...draft.environment, ...outputsSection(named.tracked, lacking) },
    notes,
    masker: new Masker(repo.env),
  });
  return {
    ...made,
    author: draft.author,
    pointers: { ...draft.pointers, ...pointersOf(repo, { data: [], weights: made.weights }) },
    run: { ...run, secrets: draft.run?.secrets ?? [] },
  };
}
