/** What the main thread and its workers say to each other: batches of small files, paths and plain values only. */
import type { ErrorCode } from "../base/errors.ts";
import type { LockInUse } from "../base/lock.ts";
import type { WantedFile } from "../worktree/bring-out.ts";
import type { Copied } from "../worktree/read-file.ts";
import type { ForeignFile, SmallAnswer } from "../bridges/foreign/read.ts";
import type { PlacesSetup } from "../worktree/places.ts";
import type { Flushes } from "../worktree/settle.ts";
import type { Stamp } from "../worktree/stamp.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  cacheFolder: string;
  /** Null when nothing is brought out. */
  out: PlacesSetup | null;
  faults: { text: string; shared: SharedArrayBuffer } | null;
  /** What the process holds while the worker changes things. */
  locks: readonly LockInUse[];
}

export type WorkerRequest =
  /** Copies files into temporary files of the cache. */
  | { kind: "take"; files: readonly string[]; flushes: Flushes }
  /** As `take`, of bytes that another program keeps and names. */
  | { kind: "foreign"; files: readonly ForeignFile[] }
  /** Makes files out of blobs. */
  | { kind: "bring"; files: readonly WantedFile[] };

/** An MvgitError, as far as it can be sent to another thread. */
export interface SentError {
  code: ErrorCode;
  message: string;
  hint?: string;
  subject?: string;
}

/** One answer for each file of the request, in its order. */
export type TakeAnswer = Copied | { error: SentError };
/** A null stamp: not that stands there which was seen. */
export type BringAnswer = { stamp: Stamp | null } | { error: SentError };

export type ForeignAnswer = SmallAnswer | { error: SentError };

export interface WorkerAnswer {
  answers: readonly (TakeAnswer | BringAnswer | ForeignAnswer)[];
}
