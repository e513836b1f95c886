/**
 * What of a sweep an earlier one made, before it was stopped: versions and kept runs of the same command, code and
 * data.
 */
import type { Oid } from "../../../git/reader.ts";
import type { ModelName } from "../../../values/label.ts";
import type { Package } from "../../../values/package.ts";
import type { Metrics } from "../../../values/recorded-values.ts";
import type { Repo } from "../../../repo/repo.ts";
import { forgetRun, listRuns, runFolder } from "../../../repo/runs.ts";
import { nameOf, readVersions, versionRefs } from "../../../registry/versions.ts";
import { readKept } from "../kept/kept.ts";
import type { ScratchOutcome } from "./scratch-run.ts";

/** A version, or a run that ended well and has none yet. */
export interface Found {
  label: string | null;
  scores: Metrics;
  outcome: ScratchOutcome | null;
  /** Of the version. */
  pack: Package | null;
}

/** By their commands, as recorded. */
export type Done = ReadonlyMap<string, Found>;

export function keyOf(command: readonly string[]): string {
  return JSON.stringify(command);
}

/** `tree`: that they began with, pointers of data included; `folder`: where their commands started. */
export async function doneBefore(
  repo: Repo,
  { model, tree, folder }: { model: ModelName; tree: Oid; folder: string },
): Promise<Done> {
  const done = new Map<string, Found>();
  for await (const reading of readVersions(repo.git, versionRefs(await repo.git.refs(), model))) {
    if (reading.kind !== "version") continue;
    const { pack } = reading.version;
    const { run, code, metrics } = pack;
    if (run !== null && code.tree === tree && run.folder === folder && (run.status ?? 0) === 0)
      done.set(keyOf(run.command), { label: nameOf(pack), scores: metrics, outcome: null, pack });
  }
  for (const record of listRuns(repo)) {
    if (
      record.model !== model ||
      record.ended?.how !== "finished" ||
      record.folder !== folder ||
      done.has(keyOf(record.command))
    )
      continue;
    const kept = readKept(repo, record.id);
    if (kept === null || kept.draft.code.tree !== tree) continue;
    const entry = {
      record,
      folder: runFolder(repo, record.id),
      forget: (keep: string | null = null) => forgetRun(repo, record.id, keep),
    };
    done.set(keyOf(record.command), {
      label: null,
      scores: record.ended.scores,
      outcome: { entry, kept, failure: null, status: 0, seconds: record.ended.seconds, log: null },
      pack: null,
    });
  }
  return done;
}
