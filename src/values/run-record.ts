/** What is written down of a run in its clone: while it is in progress, and afterwards where no version came of it. */
import type { RepoPath } from "../base/paths.ts";
import type { ProcessMark } from "../base/processes.ts";
import type { Scalar } from "./document.ts";
import { asModelName, type ModelName } from "./label.ts";
import type { PackageFile } from "./package.ts";
import type { Metrics } from "./recorded-values.ts";

/** How a run ended: `finished` well, and its version was not made yet. */
export type RunEnding = "failed" | "interrupted" | "finished";

export interface RunRecord {
  /** Eight hexadecimal digits. */
  id: string;
  model: ModelName;
  /** As a version records it, secrets masked. */
  command: string[];
  /** Where it was started, from the top of the work tree; "" for the top. */
  folder: string;
  /** ISO 8601. */
  started: string;
  /** Git's directory of the work tree that it was started from, and that work tree; absolute. */
  gitDir: string;
  top: string;
  /** It ran in a scratch work tree of its own. */
  isolated: boolean;
  /** What one run of a grid has of its own. */
  settings: { [name: string]: Scalar };
  /** Weights and files of scores, which nobody else may write meanwhile. */
  outputs: RepoPath[];
  /** The file that MVGIT_LOG names; absolute. */
  log: string;
  /** The mvgit that runs it, and the program; null before that was started. */
  owner: ProcessMark;
  program: ProcessMark | null;
  /** Null while it is in progress, and for one whose mvgit was killed. */
  ended: RunEnded | null;
}

export interface RunEnded {
  how: RunEnding;
  /** Of the command. */
  status: number;
  /** Why no version was made, in a sentence. */
  why: string;
  seconds: number;
  scores: Metrics;
  /** What was taken into the store of what it made. */
  weights: PackageFile[];
  /** Git's id of the work tree as it was left; null where that is not known, and for an isolated run. */
  left: string | null;
}

/** Bytes. */
export const RECORD_CAP = 4 * 1024 * 1024;

export function formatRecord(record: RunRecord): string {
  return `${JSON.stringify({ mvgit: 1, ...record })}\n`;
}

/** Null for what is damaged, or was written by a newer mvgit. */
export function readRecord(bytes: Uint8Array): RunRecord | null {
  try {
    const { mvgit, ...record } = JSON.parse(Buffer.from(bytes).toString("utf8")) as RunRecord & { mvgit: number };
    const texts = [record.id, record.started, record.gitDir, record.top, record.folder, record.log, record.owner];
    const isWhole =
      mvgit === 1 &&
      asModelName(record.model) !== null &&
      Array.isArray(record.command) &&
      Array.isArray(record.outputs) &&
      texts.every((each) => typeof each === "string");
    return isWhole && isRunId(record.id) ? record : null;
  } catch {
    return null;
  }
}

export function isRunId(text: string): boolean {
  return /^[0-9a-f]{8}$/.test(text);
}
