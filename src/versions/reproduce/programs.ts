/**
 * Which programs a command that is run again has: those of the version, those of the user's work tree, or rebuilt ones.
 */
import * as fs from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { platform } from "node:process";
import { formatCount, plural } from "../../base/counts.ts";
import { makeFolder } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { baseOf, display, pathProblem, type RepoPath } from "../../base/paths.ts";
import { environmentsNamedIn, isPython } from "../../values/environment-places.ts";
import type { EnvironmentRecord, RecordedInterpreter, RecordedPlace } from "../../values/environment-record.ts";
import type { TreeRecord } from "../../values/tree-record.ts";
import { editablesIn } from "../../program/editables.ts";
import { type Environment, findProgram } from "../../program/find.ts";
import { isInside } from "../../program/neutral.ts";
import { makeShadow } from "../../program/shadow.ts";
import type { Repo } from "../../repo/repo.ts";
import { workTreeFile, workTreeFolder } from "../../values/own-files.ts";
import { withPythonPath } from "./python-path.ts";

export interface Programs {
  /** Absolute. */
  file: string;
  /** The command as it is started. */
  words: readonly string[];
  env: Environment;
  /** Absolute; the environment of Python that comes first, in the scratch work tree's keeping; null for none. */
  environment: string | null;
  /** Absolute; what that is a shadow of. */
  source: string | null;
  /** Environments that stood in the work tree and are not there now. */
  missing: RepoPath[];
  /** Folders of the user's own modules that are used. */
  modules: RepoPath[];
}

export interface ProgramsRequest {
  /** Of the version that is run again; null for a run of the work tree as it is. */
  label: string | null;
  /** Where the command starts, from the top. */
  folder: string;
  words: readonly string[];
  env: Environment;
  tree: TreeRecord | null;
  interpreters: EnvironmentRecord;
  /** Null for none. */
  rebuilt: RebuiltPlaces | null;
}

/** Environments of Python that are used instead of the user's; each absolute. */
interface RebuiltPlaces {
  main: string;
  /** By where they stood in the work tree. */
  places: ReadonlyMap<string, string>;
}

/** Throws `not-supported` where a program is not there. */
export function choosePrograms(repo: Repo, scratch: Repo, request: ProgramsRequest): Programs {
  const { folder, words, tree, interpreters, rebuilt } = request;
  const main = interpreters.interpreters.find((each) => each.kind === "python" && each.role === "program") ?? null;
  const env = withPythonPath(repo, scratch, { env: request.env, main });
  const stood = new Set([
    ...(tree?.environments ?? environmentsNamedIn(words, folder)),
    ...environmentsThatRan(interpreters),
  ]);
  const shadows = new Map<RepoPath, string>();
  const [missing, modules]: [RepoPath[], RepoPath[]] = [[], []];
  for (const path of stood) {
    const wasUsed = mayHaveBeenUsed(path, interpreters);
    const found = shadowOne(repo, scratch, { path, rebuilt, label: request.label, wasUsed });
    if (found === "missing" && wasUsed) missing.push(path);
    if (found !== "shadow") continue;
    if (baseOf(path) !== "node_modules") shadows.set(path, join(scratch.top, path));
    else if (wasUsed) modules.push(path);
  }
  const first =
    rebuilt === null
      ? firstOf(repo, scratch, { shadows, main, label: request.label })
      : rebuiltShadow(scratch, shadows, { rebuilt, main });
  const used = first === null ? env : activated(env, first);
  const file = fileOf(repo, scratch, { ...request, env: used, first, main });
  return {
    ...file,
    env: used,
    environment: first,
    source: rebuilt?.main ?? (main?.prefix ? absolute(main.prefix, repo.env) : null),
    missing,
    modules,
  };
}

/** Those in the work tree, wherever they stood. */
function environmentsThatRan({ interpreters }: EnvironmentRecord): RepoPath[] {
  const prefixes = interpreters.flatMap(({ prefix }) =>
    prefix?.place === "work tree" && prefix.kind === "venv" ? [prefix.path] : [],
  );
  return prefixes.filter((path): path is RepoPath => path !== "" && pathProblem(path) === null);
}

/** Of what stood there, programs that were seen say which it was that they used. */
export function mayHaveBeenUsed(path: RepoPath, { seen, interpreters }: EnvironmentRecord): boolean {
  if (seen !== "processes") return true;
  if (baseOf(path) === "node_modules") return interpreters.some(({ kind }) => kind === "node");
  return interpreters.some(({ prefix }) => prefix?.place === "work tree" && prefix.path === path);
}

function shadowOne(
  repo: Repo,
  scratch: Repo,
  {
    path,
    rebuilt,
    label,
    wasUsed,
  }: { path: RepoPath; rebuilt: RebuiltPlaces | null; label: string | null; wasUsed: boolean },
): "shadow" | "own" | "missing" {
  const place = join(scratch.top, path);
  if (fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined) return "own";
  const theirs = join(repo.top, path);
  // Where no place is known, the one that was recorded is taken for all.
  const anew = rebuilt?.places.get(path) ?? (rebuilt?.places.size === 0 ? rebuilt.main : null);
  const of = baseOf(path) === "node_modules" || anew === null ? theirs : anew;
  if (!fs.existsSync(of)) {
    const way =
      rebuilt === null && label !== null ? `: 'mvgit reproduce ${label} --rebuild-environment' makes it anew` : "";
    if (wasUsed) repo.watch.warn(`'${display(path)}', which the command had, is not in your work tree${way}`);
    return "missing";
  }
  makeShadow(of, scratch.guard.resolveForWriting(path));
  if (of !== theirs || !wasUsed) return "shadow";
  repo.watch.note(
    `'${display(path)}' is not part of the ${label === null ? "tree" : "version"}: that of your work tree is used`,
  );
  warnOfEditables(repo, of, label);
  return "shadow";
}

