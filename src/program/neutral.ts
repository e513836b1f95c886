/** Where and with which variables a program is started that must run nothing of a repository's. */
import { delimiter, isAbsolute, join, relative } from "node:path";
import { discardTree, replaceFile } from "../base/disk.ts";
import { makeScratchFolder } from "../base/scratch-folder.ts";
import { withSearchPath } from "../base/search-path.ts";
import type { Environment } from "./find.ts";

/** Does `work` with an empty folder that nobody else may write, which is gone afterwards. */
export async function inEmptyFolder<R>(work: (folder: string) => Promise<R>): Promise<R> {
  const folder = makeScratchFolder("mvgit-run");
  try {
    return await work(folder);
  } finally {
    discardTree(folder);
  }
}

/**
 * Files that end the search of npm and uv for settings of a project, which goes upwards from where they are started:
 * what is above a folder for temporary files may be anybody's.
 */
const SEALS = { "package.json": "{}\n", "uv.toml": "" };

export function sealFolder(folder: string): void {
  for (const [name, text] of Object.entries(SEALS)) replaceFile(join(folder, name), text, false);
}

/**
 * Variables by which Python, Node and their tools load code or settings that are named by a relative path, or at all.
 */
const LOADERS = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "PYTHONSTARTUP",
  "PYTHONINSPECT",
  "PYTHONBREAKPOINT",
  "PYTHONWARNINGS",
  "GUNICORN_CMD_ARGS",
  "UVICORN_ENV_FILE",
  "FLASK_APP",
];
/** Of folders; those that are relative, or in the repository, are left out. */
const FOLDERS = ["PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX"];

/** `env` for a program that mvgit starts by itself: nothing in it leads to the current folder, or into `top`. */
export function neutralEnvironment(env: Environment, top: string): Environment {
  const kept = Object.entries(withSearchPath(env)).filter(([name]) => !LOADERS.includes(name));
  const checked = kept.map(
    ([name, value]) =>
      [name, FOLDERS.includes(name) ? outside(value ?? "", top).join(delimiter) || undefined : value] as const,
  );
  // Python before 3.11 does not know the first; the folder that it starts in is empty for that.
  return { ...Object.fromEntries(checked), PYTHONSAFEPATH: "1", PYTHONDONTWRITEBYTECODE: "1", FLASK_SKIP_DOTENV: "1" };
}

function outside(list: string, top: string): string[] {
  return list.split(delimiter).filter((folder) => isAbsolute(folder) && !isInside(folder, top));
}

/** Whether a path, absolute as the folder is, is the folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside === "" || (!inside.startsWith("..") && !isAbsolute(inside));
}
