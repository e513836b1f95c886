/**
 * Whether refs or settings are still what they were, told by the times of Git's files and never by a start of git: so
 * cheap that it can be asked with each request, and each second.
 *
 * Git writes a ref by a rename, which shows in the time of its folder, or all of them into `packed-refs` or
 * `reftable/tables.list`. So folders are looked at, and no ref.
 */
import * as fs from "node:fs";
import { join } from "node:path";

/** Milliseconds within which two changes may have one time. */
const SETTLED = 1500;
/** Folders below `refs/` that are looked at; there is one for each part of a branch's name before a slash. */
const MOST_FOLDERS = 5000;

export interface RefsLook {
  /** The same text as long as nothing changed. */
  state: string;
  /** So old that a later change would show: what is read now may be kept under it. */
  settled: boolean;
}

/** Of a repository whose folders these are. */
export class RefsState {
  readonly #commonDir: string;
  readonly #files: readonly string[];
  /** By folder: its mark when it was listed, and the folders in it. */
  readonly #folders = new Map<string, { mark: string; inside: string[] }>();

  /** `others`: files besides, whose change makes documents others. */
  constructor({ commonDir, gitDir }: { commonDir: string; gitDir: string }, others: readonly string[] = []) {
    this.#commonDir = commonDir;
    this.#files = [
      join(commonDir, "packed-refs"),
      join(commonDir, "reftable", "tables.list"),
      join(commonDir, "config"),
      // Of a linked work tree: its own.
      join(gitDir, "HEAD"),
      join(gitDir, "reftable", "tables.list"),
      join(gitDir, "config.worktree"),
      ...others,
    ];
  }

  look(now: number): RefsLook {
    const marks: string[] = [];
    let newest = 0;
    const mark = (file: string): string => {
      const found = fs.statSync(file, { throwIfNoEntry: false });
      if (found === undefined) return "-";
      newest = Math.max(newest, found.mtimeMs, found.ctimeMs);
      return `${found.ino}.${found.mtimeMs}.${found.ctimeMs}.${found.size}`;
    };
    for (const file of this.#files) marks.push(mark(file));
    const folders = [join(this.#commonDir, "refs")];
    for (let at = 0; at < folders.length && at < MOST_FOLDERS; at++) {
      const folder = folders[at] as string;
      const now = mark(folder);
      marks.push(now);
      if (now !== "-") folders.push(...this.#inside(folder, now));
    }
    return { state: marks.join(" "), settled: Math.abs(now - newest) > SETTLED };
  }

  #inside(folder: string, mark: string): string[] {
    const known = this.#folders.get(folder);
    if (known?.mark === mark) return known.inside;
    const inside = foldersIn(folder);
    this.#folders.set(folder, { mark, inside });
    return inside;
  }
}

function foldersIn(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map(({ name }) => join(folder, name));
  } catch {
    // It went meanwhile, which the next look tells.
    return [];
  }
}

/** Where a repository's files are; `top` is that of its work tree, null where it is bare. */
export interface GitPlace {
  commonDir: string;
  gitDir: string;
  top: string | null;
}

/** Git's folder at or above `cwd`, of a work tree or a bare repository, as its files tell; null for none. */
export function gitFolderAround(cwd: string): GitPlace | null {
  for (let at = cwd, above = ""; at !== above; above = at, at = join(at, "..")) {
    const found = gitFolderAt(join(at, ".git"));
    if (found !== null) return { ...found, top: at };
    const bare = gitFolderAt(at);
    if (bare !== null) return { ...bare, top: null };
  }
  return null;
}

function gitFolderAt(folder: string): { commonDir: string; gitDir: string } | null {
  try {
    const gitDir = fs.statSync(folder).isFile() ? linkedFrom(folder) : folder;
    if (!fs.statSync(join(gitDir, "HEAD")).isFile()) return null;
    const shared = join(gitDir, "commondir");
    const commonDir = fs.existsSync(shared) ? join(gitDir, fs.readFileSync(shared, "utf8").trim()) : gitDir;
    return fs.statSync(join(commonDir, "objects")).isDirectory() ? { commonDir, gitDir } : null;
  } catch {
    return null;
  }
}

/** Of a linked work tree or a submodule, whose `.git` is a file that names the place. */
function linkedFrom(file: string): string {
  const named = /^gitdir: (.+)$/m.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "";
  return named.startsWith("/") || /^[A-Za-z]:/.test(named) ? named : join(file, "..", named);
}
