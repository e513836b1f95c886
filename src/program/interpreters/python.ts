/** Which Python a process was: the file it was called by, and the folder that its packages belong to. */
import * as fs from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { canRun } from "../../base/search-path.ts";
import { readUpTo } from "../../base/disk.ts";
import type { Environment } from "../find.ts";
import { pythonCommand } from "./kinds.ts";

/** What a process tells of itself. */
export interface Called {
  exe: string;
  argv: readonly string[];
  env: Environment;
  cwd: string | null;
}

export interface PythonPlace {
  /** As it was called: in a virtual environment, the link in its `bin`. */
  executable: string;
  kind: "venv" | "conda" | "base";
  /** Absolute. */
  prefix: string;
  manager: string;
  /** Settings of a virtual environment. */
  settings: Readonly<Record<string, string>>;
  /** Folders of PYTHONPATH that it heeds. */
  path: string[];
  /** It reads the packages of the user's home. */
  withUser: boolean;
}

export function placePython(called: Called): PythonPlace {
  const executable = invokedFile(called);
  const { flags } = pythonCommand(called.argv);
  const heeds = !/[EI]/.test(flags);
  const withUser = !/[sI]/.test(flags) && !(heeds && called.env["PYTHONNOUSERSITE"]);
  const entries = heeds ? (called.env["PYTHONPATH"] ?? "").split(delimiter).filter((each) => each !== "") : [];
  const path = entries.map((each) => resolve(called.cwd ?? "/", each));
  return { executable, ...prefixOf(executable, called.exe), path, withUser };
}

/** Where a name that a program was called by may lead. */
function placesOf(name: string, { env, cwd }: Pick<Called, "env" | "cwd">): string[] {
  if (name === "") return [];
  if (name.includes("/")) return isAbsolute(name) || cwd !== null ? [resolve(cwd ?? "/", name)] : [];
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(resolve(cwd ?? "/", folder), name));
}

/** As Python finds its own name: a path as it is, a name on PATH; and what runs, where neither leads there. */
function invokedFile({ exe, argv: [name = ""], env, cwd }: Called): string {
  const launcher = env["__PYVENV_LAUNCHER__"];
  return (
    [...(launcher ? [launcher] : []), ...placesOf(name, { env, cwd })].find(
      (file) => isAbsolute(file) && isSame(file, exe),
    ) ?? exe
  );
}

function isSame(file: string, exe: string): boolean {
  try {
    return canRun(file) && fs.realpathSync(file) === exe;
  } catch {
    return false;
  }
}

function prefixOf(executable: string, exe: string): Pick<PythonPlace, "kind" | "prefix" | "manager" | "settings"> {
  for (const folder of [dirname(executable), dirname(dirname(executable))]) {
    const settings = venvSettings(folder);
    if (settings !== null)
      return {
        kind: "venv",
        prefix: folder,
        manager: ["uv", "virtualenv"].find((each) => settings[each] !== undefined) ?? "",
        settings,
      };
  }
  const prefix = /^(?:bin|scripts)$/i.test(basename(dirname(exe))) ? dirname(dirname(exe)) : dirname(exe);
  if (fs.existsSync(join(prefix, "conda-meta"))) return { kind: "conda", prefix, manager: "conda", settings: {} };
  const manager = Object.entries(MANAGERS).find(([, place]) => place.test(exe))?.[0] ?? "";
  return { kind: "base", prefix, manager, settings: {} };
}

/** What keeps Pythons, by the paths of those that it keeps. */
const MANAGERS = { pyenv: /\/\.pyenv\/versions\//, uv: /\/uv\/python\//, nix: /^\/nix\/store\// };

const SETTINGS_CAP = 64 * 1024;

function venvSettings(folder: string): Record<string, string> | null {
  try {
    const bytes = readUpTo(join(folder, "pyvenv.cfg"), SETTINGS_CAP);
    if (bytes === null || bytes.length > SETTINGS_CAP) return null;
    const pairs = bytes
      .toString("utf8")
      .split("\n")
      .map((line) => /^\s*([A-Za-z_-]{1,40})\s*=\s*(.*?)\s*$/.exec(line))
      .filter((each) => each !== null);
    return Object.fromEntries(pairs.map(([, name, value]) => [(name as string).toLowerCase(), value as string]));
  } catch {
    return null;
  }
}
