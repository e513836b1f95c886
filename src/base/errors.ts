/**
 * Every failure that mvgit reports: one class, a closed list of codes.
 *
 * A plain `Error` that reaches the user is a bug. Expected alternatives (not a pointer, absent, up to date)
 * are values, never errors. Catch only the code you mean: `if (isMvgitError(e, "blob-missing"))`.
 */

import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, sep } from "node:path";
import { formatSize } from "./counts.ts";
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
  "chain-broken": ["damaged", "The events of a stage do not form a chain that can be trusted."],
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

const DISK_FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const NO_ACCESS = new Set(["EACCES", "EPERM"]);

/** What a folder is for, which says what can be done when it is full or may not be written. */
export type Place = "cache" | "remote";

const places = new Map<string, Place>();

/** Tells what lies in this folder from now on. */
export function tellPlace(folder: string, place: Place): void {
  places.set(folder, place);
}

function placeOf(file: string): Place | null {
  for (const [folder, place] of places) if (file === folder || file.startsWith(folder + sep)) return place;
  return null;
}

/** A system error met while doing `action` ("write 'x'"), as an MvgitError of the code that fits. */
export function fromSystem(error: unknown, action: string, subject: string): MvgitError {
  if (error instanceof MvgitError) return error;
  const code = systemCode(error) ?? "unknown error";
  const file = fileOf(error, subject);
  const detail = { subject, cause: error };
  if (DISK_FULL.has(code)) {
    return new MvgitError("disk-full", `cannot ${action}: ${FULL[code as keyof typeof FULL]} (${code})`, {
      ...detail,
      hint: roomFor(file),
    });
  }
  if (code === "EROFS") {
    return new MvgitError("read-only", `cannot ${action}: the file system is read-only`, {
      ...detail,
      hint: placeOf(file) === "cache" ? ELSEWHERE : "mount it for writing, or work where you may write",
    });
  }
  if (NO_ACCESS.has(code)) {
    return new MvgitError("file-unreadable", `cannot ${action}: permission denied (${code})`, {
      ...detail,
      hint:
        placeOf(file) === "remote"
          ? prose`ask who owns the remote's folder for the right to
            ${/^(read|list|look)/.test(action) ? "read" : "write"} there`
          : "check the owner and the mode of the file and of its folder",
    });
  }
  const known = OTHERS[code];
  return new MvgitError("disk-failed", `cannot ${action}: ${known ? `${known.what} (${code})` : code}`, {
    ...detail,
    ...(known && { hint: known.hint }),
  });
}

const FULL = {
  ENOSPC: "no space left",
  EDQUOT: "no space left of your quota there",
  EFBIG: "the file is larger than its file system, or a limit of your shell, allows",
};

const ELSEWHERE = "keep the cache on another disk: 'git config mvgit.cacheDir DIR'";

/** What the system says of neither space nor rights, in words. */
const OTHERS: Readonly<Record<string, { what: string; hint: string }>> = {
  EMFILE: {
    what: "too many files are open",
    hint: "allow more ('ulimit -n 4096'), or move fewer blobs at a time ('--jobs 2')",
  },
  ENFILE: {
    what: "too many files are open on this system",
    hint: "end what else holds files open, then run the command again",
  },
  ENAMETOOLONG: {
    what: "the name is longer than this file system takes",
    hint: "rename it, or have the work tree where the way to it is shorter",
  },
  EIO: {
    what: "the disk reported an error",
    hint: "look for disk errors in the system's log before you run the command again",
  },
  ESTALE: {
    what: "the server of this file system took the file away",
    hint: "run the command again; mount the file system anew if that does not help",
  },
  EBUSY: { what: "somebody else uses it", hint: "close what uses it, then run the command again" },
};

/** What the system said, in words; the first line of anything else. */
export function whySystem(error: unknown): string {
  const code = systemCode(error) ?? "";
  const words = NO_ACCESS.has(code)
    ? "permission denied"
    : (PLAIN[code] ?? OTHERS[code]?.what ?? FULL[code as keyof typeof FULL]);
  if (words !== undefined) return `${words} (${code})`;
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] as string;
}

const PLAIN: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  ENOTDIR: "a file stands in the way",
  EISDIR: "it is a folder",
  ENOEXEC: "it is no program for this system",
  EROFS: "the file system is read-only",
  E2BIG: "the command is longer than the system takes",
  EAGAIN: "the system has no room for another process",
  ENOMEM: "the system has no memory left",
  ETXTBSY: "somebody is writing to it",
};

function fileOf(error: unknown, subject: string): string {
  const { path } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  return typeof path === "string" ? path : subject;
}

/** Who gets room where. */
function roomFor(file: string): string {
  const place = placeOf(file);
  const free = freeAt(file);
  const left = free === null ? "" : `; ${formatSize(free)} are free there`;
  if (place === "remote")
    return prose`free some space in the remote's folder ('mvgit gc --remote --dry-run' shows what it could give
        back), then run the command again${left}`;
  if (place === "cache")
    return prose`free some space ('mvgit gc --dry-run' shows what the cache could give back), or ${ELSEWHERE}, then
        run the command again${left}`;
  if (file.startsWith(tmpdir()))
    return prose`free some space in '${tmpdir()}', or set TMPDIR to a folder on a larger disk, then run the command
        again${left}`;
  return prose`free some space on the disk of the work tree ('mvgit gc --dry-run' shows what the cache could give
      back), then run the command again${left}`;
}

/** Bytes; null where that cannot be known. */
function freeAt(file: string): number | null {
  for (let at = file; at !== dirname(at) && isAbsolute(at); at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize;
    } catch {
      // What could not be made is not there; the folder above it may be.
    }
  }
  return null;
}

/** What the system may say of any disk at any time, whichever call it met. */
const OF_THE_DISK = new Set([
  ...DISK_FULL,
  ...NO_ACCESS,
  "EROFS",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENAMETOOLONG",
  "ESTALE",
  "EBUSY",
  "ENODEV",
  "ENXIO",
]);

/**
 * Whatever was thrown as an MvgitError: what the system said of a file is told as that, and all else is a bug of mvgit.
 */
export function asMvgitError(thrown: unknown): MvgitError {
  if (thrown instanceof MvgitError) return thrown;
  const { path, syscall, errno } = (thrown instanceof Error ? thrown : {}) as NodeJS.ErrnoException;
  if (OF_THE_DISK.has(systemCode(thrown) ?? "") || (typeof path === "string" && typeof errno === "number")) {
    return fromSystem(
      thrown,
      path === undefined ? "read or write a file" : `${syscall ?? "use"} '${path}'`,
      path ?? "",
    );
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new MvgitError("bug", message, {
    hint: "this is a bug in mvgit; please report it with what the same command says with '-v'",
    cause: thrown,
  });
}

/** For a state that cannot be: says so instead of going on. */
export function bug(message: string): MvgitError {
  return new MvgitError("bug", message, { hint: "this is a bug in mvgit; please report it with the command you ran" });
}
