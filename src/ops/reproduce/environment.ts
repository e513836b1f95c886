/** The programs of a version's environment for a command that is run again, rebuilt where that is asked for. */
import { MvgitError } from "../../base/errors.ts";
import { baseOf, display } from "../../base/paths.ts";
import { readEnvironmentRecord, type RecordedInterpreter } from "../../model/environment-record.ts";
import type { TreeRecord } from "../../model/tree-record.ts";
import { type Lacking, wishedEnvironment, type WishedEnvironment } from "../../model/wished-environment.ts";
import type { Environment } from "../../program/find.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf, type Version } from "../../version/versions.ts";
import type { Installer } from "../rebuild/installers.ts";
import { npmLocks, rebuildModules } from "../rebuild/npm.ts";
import { installProjects, rebuildEnvironment, type Rebuilt } from "../rebuild/rebuild.ts";
import { choosePrograms, type Programs } from "./programs.ts";

/** What was made anew for `--rebuild-environment`. */
export interface RebuiltReport {
  /** Absolute; where the environment of Python is kept for the next time; null without one. */
  folder: string | null;
  /** Its version; null without one. */
  python: string | null;
  installer: "uv" | "pip" | null;
  /** It was there from before. */
  wasKept: boolean;
  /** The lock files from which npm installed. */
  npm: string[];
  /** What could not be had, and why. */
  lacking: Lacking[];
}

export interface PreparedEnvironment {
  programs: Programs;
  /** Null unless it was asked for. */
  rebuilt: RebuiltReport | null;
}

export interface EnvironmentRequest {
  version: Version;
  words: readonly string[];
  env: Environment;
  tree: TreeRecord | null;
  rebuild: boolean;
}

/** Throws `not-reproducible` where the version does not say what is to be rebuilt, and what rebuilding throws. */
export async function prepareEnvironment(repo: Repo, scratch: Repo, { version, words, env, tree, rebuild }: EnvironmentRequest): Promise<PreparedEnvironment> {
  const { run, environment } = version.pack;
  const label = nameOf(version);
  const interpreters = readEnvironmentRecord(environment);
  const rest = { label, folder: run?.folder ?? "", words, env, tree, interpreters };
  if (!rebuild) return { programs: choosePrograms(repo, scratch, { ...rest, rebuilt: null }), rebuilt: null };
  const usesNode = Object.hasOwn(environment, "node") || interpreters.interpreters.some((each) => each.kind === "node") || tree?.environments.some((path) => baseOf(path) === "node_modules") === true;
  const locks = usesNode ? npmLocks(environment) : [];
  const modules = await rebuildModules(repo, scratch, locks);
  const python = await rebuildPython(repo, interpreters.interpreters, { label, isOptional: locks.length > 0 });
  const programs = choosePrograms(repo, scratch, { ...rest, rebuilt: python?.rebuilt.folder ?? null });
  const projects = python === null || programs.environment === null ? [] : await installProjects(python.installer, python.wished, { environment: programs.environment, top: scratch.top });
  const lacking = [...modules.lacking, ...(python?.rebuilt.lacking ?? []), ...projects];
  for (const each of lacking) repo.watch.warn(`'${display(each.package)}' cannot be had: ${each.why}`);
  const { folder = null, version: pythonVersion = null, installer = null, wasKept = false } = python?.rebuilt ?? {};
  return { programs, rebuilt: { folder, python: pythonVersion, installer, wasKept, npm: modules.locks, lacking } };
}

interface RebuiltPython {
  wished: WishedEnvironment;
  rebuilt: Rebuilt;
  installer: Installer;
}

/** Null where there is none to rebuild and that is no failure. */
async function rebuildPython(repo: Repo, interpreters: readonly RecordedInterpreter[], { label, isOptional }: { label: string; isOptional: boolean }): Promise<RebuiltPython | null> {
  const wished = wishOf(interpreters, { label, isOptional });
  return wished && { wished, ...(await rebuildEnvironment(repo, wished, label)) };
}

/** Of the Python that ran the program. */
function wishOf(interpreters: readonly RecordedInterpreter[], { label, isOptional }: { label: string; isOptional: boolean }): WishedEnvironment | null {
  const refuse = (why: string): MvgitError => new MvgitError("not-reproducible", `cannot rebuild the environment of ${label}: ${why}`, { subject: label, hint: "'mvgit show' tells what was recorded; without '--rebuild-environment' it runs in yours" });
  const pythons = interpreters.filter((each) => each.kind === "python" && each.role === "program");
  const [main] = pythons;
  if (main === undefined) {
    if (isOptional) return null;
    throw refuse("neither a Python of it was recorded nor a lock file of npm");
  }
  if (main.packages === null) throw refuse("the packages of its Python were not recorded");
  if (main.implementation !== "CPython" && main.implementation !== "") throw refuse(`its Python is ${display(main.implementation)}, and only CPython is rebuilt`);
  return wishedEnvironment(main);
}
