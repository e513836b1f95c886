/**
 * Where programs that mvgit starts by itself are looked for, and what they load: never in the current folder, which may
 * be a repository.
 */
import * as fs from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { env as ours, platform } from "node:process";

type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute folders of PATH, in order. `.`, an empty entry and a relative one mean whatever folder one is in. */
export function searchFolders(env: Environment): string[] {
  return (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
}

/**
 * The same variables, with those folders alone in PATH, and no library of the current folder for the system's loader.
 */
export function withSearchPath<E extends Environment>(env: E): E {
  const name = env["PATH"] === undefined && env["Path"] !== undefined ? "Path" : "PATH";
  const path = env[name] === undefined ? {} : { [name]: searchFolders(env).join(delimiter) };
  return { ...env, ...path, ...loaderLists(env) };
}

/** The same, of this process's own variables. */
export function ownSearchPath(): Environment {
  return withSearchPath(ours);
}

/** Folders in which the loader of Linux or macOS looks for libraries; an empty entry is the current folder. */
const LIBRARY_FOLDERS = [
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "DYLD_FRAMEWORK_PATH",
  "DYLD_FALLBACK_LIBRARY_PATH",
  "DYLD_FALLBACK_FRAMEWORK_PATH",
];
/** Libraries that it loads before all others; a name without a slash is looked for in those folders. */
const LIBRARIES = ["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"];

function loaderLists(env: Environment): Environment {
  const kept = (
    names: readonly string[],
    ends: RegExp,
    mayStay: (each: string) => boolean,
  ): [string, string | undefined][] =>
    names
      .filter((name) => env[name] !== undefined)
      .map((name) => [name, (env[name] ?? "").split(ends).filter(mayStay).join(":") || undefined]);
  return Object.fromEntries([
    ...kept(LIBRARY_FOLDERS, /[:;]/, isAbsolute),
    ...kept(LIBRARIES, /[: ]/, (each) => each !== "" && (isAbsolute(each) || !each.includes("/"))),
  ]);
}

/** Windows looks into the current folder before PATH, for whoever does not say otherwise by this. */
const NOT_HERE = "NoDefaultCurrentDirectoryInExePath";
let under = 0;
let before: Environment = {};

/**
 * Does some work of a library that starts programs by names alone: until it is done, nothing that this process starts
 * is looked for in the current folder, or in one that PATH names from there.
 */
export async function outsideCurrentFolder<T>(work: () => Promise<T>): Promise<T> {
  if (under++ === 0) {
    const clean = { PATH: searchFolders(ours).join(delimiter), [NOT_HERE]: "1", ...loaderLists(ours) };
    before = Object.fromEntries(Object.keys(clean).map((name) => [name, ours[name]]));
    setOurs(clean);
  }
  try {
    return await work();
  } finally {
    if (--under === 0) setOurs(before);
  }
}

/** An empty PATH would mean the current folder. */
function setOurs(values: Environment): void {
  for (const [name, value] of Object.entries(values))
    if (value) ours[name] = value;
    else delete ours[name];
}

/** The absolute path of the first program of that name; null when there is none. */
export function findOnPath(name: string, env: Environment): string | null {
  return (
    searchFolders(env)
      .flatMap((folder) => ENDINGS.map((ending) => join(folder, name + ending)))
      .find(canRun) ?? null
  );
}

/** Ends of a program's file, in the order that they are tried. */
export const ENDINGS = platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];

/** Whether it is a file that this user may start. */
export function canRun(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
