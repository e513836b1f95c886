/** What installs packages of Python: uv or pip, by the user's own settings, never by those of a repository. */
import * as fs from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";
import { prose } from "../../base/prose.ts";
import { words } from "../../base/words.ts";
import { ask } from "../../program/ask.ts";
import type { Environment } from "../../program/find.ts";
import { neutralEnvironment } from "../../program/neutral.ts";
import { perform } from "../../program/perform.ts";

export interface Installer {
  name: "uv" | "pip";
  /** Makes the environment in `folder`, which is absent. */
  make(folder: string): Promise<{ ok: boolean; words: string }>;
  /** `arguments`: after the options that all installing has. */
  install(folder: string, args: readonly string[]): Promise<{ ok: boolean; words: string }>;
  remove(folder: string, names: readonly string[]): Promise<void>;
}

export interface InstallerContext {
  /** Absolute; of the interpreter that environments are made of. */
  python: string;
  /** Absolute; null where it is not there. */
  uv: string | null;
  /** Absolute; a folder without files that tools take for settings. */
  cwd: string;
  env: Environment;
  /** Of the work tree. */
  top: string;
  signal: AbortSignal;
}

function binOf(folder: string): string {
  return join(folder, platform === "win32" ? "Scripts" : "bin");
}

export function pythonOf(folder: string): string {
  return join(binOf(folder), platform === "win32" ? "python.exe" : "python");
}

/**
 * Variables that say what or where is installed, which is asked for here; those of indexes, proxies and certificates
 * stay.
 */
const TELLS_WHAT = new Set([
  ...words("PYTHONPATH PYTHONHOME PYTHONUSERBASE VIRTUAL_ENV CONDA_PREFIX"),
  ...words(`
    TARGET PREFIX ROOT USER SRC PYTHON REQUIREMENT CONSTRAINT EDITABLE NO_DEPS DRY_RUN REPORT REQUIRE_VIRTUALENV
    LOG PRE NO_BUILD_ISOLATION
  `).map((name) => `PIP_${name}`),
  ...words(`
    PROJECT PROJECT_ENVIRONMENT NO_SYNC FROZEN LOCKED PYTHON SYSTEM_PYTHON CONSTRAINT OVERRIDE EXCLUDE
    EXCLUDE_NEWER BUILD_CONSTRAINT RESOLUTION PRERELEASE REQUIRE_HASHES WORKING_DIR WORKING_DIRECTORY
  `).map((name) => `UV_${name}`),
]);

function environmentOf({ env, top }: InstallerContext): Environment {
  const kept = Object.entries(neutralEnvironment(env, top)).filter(([name]) => !TELLS_WHAT.has(name));
  // What a package file names by an address of Git is fetched by these ways alone, and nobody is asked for a password.
  return {
    ...Object.fromEntries(kept),
    GIT_ALLOW_PROTOCOL: "https:ssh",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    PIP_NO_INPUT: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    NO_COLOR: "1",
  };
}

/** uv where it is there, unless it is pip alone that the user told where packages come from. */
export function chooseInstaller(context: InstallerContext): Installer {
  return context.uv !== null && !isPipAloneConfigured(context.env) ? byUv(context, context.uv) : byPip(context);
}

function isPipAloneConfigured(env: Environment): boolean {
  const tells = (pattern: RegExp): boolean =>
    Object.entries(env).some(([name, value]) => pattern.test(name) && value !== undefined && value !== "");
  if (tells(/^UV_(?:DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|CONFIG_FILE)$/)) return false;
  const home = env["HOME"] ?? homedir();
  const config = env["XDG_CONFIG_HOME"] ?? join(home, ".config");
  if (["/etc/uv/uv.toml", join(config, "uv", "uv.toml")].some((file) => fs.existsSync(file))) return false;
  const files = [
    env["PIP_CONFIG_FILE"] ?? "",
    "/etc/pip.conf",
    join(config, "pip", "pip.conf"),
    join(home, ".pip", "pip.conf"),
    join(home, "Library", "Application Support", "pip", "pip.conf"),
  ];
  return tells(/^PIP_(?:INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX)$/) || files.some(namesIndex);
}

function namesIndex(file: string): boolean {
  try {
    return /^\s*(?:extra-)?index-url\s*=|^\s*(?:find-links|no-index)\s*=/m.test(fs.readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

function byUv(context: InstallerContext, uv: string): Installer {
  const call = (args: readonly string[]): Promise<{ ok: boolean; words: string }> =>
    perform({ file: uv, args, cwd: context.cwd, env: environmentOf(context), signal: context.signal });
  return {
    name: "uv",
    make: (folder) => call(["venv", "--no-project", "--no-progress", "--python", context.python, folder]),
    install: (folder, args) =>
      call(["pip", "install", "--no-progress", "--no-deps", "--python", pythonOf(folder), ...args]),
    remove: async (folder, names) =>
      void (names.length > 0 && (await call(["pip", "uninstall", "--python", pythonOf(folder), ...names]))),
  };
}

function byPip(context: InstallerContext): Installer {
  const call = (file: string, args: readonly string[]): Promise<{ ok: boolean; words: string }> =>
    perform({ file, args, cwd: context.cwd, env: environmentOf(context), signal: context.signal });
  const hasPip = async (file: string, version: string): Promise<boolean> => {
    const question = prose`import pip, sys; sys.exit(not (tuple(int(each) for each in pip.__version__.split(".")[:2] if
        each.isdigit()) ${version}))`;
    return (
      (await ask({
        file,
        args: ["-I", "-c", question],
        cwd: context.cwd,
        env: environmentOf(context),
        patience: 60_000,
      })) !== null
    );
  };
  const install = [
    "install",
    "--no-deps",
    "--no-input",
    "--disable-pip-version-check",
    "--no-warn-script-location",
    "--progress-bar",
    "off",
  ];
  return {
    name: "pip",
    // A pip that installs elsewhere spares the environment one that nobody recorded.
    make: async (folder) =>
      call(context.python, [
        "-I",
        "-m",
        "venv",
        ...((await hasPip(context.python, ">= (22, 3)")) ? ["--without-pip"] : []),
        folder,
      ]),
    async install(folder, args) {
      return (await hasPip(pythonOf(folder), ">= (0,)"))
        ? call(pythonOf(folder), ["-I", "-m", "pip", ...install, ...args])
        : call(context.python, ["-I", "-m", "pip", "--python", pythonOf(folder), ...install, ...args]);
    },
    // pip itself goes last: it is what removes.
    remove: async (folder, names) =>
      void (
        names.length > 0 &&
        (await call(pythonOf(folder), [
          "-I",
          "-m",
          "pip",
          "uninstall",
          "--yes",
          ...names.toSorted((a, b) => Number(a === "pip") - Number(b === "pip")),
        ]))
      ),
  };
}
