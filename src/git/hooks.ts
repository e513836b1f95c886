/** The hooks folder that Git really uses, and what stands in it. */
import * as fs from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { moveFile, readUpTo, removeFile, replaceFile } from "../base/disk.ts";
import { fromSystem } from "../base/errors.ts";
import type { GitProgram } from "./program.ts";

export const HOOK_NAMES = ["pre-commit", "pre-push", "post-checkout", "post-merge", "post-rewrite"] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** The line that makes a hook ours, with its version. */
const MARK = /^# mvgit-hook ([0-9]+)$/m;
const CAP = 1024 * 1024;
const KEPT = ".before-mvgit";

export interface HookState {
  name: HookName;
  /** `runs`: ours, of this version. `called`: a hook manager's script that calls ours. */
  state: "runs" | "called" | "outdated" | "missing" | "foreign";
}

export interface HooksFolder {
  /** Absolute. */
  folder: string;
  /** Why mvgit does not write there, null when it does. */
  refusal: string | null;
  /** Set when husky manages the hooks: the folder of the user's own scripts. */
  husky: string | null;
}

/** Where Git looks for hooks in this work tree. */
export async function findHooksFolder(git: GitProgram): Promise<HooksFolder> {
  const { stdout } = await git.run(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
  const folder = stdout.toString("utf8").replace(/\n$/, "");
  const { top, commonDir } = git.place;
  if (isInside(folder, commonDir)) return { folder, refusal: null, husky: null };
  if (folder.endsWith("/_") && fs.existsSync(join(folder, "h"))) return { folder, refusal: null, husky: folder.slice(0, -2) };
  const why = isInside(folder, top) ? "it is part of the work tree, so that everybody's hooks would change" : "it is outside of this repository, so that every repository's hooks would change";
  return { folder, refusal: `core.hooksPath is '${folder}': ${why}`, husky: null };
}

function isInside(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside === "" || (!inside.startsWith("..") && !isAbsolute(inside));
}

/** What stands in the place of each hook. `current`: the text of ours. */
export function inspectHooks({ folder, husky }: HooksFolder, current: (name: HookName) => string): HookState[] {
  return HOOK_NAMES.map((name) => {
    if (husky !== null) return { name, state: textOf(join(husky, name)).includes(callOf(name)) ? "called" : "missing" };
    const text = textOf(join(folder, name));
    if (text === "") return { name, state: "missing" };
    if (MARK.test(text)) return { name, state: text === current(name) ? "runs" : "outdated" };
    // The Python tool pre-commit moves what it finds to NAME.legacy and runs it.
    const isCalled = text.includes(callOf(name)) || (text.includes("pre-commit") && MARK.test(textOf(join(folder, `${name}.legacy`))));
    return { name, state: isCalled ? "called" : "foreign" };
  });
}

/** The line by which a hook manager's script calls ours. */
export function callOf(name: HookName): string {
  return `mvgit hook ${name} "$@"`;
}

function textOf(file: string): string {
  return readUpTo(file, CAP)?.toString("utf8") ?? "";
}

/** Puts our hook in place; a foreign one is kept beside it, and will be run first. */
export function installHook({ folder, husky }: HooksFolder, name: HookName, text: string): void {
  if (husky !== null) return addCall(join(husky, name), name);
  fs.mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  const there = textOf(file);
  try {
    if (there !== "" && !MARK.test(there)) moveFile(file, file + KEPT);
    replaceFile(file, text);
    fs.chmodSync(file, 0o755);
  } catch (error) {
    throw fromSystem(error, `install the hook '${file}'`, file);
  }
}

/** Husky's own files are regenerated at will; the user's script beside them is what it runs. */
function addCall(file: string, name: HookName): void {
  const text = textOf(file);
  if (text.includes(callOf(name))) return;
  replaceFile(file, `${text === "" || text.endsWith("\n") ? text : `${text}\n`}${callOf(name)}\n`);
}

/** Takes our hook away and puts back what stood there before. */
export function uninstallHook({ folder, husky }: HooksFolder, name: HookName): void {
  if (husky !== null) return removeCall(join(husky, name), name);
  const file = join(folder, name);
  if (!MARK.test(textOf(file))) return;
  if (fs.existsSync(file + KEPT)) moveFile(file + KEPT, file);
  else removeFile(file);
}

function removeCall(file: string, name: HookName): void {
  const text = textOf(file);
  if (!text.includes(callOf(name))) return;
  const rest = text.replace(`${callOf(name)}\n`, "");
  if (rest === "") removeFile(file);
  else replaceFile(file, rest);
}
