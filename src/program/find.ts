/** Where a program is, as a shell would look for it. */
import * as fs from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { platform } from "node:process";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute path of a program: a name is looked up on PATH, a path counts from `cwd`. Null when there is none that can be run. */
export function findProgram(name: string, { cwd, env }: { cwd: string; env: Environment }): string | null {
  const endings = platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];
  const isPath = name.includes("/") || (platform === "win32" && name.includes("\\"));
  const folders = isPath ? [cwd] : (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) => endings.map((ending) => (isPath ? resolve(folder, name) : join(resolve(cwd, folder), name)) + ending));
  return files.find(canRun) ?? null;
}

function canRun(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
