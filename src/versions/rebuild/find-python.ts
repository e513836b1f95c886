/** An interpreter of a recorded version: one of this machine's, or one that uv brings. */
import * as fs from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { platform } from "node:process";
import { canRun, searchFolders } from "../../base/search-path.ts";
import { ask } from "../../program/ask.ts";
import type { Environment } from "../../program/find.ts";
import { inEmptyFolder, isInside, neutralEnvironment, sealFolder } from "../../program/neutral.ts";
import { perform } from "../../program/perform.ts";

export interface FoundPython {
  /** Absolute; no environment's own. */
  file: string;
  version: string;
}

export interface FindRequest {
  /** `3.11.7`; null for any. */
  version: string | null;
  env: Environment;
  /** Of the work tree: nothing in it is started. */
  top: string;
  /** Absolute; null where it is not there. */
  uv: string | null;
  signal: AbortSignal;
  /** Is told what takes time. */
  note: (text: string) => void;
}

/** That very version, else another patch of the same X.Y; null where there is none. */
export async function findPython(request: FindRequest): Promise<FoundPython | null> {
  const { version, uv } = request;
  const minor = version === null ? null : (/^[0-9]+\.[0-9]+/.exec(version)?.[0] ?? null);
  const near: FoundPython[] = [];
  const asked = new Set<string>();
  for (const file of candidates(request, minor)) {
    const real = realOf(file);
    if (asked.has(real) || isInside(real, request.top) || isInside(file, request.top)) continue;
    asked.add(real);
    const found = await askPython(file, request);
    if (found === null || (minor !== null && !found.version.startsWith(`${minor}.`))) continue;
    if (version === null || found.version === version) return found;
    near.push(found);
  }
  return (version !== null && uv !== null ? await byUv(uv, version, request) : null) ?? near[0] ?? null;
}

const QUESTION =
  "import json, platform, sys; print(json.dumps([platform.python_version(), " +
  ("platform.python_implementation(), " + "getattr(sys, '_base_executable', None) or sys.executable]))");

async function askPython(file: string, { env, top }: FindRequest): Promise<FoundPython | null> {
  const answer = await inEmptyFolder((cwd) =>
    ask({ file, args: ["-I", "-c", QUESTION], cwd, env: neutralEnvironment(env, top), patience: 20_000 }),
  );
  try {
    const [version, implementation, base] = JSON.parse(answer ?? "") as unknown[];
    if (implementation !== "CPython" || typeof version !== "string" || typeof base !== "string") return null;
    return { version, file: isAbsolute(base) && canRun(base) ? base : file };
  } catch {
    return null;
  }
}

/** Files that may be one, those first that are most likely to be it. */
function candidates({ version, env }: FindRequest, minor: string | null): string[] {
  const home = env["HOME"] ?? homedir();
  const data =
    env["XDG_DATA_HOME"] && isAbsolute(env["XDG_DATA_HOME"]) ? env["XDG_DATA_HOME"] : join(home, ".local", "share");
  const names = [...(minor === null ? [] : [`python${minor}`]), "python3", "python"].map((name) =>
    platform === "win32" ? `${name}.exe` : name,
  );
  const kept =
    minor === null
      ? []
      : [
          [env["PYENV_ROOT"] ?? join(home, ".pyenv"), "versions"],
          [join(data, "mise", "installs", "python")],
          [join(home, ".asdf", "installs", "python")],
          [env["UV_PYTHON_INSTALL_DIR"] ?? join(data, "uv", "python")],
        ]
          .flatMap(([folder = "", ...more]) => versionsIn(join(folder, ...more), minor, version))
          .map((folder) => join(folder, platform === "win32" ? "python.exe" : "bin/python3"));
  const system =
    minor === null
      ? []
      : [
          "/usr/local/bin",
          "/usr/bin",
          "/opt/homebrew/bin",
          `/opt/homebrew/opt/python@${minor}/bin`,
          `/Library/Frameworks/Python.framework/Versions/${minor}/bin`,
        ];
  return [
    ...kept.slice(0, 3),
    ...[...searchFolders(env), ...system].flatMap((folder) => names.map((name) => join(folder, name))),
    ...kept.slice(3),
  ].filter(canRun);
}

/** Folders of versions of that X.Y, the exact one first. */
function versionsIn(folder: string, minor: string, version: string | null): string[] {
  try {
    const names = fs
      .readdirSync(folder)
      .filter(
        (name) =>
          new RegExp(`^(?:cpython-)?${minor.replace(".", "\\.")}(?:\\.|-|$)`).test(name) &&
          !/freethreaded|\+/.test(name),
      );
    return names
      .toSorted((a, b) => Number(isExact(b, version)) - Number(isExact(a, version)))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isExact(name: string, version: string | null): boolean {
  return name.replace(/^cpython-/, "").split("-")[0] === version;
}

function realOf(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

/** One that uv manages; brought by it where the user's settings allow that. */
async function byUv(uv: string, version: string, request: FindRequest): Promise<FoundPython | null> {
  return inEmptyFolder(async (cwd) => {
    sealFolder(cwd);
    const env = neutralEnvironment(request.env, request.top);
    request.note(`Python ${version} is not on this machine: asking uv for it`);
    const installed = await perform({
      file: uv,
      args: ["python", "install", "--no-progress", version],
      cwd,
      env,
      signal: request.signal,
    });
    if (!installed.ok) return null;
    const answer = await ask({
      file: uv,
      args: ["python", "find", "--no-project", "--managed-python", version],
      cwd,
      env,
      patience: 60_000,
    });
    const file = answer?.trim() ?? "";
    return isAbsolute(file) && canRun(file) ? askPython(file, request) : null;
  });
}
