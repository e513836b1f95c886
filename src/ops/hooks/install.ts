/** `mvgit hooks install|uninstall|status` */
import { join } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { bug, MvgitError } from "../../base/errors.ts";
import { findHooksFolder, HOOK_NAMES, type HookName, type HookState, inspectHooks, installHook, uninstallHook } from "../../git/hooks.ts";
import type { Repo } from "../../repo/repo.ts";

/** How this mvgit is started: what hooks and drivers call. */
export interface Program {
  /** Absolute path of Node. */
  node: string;
  /** Absolute path of `bin/mvgit`. */
  script: string;
}

export interface HooksReport {
  /** Where Git looks for hooks. */
  folder: string;
  hooks: HookState[];
  /** Why nothing was, or can be, installed there. */
  refusal: string | null;
}

/** The text of a hook as this version of mvgit installs it: as shipped, and how this mvgit is started. */
function shipped(program: Program): (name: HookName) => string {
  return (name) => {
    const text = readUpTo(join(program.script, "../../hooks", name), 1024 * 1024);
    if (text === null) throw bug(`the hook '${name}' is not in the package`);
    const quoted = shellCommand(program).replaceAll("'", "'\\''");
    return text.toString("utf8").replace(/^program=$/m, () => `program='${quoted}'`);
  };
}

/** A command for `sh`, as one word each. */
export function shellCommand({ node, script }: Program): string {
  return [node, script].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Installs what is missing or outdated. Throws `not-supported` where it must not write. */
export async function installHooks(repo: Repo, program: Program): Promise<HooksReport> {
  const folder = await findHooksFolder(repo.git);
  if (folder.refusal) {
    throw new MvgitError("not-supported", `cannot install hooks: ${folder.refusal}`, {
      subject: folder.folder,
      hint: `add the line 'mvgit hook NAME "$@"' to the hooks there yourself, for ${HOOK_NAMES.join(", ")}`,
    });
  }
  const current = shipped(program);
  for (const { name, state } of inspectHooks(folder, current)) {
    if (state !== "runs" && state !== "called") installHook(folder, name, current(name));
  }
  return hooksStatus(repo, program);
}

/** Puts back what stood there before. */
export async function uninstallHooks(repo: Repo, program: Program): Promise<HooksReport> {
  const folder = await findHooksFolder(repo.git);
  for (const name of HOOK_NAMES) uninstallHook(folder, name);
  return hooksStatus(repo, program);
}

/** Which hooks Git will really run. */
export async function hooksStatus(repo: Repo, program: Program): Promise<HooksReport> {
  const folder = await findHooksFolder(repo.git);
  return { folder: folder.folder, hooks: inspectHooks(folder, shipped(program)), refusal: folder.refusal };
}
