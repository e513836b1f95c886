/** The hooks folder that Git really uses, and what stands in it. */
import * as fs from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import { readUpTo } from "../base/disk.ts";
import type { GitPlace } from "./place.ts";
import type { GitProgram } from "./program.ts";

export const HOOK_NAMES = ["pre-commit", "pre-push", "post-checkout", "post-merge", "post-rewrite"] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** The line that makes a hook ours, with its version. */
const MARK = /^# mvgit-hook ([0-9]+)$/m;
const CAP = 1024 * 1024;

export interface HookState {
  name: HookName;
  /** `runs`: ours, of this version. `called`: another script that calls ours. `foreign`: one that does not. */
  state: "runs" | "called" | "outdated" | "missing" | "foreign";
  /** Whose script stands there, when it is a known tool's. */
  manager: Manager | null;
}

export interface HooksFolder {
  /** Absolute. */
  folder: string;
  /** Where hooks stand when `core.hooksPath` is not set. */
  ownFolder: string;
  /** Why mvgit does not write there, null when it does. */
  refusal: string | null;
  /** Set when husky manages the hooks: the folder of the user's own scripts. */
  husky: string | null;
}

/** Where Git looks for hooks in this work tree. */
export async function findHooksFolder(git: GitProgram): Promise<HooksFolder> {
  const { stdout } = await git.run(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
  return judgeFolder(stdout.toString("utf8").replace(/\n$/, ""), git.place);
}

/** As `findHooksFolder`, without a start of git: from the value of `core.hooksPath`, null where it is not set. */
export function hooksFolderOf(hooksPath: string | null, place: GitPlace): HooksFolder {
  const path =
    hooksPath === null || hooksPath === ""
      ? join(place.commonDir, "hooks")
      : resolve(place.top, hooksPath.replace(/^~(?=\/|$)/, homedir()));
  return judgeFolder(path, place);
}

function judgeFolder(folder: string, { top, commonDir }: GitPlace): HooksFolder {
  const found = { folder, ownFolder: join(commonDir, "hooks"), refusal: null, husky: null };
  if (isInside(folder, commonDir)) return found;
  if (folder.endsWith("/_") && fs.existsSync(join(folder, "h"))) return { ...found, husky: folder.slice(0, -2) };
  const why = isInside(folder, top)
    ? "it is part of the work tree, so that everybody's hooks would change"
    : "it is outside of this repository, so that every repository's hooks would change";
  return { ...found, refusal: `core.hooksPath is '${folder}': ${why}` };
}

function isInside(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside === "" || (!inside.startsWith("..") && !isAbsolute(inside));
}

/** What stands in the place of each hook. `current`: the text of ours. */
export function inspectHooks(folder: HooksFolder, current: (name: HookName) => string): HookState[] {
  return HOOK_NAMES.map((name) => {
    const file = join(folder.husky ?? folder.folder, name);
    const text = textOf(file);
    const manager = folder.husky === null ? managerOf(text) : "husky";
    if (text === "") return { name, state: "missing", manager };
    // Husky starts its scripts with `sh`; Git passes over a hook that is not executable.
    const isRun = folder.husky !== null || (fs.statSync(file).mode & 0o111) !== 0;
    if (isOurs(text)) return { name, state: isRun && text === current(name) ? "runs" : "outdated", manager };
    return { name, state: isRun && callsOurs(file, name) ? "called" : "foreign", manager };
  });
}

/** Whether the two hooks that guard a repository really run, of whatever version. Costs a few reads of small files. */
export function areHooksInPlace({ folder, husky }: HooksFolder): boolean {
  return (["pre-commit", "pre-push"] as const).every((name) => {
    const file = join(husky ?? folder, name);
    return isOurs(textOf(file)) || callsOurs(file, name);
  });
}

/** Whether a script calls ours: by a line of its own, or, as the Python tool pre-commit does, as `NAME.legacy`. */
function callsOurs(file: string, name: HookName): boolean {
  const text = textOf(file);
  return (
    new RegExp(`^[^#\n]*\\bmvgit hook ${name}\\b`, "m").test(text) ||
    (managerOf(text) === "pre-commit" && isOurs(textOf(`${file}.legacy`)))
  );
}

/** The line by which a hook manager's script calls ours. */
export function callOf(name: HookName): string {
  return `mvgit hook ${name} "$@"`;
}

export type Manager = "husky" | "lefthook" | "pre-commit";

/** Which tool generated a hook, null for a person's own. */
export function managerOf(text: string): Manager | null {
  if (text.includes("call_lefthook")) return "lefthook";
  return text.includes("https://pre-commit.com") ? "pre-commit" : null;
}

/** True for the text of a hook of ours, of any version. */
export function isOurs(text: string): boolean {
  return MARK.test(text);
}

/** A hook's text, "" when there is none. */
export function textOf(file: string): string {
  return readUpTo(file, CAP)?.toString("utf8") ?? "";
}