function warnOfEditables(repo: Repo, environment: string, label: string | null): void {
  const [one, ...more] = editablesIn(environment).filter((each) => isInside(each.folder, repo.top));
  if (one === undefined) return;
  const which = `'${display(one.name)}'${more.length === 0 ? "" : ` and ${formatCount(more.length)} more`}`;
  const what =
    label === null
      ? "the command has your code as it is while it runs"
      : `it is your code of today, not that of ${label}; '--rebuild-environment' installs that`;
  repo.watch.warn(`${which} is installed from your work tree ('pip install -e'): ${what}`);
}

/** A shadow of the environment that the program had, if that is still there. */
function firstOf(
  repo: Repo,
  scratch: Repo,
  {
    shadows,
    main,
    label,
  }: { shadows: ReadonlyMap<RepoPath, string>; main: RecordedInterpreter | null; label: string | null },
): string | null {
  if (main === null || main.prefix === null || main.prefix.kind !== "venv") return null;
  if (main.prefix.place === "work tree") return shadows.get(main.prefix.path as RepoPath) ?? null;
  const folder = absolute(main.prefix, repo.env);
  if (folder === null || !fs.existsSync(join(folder, "pyvenv.cfg"))) return null;
  warnOfEditables(repo, folder, label);
  return shadowBeside(scratch, folder);
}

function rebuiltShadow(
  scratch: Repo,
  shadows: ReadonlyMap<RepoPath, string>,
  { rebuilt, main }: { rebuilt: RebuiltPlaces; main: RecordedInterpreter | null },
): string {
  const own = main?.prefix?.place === "work tree" ? main.prefix.path : null;
  // Where no place is known, the only shadow there is was taken for all.
  const anyShadow = rebuilt.places.size === 0 ? [...shadows.values()][0] : undefined;
  const inTree = own === null ? anyShadow : shadows.get(own as RepoPath);
  return inTree ?? shadowBeside(scratch, rebuilt.main);
}

/** Goes with the scratch work tree, and is not in it. */
function shadowBeside(scratch: Repo, of: string): string {
  const folder = workTreeFile(scratch.git.place, "environment");
  makeFolder(workTreeFolder(scratch.git.place));
  makeShadow(of, folder);
  return folder;
}

/** As an activate script does, and so that tools take it for theirs without changing it. */
function activated(env: Environment, first: string): Environment {
  const { PYTHONHOME: _, CONDA_PREFIX: __, ...rest } = env;
  const bin = join(first, platform === "win32" ? "Scripts" : "bin");
  return {
    ...rest,
    PATH: [bin, env["PATH"] ?? env["Path"] ?? ""].filter((each) => each !== "").join(delimiter),
    VIRTUAL_ENV: first,
    UV_PROJECT_ENVIRONMENT: first,
    UV_NO_SYNC: "1",
  };
}

function fileOf(
  repo: Repo,
  scratch: Repo,
  request: ProgramsRequest & { first: string | null; main: RecordedInterpreter | null },
): Pick<Programs, "file" | "words"> {
  const { folder, words, env, first, main, rebuilt, label } = request;
  const [name = "", ...rest] = words;
  const at = { cwd: join(scratch.top, folder), env };
  // A Python called by its absolute name would find its own packages, whatever environment comes first.
  const rebuiltOne =
    rebuilt !== null && first !== null && isAbsolute(name) && isPython(name)
      ? (findProgram(join(first, "bin", baseOf(name)), at) ?? findProgram(join(first, "bin", "python"), at))
      : null;
  if (rebuiltOne !== null) return { file: rebuiltOne, words: [rebuiltOne, ...rest] };
  const base = first === null && isPython(name) && !name.includes("/") ? recordedBase(repo, main) : null;
  if (base !== null) return { file: base, words: [base, ...rest] };
  const own = findProgram(name, at);
  if (own !== null) return { file: own, words };
  const theirs = findProgram(name, { ...at, cwd: join(repo.top, folder) });
  if (theirs === null) throw gone(request, name);
  repo.watch.note(
    `'${display(name)}' is not part of the ${label === null ? "tree" : "version"}: that of your work tree is used`,
  );
  return { file: theirs, words: [theirs, ...rest] };
}

/** The interpreter without an environment that was recorded, where it stands and PATH may lead to another. */
function recordedBase(repo: Repo, main: RecordedInterpreter | null): string | null {
  if (main === null || main.executable === null || main.executable.place === "work tree") return null;
  const file = absolute(main.executable, repo.env);
  return file === null ? null : findProgram(file, { cwd: repo.top, env: repo.env });
}

function absolute({ place, path }: RecordedPlace, env: Environment): string | null {
  if (place === "elsewhere") return isAbsolute(path) ? path : null;
  const home = env["HOME"] ?? env["USERPROFILE"];
  return place === "home" && home !== undefined && isAbsolute(home) ? resolve(home, path) : null;
}

function gone(
  { label, main, interpreters }: ProgramsRequest & { main: RecordedInterpreter | null },
  name: string,
): MvgitError {
  const shown = display(name);
  const canRebuild =
    label !== null && interpreters.interpreters.length > 0 && (isPython(name) || dirname(name) !== ".");
  const count = main?.packages?.length;
  const packages = count === undefined ? "" : ` with ${plural(count, "package")}`;
  const was = main === null || !canRebuild ? "" : `; the version had Python ${display(main.version)}${packages}`;
  return new MvgitError("not-supported", `cannot start '${shown}': there is no such program${was}`, {
    subject: shown,
    hint: canRebuild
      ? `'mvgit reproduce ${label} --rebuild-environment' makes its environment anew`
      : "install it, or check PATH",
  });
}
