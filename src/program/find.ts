/** Where a program is: of the user's choice, as a shell would look for it, and of mvgit's own. */
import { delimiter, join, resolve } from "node:path";
import { platform } from "node:process";
import { canRun, ENDINGS } from "../base/search-path.ts";

export { findOnPath } from "../base/search-path.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The absolute path of a program that the user named: a name is looked up on all of PATH, a path counts from `cwd`.
 * Null when there is none that can be run. What mvgit starts by itself is found by `findOnPath`, which never looks into
 * the current folder.
 */
export function findProgram(name: string, { cwd, env }: { cwd: string; env: Environment }): string | null {
  const isPath = name.includes("/") || (platform === "win32" && name.includes("\\"));
  const folders = isPath
    ? [cwd]
    : (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) =>
    ENDINGS.map((ending) => (isPath ? resolve(folder, name) : join(resolve(cwd, folder), name)) + ending),
  );
  return files.find(canRun) ?? null;
}
