/** PATH as mvgit uses it for programs that it starts by itself: never the current folder, which may be a repository. */
import * as fs from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { env as ours, platform } from "node:process";

type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute folders of PATH, in order. `.`, an empty entry and a relative one mean whatever folder one is in. */
export function searchFolders(env: Environment): string[] {
  return (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
}

/** The same variables, with those folders alone in PATH. */
export function withSearchPath<E extends Environment>(env: E): E {
  const name = env["PATH"] === undefined && env["Path"] !== undefined ? "Path" : "PATH";
  return env[name] === undefined ? env : { ...env, [name]: searchFolders(env).join(delimiter) };
}

/** Windows looks into the current folder before PATH, for whoever does not say otherwise by this. */
const NOT_HERE = "NoDefaultCurrentDirectoryInExePath";
let under = 0;
let before: Readonly<Record<string, string | undefined>> = {};

/**
 * Does some work of a library that starts programs by names alone: until it is done, nothing that this process starts
 * is looked for in the current folder, or in one that PATH names from there.
 */
export async function outsideCurrentFolder<T>(work: () => Promise<T>): Promise<T> {
  if (under++ === 0) {
    before = { PATH: ours["PATH"], [NOT_HERE]: ours[NOT_HERE] };
    setOurs({ PATH: searchFolders(ours).join(delimiter), [NOT_HERE]: "1" });
  }
  try {
    return await work();
  } finally {
    if (--under === 0) setOurs(before);
  }
}

/** An empty PATH would mean the current folder. */
function setOurs(values: Readonly<Record<string, string | undefined>>): void {
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
