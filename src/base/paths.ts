/**
 * Paths inside a work tree: relative, `/`-separated, safe on every system that Git runs on.
 *
 * Whatever a pointer, manifest, tag or remote says passes through `checkPath` before the disk is touched.
 */
import { andMore, plural } from "./counts.ts";
import { display } from "./display.ts";
import { MvgitError } from "./errors.ts";

export { display } from "./display.ts";

declare const pathBrand: unique symbol;
/** A path that passed `checkPath`: relative to the top of the work tree (or of a tracked folder). */
export type RepoPath = string & { readonly [pathBrand]: true };

/** Bytes of UTF-8 in a whole path. */
const MAX_PATH_BYTES = 4096;
/** Bytes of UTF-8 between two slashes; what ext4, APFS and NTFS allow at least. */
const MAX_COMPONENT_BYTES = 255;

/** Control characters but TAB and LF: names with white space occur, and work; the others are never honest. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
/** Characters that HFS+ and NTFS drop when they compare names, so that `.g\u200cit` is `.git` there. */
const IGNORABLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u00ad\u034f\u180e]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Why a path cannot be used, in words that fit after "path 'x'", or null when it is safe. */
export function pathProblem(path: string): string | null {
  if (path === "") return "is empty";
  if (isLonger(path, MAX_PATH_BYTES)) return `is longer than ${plural(MAX_PATH_BYTES, "byte")}`;
  if (LONE_SURROGATE.test(path) || path.includes("\ufffd")) return "is not valid UTF-8";
  if (CONTROL.test(path)) return "has a control character";
  if (path.includes("\\")) return "has a backslash";
  if (path.startsWith("/")) return "is absolute";
  if (/^[A-Za-z]:/.test(path)) return "starts with a drive letter";
  for (const component of path.split("/")) {
    const problem = componentProblem(component);
    if (problem) return problem;
  }
  return null;
}

function componentProblem(component: string): string | null {
  if (component === "") return "has an empty component";
  if (component === "." || component === "..") return `has the component '${component}'`;
  if (isLonger(component, MAX_COMPONENT_BYTES)) return `has a component above ${plural(MAX_COMPONENT_BYTES, "byte")}`;
  if (isGitFolderName(component)) return "leads into a '.git' folder";
  return null;
}

/** Whether the text has more bytes of UTF-8, of which a UTF-16 unit takes at most 3. */
function isLonger(text: string, most: number): boolean {
  return text.length * 3 > most && Buffer.byteLength(text) > most;
}

/** Nearly all names: ASCII, and nothing like `.git` or `git~1` at the start. */
const NOT_GIT = /^(?!\.?git)[\u0020-\u007e]*$/i;

/** True for every spelling that some file system takes for `.git`. */
export function isGitFolderName(component: string): boolean {
  if (NOT_GIT.test(component)) return false;
  const bare = bareName(component);
  return bare === ".git" || /^git~\d+$/.test(bare);
}

/**
 * What is left of a name where a file system drops invisible characters, letter case, the name of a stream, and dots
 * and blanks at the end.
 */
export function bareName(component: string): string {
  const folded = component.replace(IGNORABLE, "").normalize("NFKC").toLowerCase();
  return (folded.split(":")[0] as string).replace(/[. ]+$/, "");
}

/** Whether some file system takes the two names for one. */
export function sameOnSomeSystem(one: string, other: string): boolean {
  return one === other || bareName(one) === bareName(other);
}

/** The path as a RepoPath; throws `unsafe-path` naming `where` it was read ("pointer", "manifest", "argument"). */
export function checkPath(path: string, where = "argument"): RepoPath {
  const problem = pathProblem(path);
  if (problem === null) return path as RepoPath;
  throw new MvgitError(
    "unsafe-path",
    `cannot use path '${display(path)}' from ${/^[aeiou]/.test(where) ? "an" : "a"} ${where}: it ${problem}`,
    { subject: display(path), hint: "rename the file to something that every system can store" },
  );
}

/** The folder part of a path, "" at the top. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** The last component of a path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** True when `path` is `folder` itself or lies below it; every path lies below "". */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(folder + "/");
}

const ASCII = /^[\u0020-\u007e]*$/;

/** What two names share when another system would take them for one file. */
export function foldName(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase();
  return path.normalize("NFC").toLowerCase().normalize("NFC");
}

/** Byte order of UTF-8, which is the order of manifests and of Git. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // UTF-16 order differs from UTF-8 order only where one side is a surrogate and the other above it.
      const xs = x >= 0xd800 && x <= 0xdfff;
      const ys = y >= 0xd800 && y <= 0xdfff;
      if (xs === ys) return x - y;
      return xs ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** Names of files for a message: the first ten, and how many more there are. */
export function firstOf(paths: readonly string[], count = paths.length): string {
  const shown = paths.slice(0, FIRST).map((path) => `'${display(path)}'`);
  return shown.join(", ") + andMore(count - shown.length);
}

const FIRST = 10;
