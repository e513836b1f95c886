/** `mvgit hooks install|uninstall|status` */
import { join } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { bug, MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import { quoted } from "../base/shell.ts";
import { installHook, uninstallHook } from "../git/hook-files.ts";
import {
  findHooksFolder,
  HOOK_NAMES,
  type HookName,
  type HooksFolder,
  type HookState,
  inspectHooks,
} from "../git/hooks.ts";
import type { Repo } from "../repo/repo.ts";
import { configureDrivers, driversState, type Program } from "./drivers.ts";
import { unsetFollowTags } from "./follow-tags.ts";
import { rememberHooks } from "./missing-hooks.ts";

export interface HooksReport {
  /** Where Git looks for hooks. */
  folder: string;
  hooks: HookState[];
  /** Why nothing was, or can be, installed there. */
  refusal: string | null;
  /** What to do where a hook does not run; null when all do. */
  advice: string | null;
}

/** The text of a hook as this version of mvgit installs it: as shipped, and how this mvgit is started. */
function shipped({ node, script }: Program): (name: HookName) => string {
  return (name) => {
    const text = readUpTo(join(script, "../../hooks", name), 1024 * 1024);
    if (text === null) throw bug(`the hook '${name}' is not in the package`);
    return text
      .toString("utf8")
      .replace(/^node=$/m, () => `node=${quoted(node)}`)
      .replace(/^script=$/m, () => `script=${quoted(script)}`);
  };
}

/**
 * Installs what is missing or outdated, and has drivers that call another mvgit call this one too. Where it must not
 * write, the report says so.
 */
export async function installHooks(repo: Repo, program: Program): Promise<HooksReport> {
  if ((await driversState(repo, program)) === "another") await configureDrivers(repo, program);
  const folder = await findHooksFolder(repo.git);
  const current = shipped(program);
  if (folder.refusal === null) {
    for (const { name, state } of inspectHooks(folder, current)) {
      if (state !== "runs" && state !== "called") installHook(folder, name, current(name));
    }
  }
  const report = reportOf(folder, program);
  if (report.advice === null) rememberHooks(repo, "installed");
  return report;
}

/** The error for hooks that could not be installed; null when all run. */
export function notInstalled({ folder, refusal, advice }: HooksReport): MvgitError | null {
  if (refusal === null || advice === null) return null;
  return new MvgitError("not-supported", `cannot install hooks: ${refusal}`, { subject: folder, hint: advice });
}

/** Puts back what stood there before, `push.followTags` too. */
export async function uninstallHooks(repo: Repo, program: Program): Promise<HooksReport> {
  const folder = await findHooksFolder(repo.git);
  for (const name of HOOK_NAMES) uninstallHook(folder, name);
  rememberHooks(repo, "declined");
  await unsetFollowTags(repo);
  return reportOf(folder, program);
}

/** Which hooks Git will really run. */
export async function hooksStatus(repo: Repo, program: Program): Promise<HooksReport> {
  return reportOf(await findHooksFolder(repo.git), program);
}

function reportOf(folder: HooksFolder, program: Program): HooksReport {
  const hooks = inspectHooks(folder, shipped(program));
  const idle = hooks.filter((each) => each.state !== "runs" && each.state !== "called").map((each) => each.name);
  return {
    folder: folder.folder,
    hooks,
    refusal: folder.refusal,
    advice: idle.length === 0 ? null : adviceFor(folder, idle),
  };
}

function adviceFor({ refusal, ownFolder }: HooksFolder, idle: readonly HookName[]): string {
  if (refusal === null) return "run 'mvgit hooks install'";
  return prose`add the line 'mvgit hook NAME "$@"' to the hooks there yourself, for ${idle.join(", ")}; or use this
      repository's own hooks with 'git config core.hooksPath ${ownFolder}' and 'mvgit hooks install'`;
}
