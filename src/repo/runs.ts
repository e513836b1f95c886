/**
 * Runs of this clone that are in progress, or of which no version came. Each is a folder `<git common
 * dir>/mvgit/runs/ID` with `run.json`, its log, and what is known of the version that it could be; `refs/mvgit/runs/ID`
 * holds its trees and, by their pointers, its bytes. It goes when its version stands.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { drawnId } from "../base/clock.ts";
import { createFile, giveSign, makeFolder, makeOneFolder, readUpTo, removeTree, replaceFile } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { timeIn } from "../base/file-time.ts";
import { withLock } from "../base/lock.ts";
import { ownNames } from "../base/own-folder.ts";
import { display, isWithin, type RepoPath } from "../base/paths.ts";
import { shellCommand } from "../base/shell.ts";
import { markOf, type ProcessMark, stateOf, thisProcess } from "../base/processes.ts";
import { prose } from "../base/prose.ts";
import { RUN_BEAT, RUN_SILENCE } from "../base/times.ts";
import type { Oid } from "../git/reader.ts";
import { DURABLE } from "../git/run.ts";
import { dropRef, setRef } from "../git/tags.ts";
import { formatRecord, isRunId, readRecord, RECORD_CAP, type RunEnded, type RunRecord } from "../values/run-record.ts";
import type { Repo } from "./repo.ts";
import { cloneFile } from "../values/own-files.ts";

export type RunState = "running" | "killed" | RunEnded["how"];

/** The variable that tells a program which run it belongs to. */
export const RUN_VARIABLE = "MVGIT_RUN";

export function runsFolder(repo: Pick<Repo, "git">): string {
  return cloneFile(repo.git.place, "runs");
}

export function runFolder(repo: Pick<Repo, "git">, id: string): string {
  return join(runsFolder(repo), id);
}

function refOf(id: string): string {
  return `refs/mvgit/runs/${id}`;
}

/** A run that this process has in its hands. */
export class RunEntry {
  readonly #repo: Repo;
  readonly #beat: ReturnType<typeof setInterval>;
  record: RunRecord;

