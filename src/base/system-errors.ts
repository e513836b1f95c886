/** Failures of the system, as mvgit's own: what a call of the disk threw, with what can be done about it. */
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, sep } from "node:path";
import { formatSize } from "./counts.ts";
import { MvgitError, systemCode } from "./errors.ts";
import { prose } from "./prose.ts";

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
  const known = OTHERS[code] ?? inTheWay(code, file);
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
  EBUSY: {
    what: "somebody else uses it, or something is mounted there",
    hint: "close what uses it, then run the command again; what is mounted there stays where it is",
  },
  ENOENT: {
    what: "it, or the folder that it is in, is not there",
    hint: "check the name; a folder has to be made first",
  },
  EXDEV: { what: "a part of it is on another file system", hint: "have all of the folder on one file system" },
};

const IN_THE_WAY: Readonly<Record<string, string>> = {
  ENOTDIR: "a file stands where a folder belongs",
  EISDIR: "a folder stands where a file belongs",
  EEXIST: "something else stands there",
  ELOOP: "a link stands there",
};

function inTheWay(code: string, file: string): { what: string; hint: string } | undefined {
  const what = IN_THE_WAY[code];
  return what === undefined
    ? undefined
    : { what, hint: `move away what stands in the way of '${file}', then run the command again` };
}

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

/** Bytes that are free where a file is, or is to be; null where that cannot be known. */
export function freeAt(file: string): number | null {
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
