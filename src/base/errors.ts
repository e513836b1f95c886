/**
 * Every failure that mvgit reports: one class, a closed list of codes.
 *
 * A plain `Error` that reaches the user is a bug. Expected alternatives (not a pointer, absent, up to date)
 * are values, never errors. Catch only the code you mean: `if (isMvgitError(e, "blob-missing"))`.
 */

import { prose } from "./prose.ts";

/** What kind of failure it is; each kind has one exit status. */
export const EXIT = {
  refused: 1,
  usage: 2,
  partly: 3,
  repository: 20,
  conflict: 21,
  access: 22,
  missing: 23,
  damaged: 24,
  later: 25,
  bug: 70,
  interrupted: 130,
} as const;

export type ErrorKind = keyof typeof EXIT;

/** The closed list: code, kind, and the sentence that `docs/errors.md` prints for it. */
export const ERROR_CODES = {
  // settings, arguments and state
  usage: ["usage", "The command line cannot be understood."],
  "not-tracked": ["refused", "A path was named that mvgit does not track."],
  "already-tracked": ["refused", "A path lies inside, or holds, something that mvgit tracks already."],
  "cannot-add": ["refused", "What was named cannot be tracked (empty folder, special file, foreign repository)."],
  "link-refused": ["refused", "A symbolic link stands where mvgit needs a real file or folder."],
  "unsafe-path": ["refused", "A path is not safe to use inside a work tree on every system."],
  "name-clash": ["refused", "Two names would be the same file on another system (letter case or Unicode form)."],
  "local-changes": [
    "refused",
    prose`Replacing or removing the file would lose bytes that no store holds or no commit names (--force keeps
      them aside first), or it changed meanwhile.`,
  ],
  "out-of-date": [
    "refused",
    prose`The work tree is behind its pointers, incomplete, or changed on both sides: what is not here would be
      recorded as removed or as old bytes (--as-is does so).`,
  ],
  "changed-while-reading": ["refused", "A file changed, shrank or vanished while it was read."],
  "setting-invalid": ["refused", "A setting has a value that cannot be used."],
  "setting-untrusted": ["refused", "A committed setting needs the user's consent ('mvgit trust')."],
  "remote-unknown": ["refused", "No remote of that name, or no remote at all, is configured."],
  "remote-foreign": [
    "refused",
    "The address holds something that is not an mvgit remote, or not the one that this clone knows.",
  ],
  "hook-blocked": ["refused", "A hook stopped the commit or push."],
  "check-failed": ["refused", "A check that was asked for found something."],
  "read-only": ["refused", "A store or a place that must be written is read-only."],
  "not-supported": ["refused", "The system lacks what was asked for."],
  "label-unknown": ["refused", "There is no version or stage of that name."],
  "policy-refused": ["refused", "A stage's policy does not allow the move."],
  "version-retracted": ["refused", "The version was retracted: no stage takes it."],
  "version-held": ["refused", "A stage holds the version that is to be retracted."],
  "run-failed": [
    "refused",
    "The command of a run or freeze failed or was interrupted, or a run left no weights: nothing was made.",
  ],
  "not-reproducible": ["refused", "A version does not say how it was made, or holds nothing that could be compared."],
  "secret-needed": ["refused", "A recorded command holds a masked secret, which must be given again."],
  partly: ["partly", "Several things failed for different reasons; the rest was done."],
  // repository
  "not-a-repository": ["repository", "There is no Git work tree that can be used here."],
  "format-newer": ["repository", "A file was written by a newer mvgit."],
  "git-failed": ["repository", "The git program failed or is absent."],
  // content
  "pointer-conflicted": ["conflict", "A pointer holds the markers of an unfinished merge."],
  "name-taken": ["conflict", "Somebody else made the same name first."],
  "stage-moved": ["conflict", "Somebody else moved the stage first."],
  "pointer-malformed": ["damaged", "A pointer file does not keep to the format."],
  "manifest-malformed": ["damaged", "A folder's manifest does not keep to the format."],
  "blob-missing": ["missing", "A blob is in none of the stores that were asked."],
  "blob-damaged": ["damaged", "Bytes do not hash to the name they are stored under."],
  "version-damaged": ["damaged", "A version's tag, commit and package file do not vouch for each other."],
  "chain-broken": [
    "damaged",
    "The events of a stage, or the remarks on a version, do not form a chain that can be trusted.",
  ],
  "file-unreadable": ["access", "A file or folder cannot be read or written by this user."],
  "disk-full": ["later", "No space, or no quota, is left on a disk."],
  "disk-failed": ["later", "The operating system reported an error while reading or writing."],
  // remotes
  "access-denied": ["access", "The remote refused these credentials, or none were found."],
  "remote-missing": ["missing", "The bucket or folder of a remote does not exist."],
  "remote-unavailable": ["later", "The remote did not answer properly, after several tries."],
  "remote-stalled": ["later", "No byte arrived for longer than the inactivity limit."],
  "object-exists": ["conflict", "An object of that name is there already (create-if-absent)."],
  "object-missing": ["missing", "No object of that name is in the bucket."],
  "lock-held": ["later", "Another process works on the same thing."],
  bug: ["bug", "mvgit itself is wrong; please report it."],
  interrupted: ["interrupted", "The user, or the system, asked mvgit to stop."],
} as const satisfies Record<string, readonly [ErrorKind, string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What a failure carries besides its message. */
export interface ErrorDetail {
  /** What to do next: an imperative sentence without full stop, commands in single quotes. */
  hint?: string;
  /** The path, blob, remote or setting that it is about, as the user would name it. */
  subject?: string;
  cause?: unknown;
  /** The exit status, where it is not that of the kind: which signal it was. */
  status?: number;
}

/** `message`: what failed first, lower case, no full stop, the subject in single quotes. */
export class MvgitError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly subject: string | undefined;
  readonly #status: number | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "MvgitError";
    this.code = code;
    this.kind = ERROR_CODES[code][0];
    this.hint = detail.hint;
    this.subject = detail.subject;
    this.#status = detail.status;
  }

  get exitStatus(): number {
    return this.#status ?? EXIT[this.kind];
  }
}

/** True for an MvgitError, of that code where one is named. */
export function isMvgitError(error: unknown, code?: ErrorCode): error is MvgitError {
  return error instanceof MvgitError && (code === undefined || error.code === code);
}

/** The `code` of a Node system error (`ENOENT`, …), else undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** For a state that cannot be: says so instead of going on. */
export function bug(message: string): MvgitError {
  return new MvgitError("bug", message, { hint: "this is a bug in mvgit; please report it with the command you ran" });
}
