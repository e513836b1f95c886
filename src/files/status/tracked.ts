/** How tracked paths stand to their pointers. */
import type { Repo } from "../../repo/repo.ts";
import { baseSource } from "../../repo/bases.ts";
import type { Selected } from "../../repo/tracked.ts";
import type { Pointer } from "../../values/pointer.ts";
import { type Base, putOf } from "../../worktree/bases.ts";
import { compareTarget, type TargetState } from "../../worktree/compare-target.ts";
import { tellOpen } from "../merge/open.ts";
import { compareFolderState, unknownOf } from "./folder.ts";
import { isInCache } from "./in-cache.ts";
import { compareOther } from "./other-kind.ts";
import type { PathStatus } from "./path-status.ts";

/** The states of tracked paths alone. */
export async function trackedStatus(repo: Repo, selected: readonly Selected[]): Promise<PathStatus[]> {
  const task = repo.watch.progress.task("reading changed files");
  const tracked: PathStatus[] = [];
  try {
    for (const each of selected) {
      repo.watch.signal.throwIfAborted();
      tracked.push(await statusOf(repo, each, (count) => task.advance(count)));
    }
  } finally {
    task.done();
    await repo.stats.save();
  }
  return tracked;
}

async function statusOf(repo: Repo, selected: Selected, onBytes: (count: number) => void): Promise<PathStatus> {
  const { path, reading } = selected;
  const base = { path, size: null, notInCache: false };
  switch (reading.kind) {
    case "pointer":
      return compare(repo, selected, { pointer: reading.pointer, onBytes });
    case "absent":
      return { ...base, state: "unpointed" };
    case "malformed":
      return { ...base, state: "malformed", detail: reading.reason };
    case "newer":
      return { ...base, state: "newer", detail: `format ${reading.version}` };
    case "conflicted":
      return { ...base, state: "conflicted", ...(await tellOpen(repo, selected)) };
    default:
      return { ...base, state: "sparse" };
  }
}

async function compare(
  repo: Repo,
  selected: Selected,
  options: { pointer: Pointer; onBytes: (count: number) => void },
): Promise<PathStatus> {
  const { pointer, onBytes } = options;
  const { path } = selected;
  const { guard, stats, loadManifest: load, watch } = repo;
  const bases = baseSource(repo);
  const context = { guard, stats, load, bases, onBytes, signal: watch.signal };
  const base = { path, size: pointer.size, notInCache: !isInCache(repo, pointer) };
  const state = await compareTarget(path, pointer, context);
  const reader = state.kind === "file" && state.clean ? null : guard.readerOf(path);
  if (reader !== null) return { ...base, state: "held", detail: `${reader} would read or run it` };
  if (state.kind === "absent") return { ...base, state: isPut(bases.of(path)) ? "deleted" : "incomplete" };
  if (state.kind === "other")
    return {
      ...base,
      detail: `a ${state.found.kind} stands there`,
      ...(await compareOther(selected, { found: state.found, pointer, context })),
    };
  if (state.kind === "folder") return { ...base, ...(await compareFolderState(repo, selected, { pointer, context })) };
  if (!state.clean) return { ...base, ...changedFile(state, { pointer, base: bases.of(path) }) };
  if (selected.indexOid !== null) stats.bases.learn(path, putOf(pointer));
  return { ...base, state: "clean" };
}

function changedFile(
  { hash, decision }: Extract<TargetState, { kind: "file" }>,
  { pointer, base }: { pointer: Pointer; base: Base },
): Pick<PathStatus, "state" | "detail" | "isUnknown"> {
  const mode = hash === pointer.hash ? { detail: pointer.exec ? "not executable here" : "executable here" } : {};
  return { state: decision?.state ?? "modified", ...mode, ...unknownOf(base) };
}

/** Whether all of it was here once. */
function isPut({ put, begun }: Base): boolean {
  return typeof put !== "string" && begun.length === 0;
}
