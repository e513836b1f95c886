/** The programs of a version's environment for a command that is run again, rebuilt where that is asked for. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { readEnvironmentRecord, type RecordedInterpreter } from "../../model/environment-record.ts";
import type { TreeRecord } from "../../model/tree-record.ts";
import { type Lacking, wishedEnvironment, type WishedEnvironment } from "../../model/wished-environment.ts";
import type { Environment } from "../../program/find.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf, type Version } from "../../version/versions.ts";
import { installProjects, rebuildEnvironment } from "../rebuild/rebuild.ts";
import { choosePrograms, type Programs } from "./programs.ts";

/** What was made anew for `--rebuild-environment`. */
export interface RebuiltReport {
  /** Absolute; where it is kept for the next time. */
  folder: string;
  /** Of its Python. */
  python: string;
  installer: "uv" | "pip";
  /** It was there from before. */
  wasKept: boolean;
  /** Packages that could not be had, and why. */
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
  const rest = { label, run: run as NonNullable<typeof run>, words, env, tree, interpreters };
  if (!rebuild) return { programs: choosePrograms(repo, scratch, { ...rest, rebuilt: null }), rebuilt: null };
  const wished = wishOf(interpreters.interpreters, label);
  const { rebuilt, installer } = await rebuildEnvironment(repo, wished, label);
  const programs = choosePrograms(repo, scratch, { ...rest, rebuilt: rebuilt.folder });
  const lacking = programs.environment === null ? [] : await installProjects(installer, wished, { environment: programs.environment, top: scratch.top });
  const all = [...rebuilt.lacking, ...lacking];
  for (const each of all) repo.watch.warn(`'${display(each.package)}' cannot be had: ${each.why}`);
  return { programs, rebuilt: { folder: rebuilt.folder, python: rebuilt.version, installer: rebuilt.installer, wasKept: rebuilt.wasKept, lacking: all } };
}

/** Of the Python that ran the program. */
function wishOf(interpreters: readonly RecordedInterpreter[], label: string): WishedEnvironment {
  const refuse = (why: string): MvgitError => new MvgitError("not-reproducible", `cannot rebuild the environment of ${label}: ${why}`, { subject: label, hint: "'mvgit show' tells what was recorded; without '--rebuild-environment' it runs in yours" });
  const pythons = interpreters.filter((each) => each.kind === "python" && each.role === "program");
  const [main] = pythons;
  if (main === undefined) throw refuse("no Python of it was recorded");
  if (main.packages === null) throw refuse("the packages of its Python were not recorded");
  if (main.implementation !== "CPython" && main.implementation !== "") throw refuse(`its Python is ${display(main.implementation)}, and only CPython is rebuilt`);
  return wishedEnvironment(main);
}
