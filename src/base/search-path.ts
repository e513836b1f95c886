/** PATH as mvgit uses it for programs that it starts by itself: never the current folder, which may be a repository. */
import * as fs from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { platform } from "node:process";

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
