/** The programs of a version's environment for a command that is run again, rebuilt where that is asked for. */
import { MvgitError } from "../../base/errors.ts";
import { baseOf, display } from "../../base/paths.ts";
import { readEnvironmentRecord, type RecordedInterpreter } from "../../values/environment-record.ts";
import type { Mapping } from "../../values/document.ts";
import type { TreeRecord } from "../../values/tree-record.ts";
import { type Lacking, wishedEnvironment, type WishedEnvironment } from "../../values/wished-environment.ts";
import type { Environment } from "../../program/find.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf, type Version } from "../../registry/versions.ts";
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
export async function prepareEnvironment(
  repo: Repo,
  scratch: Repo,
  { version, words, env, tree, rebuild }: EnvironmentRequest,
): Promise<PreparedEnvironment> {
  const { run, environment } = version.pack;
  const label = nameOf(version);
  const interpreters = readEnvironmentRecord(environment);
  const rest = { label, folder: run?.folder ?? "", words, env, tree, interpreters };
  if (!rebuild) return { programs: choosePrograms(repo, scratch, { ...rest, rebuilt: null }), rebuilt: null };
  const usesNode =
    Object.hasOwn(environment, "node") ||
    interpreters.interpreters.some((each) => each.kind === "node") ||
    tree?.environments.some((path) => baseOf(path) === "node_modules") === true;
  const locks = usesNode ? npmLocks(environment) : [];
  const modules = await rebuildModules(repo, scratch, locks);
  const pythons = await rebuildPythons(repo, version.pack.environment, { label, isOptional: locks.length > 0 });
  const [main] = pythons;
  const programs = choosePrograms(repo, scratch, {
    ...rest,
    rebuilt:
      main === undefined
        ? null
        : {
            main: main.rebuilt.folder,
            places: new Map(
              pythons.flatMap(({ place, rebuilt }) => (place === null ? [] : [[place, rebuilt.folder] as const])),
            ),
          },
  });
  const projects =
    main === undefined || programs.environment === null
      ? []
      : await installProjects(main.installer, main.wished, { environment: programs.environment, top: scratch.top });
  const lacking = [...modules.lacking, ...pythons.flatMap((each) => each.rebuilt.lacking), ...projects];
  for (const each of lacking) repo.watch.warn(`'${display(each.package)}' cannot be had: ${each.why}`);
  const { folder = null, version: pythonVersion = null, installer = null, wasKept = false } = main?.rebuilt ?? {};
  return { programs, rebuilt: { folder, python: pythonVersion, installer, wasKept, npm: modules.locks, lacking } };
}

interface RebuiltPython {
  /** Where it stood in the work tree; null elsewhere. */
  place: string | null;
  wished: WishedEnvironment;
  rebuilt: Rebuilt;
  installer: Installer;
}

/** Environments of Python that are rebuilt of one version. */
const MOST_PYTHONS = 8;

/** The one that ran the program first. None where there is none to rebuild and that is no failure. */
async function rebuildPythons(
  repo: Repo,
  environment: Mapping,
  { label, isOptional }: { label: string; isOptional: boolean },
): Promise<RebuiltPython[]> {
  const refuse = (why: string): MvgitError =>
    new MvgitError("not-reproducible", `cannot rebuild the environment of ${label}: ${why}`, {
      subject: label,
      hint: "'mvgit show' tells what was recorded; without '--rebuild-environment' it runs in yours",
    });
  const { seen, interpreters } = readEnvironmentRecord(environment);
  const recorded = interpreters.filter((each) => each.kind === "python" && each.role === "program");
  const known = recorded.filter(({ packages }) => packages !== null && (packages.length > 0 || seen !== null));
  const wanted = known.length > 0 ? known : fromLocks(environment, recorded[0]);
  if (wanted.length === 0) {
    if (isOptional) return [];
    throw refuse(
      recorded.length > 0
        ? "the packages of its Python were not recorded"
        : "neither a Python of it was recorded nor a lock file",
    );
  }
  if (known.length === 0)
    repo.watch.warn(`the packages of ${label} are those of its lock file, since those that it had were not recorded`);
  const rebuilt: RebuiltPython[] = [];
  for (const each of wanted.slice(0, MOST_PYTHONS)) {
    if (each.implementation !== "CPython" && each.implementation !== "")
      throw refuse(`its Python is ${display(each.implementation)}, and only CPython is rebuilt`);
    if (each.prefix?.kind === "conda")
      repo.watch.warn(
        "the recorded environment was conda's: its packages of Python come from your index of Python, in " +
          ("other " + "builds, and nothing else of it is there"),
      );
    const wished = wishedEnvironment(each);
    rebuilt.push({
      place: each.prefix?.place === "work tree" ? each.prefix.path : null,
      wished,
      ...(await rebuildEnvironment(repo, wished, label)),
    });
  }
  return rebuilt;
}

/** What a lock file of Python lists, of the first that lists anything. */
function fromLocks(
  environment: Mapping,
  main: RecordedInterpreter | undefined,
): Pick<RecordedInterpreter, "version" | "packages" | "implementation" | "prefix">[] {
  const locks = Object.hasOwn(environment, "locks") && Array.isArray(environment["locks"]) ? environment["locks"] : [];
  for (const each of locks) {
    if (
      each === null ||
      typeof each !== "object" ||
      Array.isArray(each) ||
      !/(?:^|\/)(?:(?:uv|poetry|pdm)\.lock|requirements[^/]*\.txt)$/.test(String(each["path"]))
    )
      continue;
    // As a version of before lists an interpreter's.
    const packages =
      readEnvironmentRecord({ python: { version: main?.version ?? "", packages: each["packages"] ?? [] } })
        .interpreters[0]?.packages ?? [];
    if (packages.length > 0)
      return [
        {
          version: main?.version ?? "",
          implementation: main?.implementation ?? "",
          prefix: main?.prefix ?? null,
          packages,
        },
      ];
  }
  return [];
}