  constructor(repo: Repo, record: RunRecord) {
    this.#repo = repo;
    this.record = record;
    const sign = join(this.folder, "alive");
    fs.closeSync(createFile(sign));
    this.#beat = setInterval(() => {
      // Elsewhere a sign that is missed counts for nothing until many were.
      giveSign(sign, repo.watch.clock.now());
    }, RUN_BEAT).unref();
  }

  get folder(): string {
    return runFolder(this.#repo, this.record.id);
  }

  /** Writes down the program that was started. */
  began(pid: number): void {
    this.#change({ program: markOf(pid) });
  }

  ended(ended: RunEnded): void {
    clearInterval(this.#beat);
    this.#change({ ended });
  }

  #change(change: Partial<RunRecord>): void {
    this.record = { ...this.record, ...change };
    replaceFile(join(this.folder, "run.json"), formatRecord(this.record));
  }

  /**
   * Keeps trees, by names, for as long as the run is listed. No commit, so that nobody sees it in a log of all refs.
   */
  async hold(trees: Readonly<Record<string, Oid>>): Promise<void> {
    const input = Object.entries(trees)
      .map(([name, oid]) => `040000 tree ${oid}\t${name}\n`)
      .toSorted()
      .join("");
    const { stdout } = await this.#repo.git.run([...DURABLE, "mktree"], { input });
    await setRef(this.#repo.git, refOf(this.record.id), stdout.toString("latin1").trim() as Oid);
  }

  /** `keep`: a file or folder of it that stays. */
  async forget(keep: string | null = null): Promise<void> {
    clearInterval(this.#beat);
    await forgetRun(this.#repo, this.record.id, keep);
  }
}

export type RunWish = Pick<RunRecord, "model" | "command" | "folder" | "isolated" | "settings" | "outputs"> & {
  /** Absolute; null for one of its own. */
  log: string | null;
};

/**
 * Lists a run as in progress. `attachedTo`: a process that runs already, whose earlier blocks are over then. Throws
 * `lock-held` where another one is in its way.
 */
export function registerRun(
  repo: Repo,
  { log, ...wish }: RunWish,
  { attachedTo = null }: { attachedTo?: number | null } = {},
): Promise<RunEntry> {
  const { gitDir, commonDir } = repo.git.place;
  return withLock(cloneFile({ commonDir }, "runs.lock"), async () => {
    if (attachedTo !== null) leaveEarlier(repo, markOf(attachedTo));
    if (!wish.isolated) refuseWhileRunning(repo, "run in this work tree");
    const sharing =
      log === null
        ? undefined
        : listRuns(repo).find((each) => each.log === log && runStateOf(repo, each) === "running");
    if (sharing !== undefined)
      throw inTheWay(
        sharing,
        `write to '${display(log ?? "")}', which MVGIT_LOG names`,
        "wait for it to end, or unset MVGIT_LOG",
      );
    const id = freeId(repo);
    const started = new Date(repo.watch.clock.now()).toISOString();
    const own = join(runFolder(repo, id), "log.jsonl");
    const record: RunRecord = {
      id,
      ...wish,
      started,
      gitDir,
      top: repo.top,
      log: log ?? own,
      owner: thisProcess(),
      program: null,
      ended: null,
    };
    if (log === null) fs.closeSync(createFile(own));
    replaceFile(join(runFolder(repo, id), "run.json"), formatRecord(record));
    return new RunEntry(repo, record);
  });
}

/** Runs that were attached to this process, and whose mvgit was killed, are over: it goes on with something else. */
function leaveEarlier(repo: Repo, program: ProcessMark): void {
  for (const record of listRuns(repo)) {
    if (record.program !== program || record.ended !== null || isAlive(repo, record, record.owner)) continue;
    replaceFile(join(runFolder(repo, record.id), "run.json"), formatRecord({ ...record, program: record.owner }));
  }
}

function freeId(repo: Repo): string {
  const folder = runsFolder(repo);
  try {
    makeFolder(folder);
    for (;;) {
      const id = drawnId();
      if (makeOneFolder(join(folder, id))) return id;
    }
  } catch (error) {
    throw fromSystem(error, `make a folder in '${display(folder)}'`, display(folder));
  }
}

/** All that are listed, newest first; of a damaged one nothing is known. */
export function listRuns(repo: Pick<Repo, "git">): RunRecord[] {
  const records = ownNames(runsFolder(repo))
    .filter(isRunId)
    .flatMap((id) => {
      const bytes = readUpTo(join(runFolder(repo, id), "run.json"), RECORD_CAP);
      const record = bytes && readRecord(bytes);
      return record === null || record.id !== id ? [] : [record];
    });
  const orderOf = ({ started, id }: RunRecord): string => `${started} ${id}`;
  return records.toSorted((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
}

export function runStateOf(repo: Pick<Repo, "git">, record: RunRecord): RunState {
  if (record.ended !== null) return record.ended.how;
  return isAlive(repo, record, record.owner) || programLives(record) ? "running" : "killed";
}

/** Whether its mvgit was ended before it started the command: nobody looks for such a run. */
export function isNeverStarted(repo: Pick<Repo, "git">, record: RunRecord): boolean {
  return record.program === null && runStateOf(repo, record) === "killed" && !hasLogged(repo, record);
}

/** A machine that went down may have lost that the program was started, and not what that logged. */
function hasLogged(repo: Pick<Repo, "git">, { id }: RunRecord): boolean {
  return (fs.statSync(join(runFolder(repo, id), "log.jsonl"), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Whether the program still runs, though its mvgit may not. */
function programLives({ program }: RunRecord): boolean {
  return program !== null && stateOf(program) === "runs";
}

function isAlive(repo: Pick<Repo, "git">, { id }: RunRecord, owner: ProcessMark): boolean {
  const state = stateOf(owner);
  if (state !== "unknown") return state === "runs";
  const sign = fs.statSync(join(runFolder(repo, id), "alive"), { throwIfNoEntry: false });
  return sign !== undefined && timeIn(runFolder(repo, id)) - sign.mtimeMs < RUN_SILENCE;
}

/** The run that is in progress in the files of this work tree; null for none. */
export function runInProgress(repo: Pick<Repo, "git">): RunRecord | null {
  const here = listRuns(repo).filter((each) => each.gitDir === repo.git.place.gitDir && !each.isolated);
  return here.find((each) => runStateOf(repo, each) === "running") ?? null;
}

/** Throws `lock-held` while a run is in progress in this work tree. `what`: as after "cannot". */
export function refuseWhileRunning(repo: Repo, what: string): void {
  const running = runInProgress(repo);
  if (running === null) return;
  if (repo.env[RUN_VARIABLE] === running.id)
    throw inTheWay(
      running,
      what,
      "it is that run's own command which asks for this: do it after the run, or in another work tree",
    );
  const number = running.program?.split(" ")[1];
  const isOrphan = !isAlive(repo, running, running.owner) && number !== undefined;
  const end = isOrphan
    ? `its mvgit was killed, and its command goes on as process ${number}: wait for it, or end it with 'kill ${number}'`
    : "wait for it to end ('mvgit runs' lists it)";
  throw inTheWay(running, what, `${end}; 'mvgit run --isolated' runs beside it, in a scratch work tree of its own`);
}

/**
 * Throws `lock-held` for what a run that is in progress in this work tree writes, unless that run's own command asks.
 */
export function refuseOutputs(repo: Repo, paths: readonly (RepoPath | "")[]): void {
  const running = repo.env[RUN_VARIABLE] === undefined ? runInProgress(repo) : null;
  const path = paths.find((each) =>
    running?.outputs.some((output) => each === "" || isWithin(each, output) || isWithin(output, each)),
  );
  if (running === null || path === undefined) return;
  throw inTheWay(
    running,
    `take in '${display(path === "" ? "." : path)}', which that run writes`,
    "wait for it to end: its version names what it wrote",
  );
}

/** Says that what a run works with may change under it. */
export function warnWhileRunning(repo: Repo): void {
  const running = repo.env[RUN_VARIABLE] === undefined ? runInProgress(repo) : null;
  if (running !== null)
    repo.watch.warn(
      prose`${tellRun(running)} is in progress in this work tree: files that it reads or writes may change
        under it, which its version notes`,
    );
}

function inTheWay(running: RunRecord, what: string, hint: string): MvgitError {
  return new MvgitError("lock-held", `cannot ${what}: ${tellRun(running)} is in progress here`, {
    subject: running.id,
    hint,
  });
}

/** `run 0a1b2c3d of 'spam' (python train.py), since 2026-01-02 03:04 UTC,` */
export function tellRun({ id, model, command, started }: RunRecord): string {
  const words = shellCommand(command);
  const shown = words.length > 60 ? `${words.slice(0, 59)}…` : words;
  return `run ${id} of '${model}' (${shown}), since ${started.slice(0, 16).replace("T", " ")} UTC,`;
}

/**
 * Lists a run no more, and removes all that is kept of it, but a file or folder that is to stay; one that is not there
 * is fine.
 */
export async function forgetRun(repo: Repo, id: string, keep: string | null = null): Promise<void> {
  if (!isRunId(id)) return;
  const { stdout, status } = await repo.git.run(["rev-parse", "--verify", "--quiet", refOf(id)], { answers: [0, 1] });
  if (status === 0) await dropRef(repo.git, refOf(id), stdout.toString("latin1").trim() as Oid);
  const folder = runFolder(repo, id);
  if (keep === null || !fs.existsSync(keep)) return removeTree(folder);
  for (const name of ownNames(folder)) if (join(folder, name) !== keep) removeTree(join(folder, name));
}

/** The run that an id, or the beginning of one, means. Throws `label-unknown`, `usage`. */
export function findRun(repo: Repo, typed: string): RunRecord {
  const all = listRuns(repo);
  const found = all.filter((each) => typed.length >= 4 && each.id.startsWith(typed));
  if (found.length === 1) return found[0] as RunRecord;
  const name = display(typed);
  if (found.length > 1)
    throw new MvgitError("usage", `'${name}' may be ${found.map((each) => each.id).join(" or ")}`, {
      subject: name,
      hint: "name more of the id",
    });
  throw new MvgitError("label-unknown", `no run '${name}' is listed in this clone`, {
    subject: name,
    hint: "'mvgit runs' lists those that are",
  });
}
