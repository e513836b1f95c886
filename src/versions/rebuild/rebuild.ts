/** An environment of Python made anew as a version recorded it, kept by the hash of what it is to be. */
import * as fs from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { arch, platform } from "node:process";
import { plural } from "../../base/counts.ts";
import { makeFolder, readUpTo, removeFile, removeTree, replaceFile } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { withLock } from "../../base/lock.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { findOnPath } from "../../base/search-path.ts";
import { HOUR } from "../../base/times.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { normalName } from "../../values/environment-record.ts";
import {
  type Lacking,
  notInstalled,
  whyLacking,
  type WishedEnvironment,
  type WishedPackage,
} from "../../values/wished-environment.ts";
import { ask } from "../../program/ask.ts";
import type { Environment } from "../../program/find.ts";
import { inEmptyFolder, isInside, neutralEnvironment, sealFolder } from "../../program/neutral.ts";
import type { Repo } from "../../repo/repo.ts";
import { findPython, type FoundPython } from "./find-python.ts";
import { chooseInstaller, type Installer, pythonOf } from "./installers.ts";

export interface Rebuilt {
  /** Absolute. Nobody else changes it: it is used through a shadow. */
  folder: string;
  /** Of its Python. */
  version: string;
  installer: "uv" | "pip";
  /** It was there already. */
  wasKept: boolean;
  /** What it should have and has not. */
  lacking: Lacking[];
}

/** Milliseconds that another's building is waited for. */
const LONGEST_BUILD = HOUR;
const MARK_CAP = 4 * 1024 * 1024;

/**
 * Throws `not-supported` without a Python that fits, `remote-unavailable` where the index cannot be reached, and of the
 * signal.
 */
export async function rebuildEnvironment(
  repo: Repo,
  wished: WishedEnvironment,
  label: string,
): Promise<{ rebuilt: Rebuilt; installer: Installer }> {
  const uv = outside(findOnPath("uv", repo.env), repo.top);
  const { signal } = repo.watch;
  const python = await findPython({
    version: wished.python,
    env: repo.env,
    top: repo.top,
    uv,
    signal,
    note: (text) => repo.watch.note(text),
  });
  if (python === null) throw noPython(wished.python, uv !== null, label);
  const key = keyOf(wished, python);
  const place = join(environmentsFolder(repo.env), key);
  makeFolder(place);
  sealFolder(place);
  const installer = chooseInstaller({ python: python.file, uv, cwd: place, env: repo.env, top: repo.top, signal });
  const rebuilt = await withLock(
    `${place}.lock`,
    async () => keptOne(place, python) ?? build(repo, { wished, place, python, installer }),
    { patience: LONGEST_BUILD },
  );
  return { rebuilt: { ...rebuilt, lacking: [...wished.lacking, ...rebuilt.lacking] }, installer };
}

function outside(file: string | null, top: string): string | null {
  return file !== null && isInside(file, top) ? null : file;
}

function noPython(version: string | null, hasUv: boolean, label: string): MvgitError {
  const what = version === null ? "Python" : `Python ${version}`;
  return new MvgitError(
    "not-supported",
    `cannot rebuild the environment of ${label}: ${what} is not on this machine${hasUv ? ", and uv has none" : ""}`,
    {
      subject: label,
      hint: hasUv
        ? "install it, or a newer uv"
        : "install it, or uv, which brings any version (https://docs.astral.sh/uv)",
    },
  );
}

/** Where rebuilt environments are kept: in the user's cache, and free to be removed. */
function environmentsFolder(env: Environment): string {
  const named = env["XDG_CACHE_HOME"];
  return join(named && isAbsolute(named) ? named : usualCache(env), "mvgit", "environments");
}

/** Where the system has caches of a user's programs. */
function usualCache(env: Environment): string {
  const home = env["HOME"] ?? homedir();
  if (platform === "darwin") return join(home, "Library", "Caches");
  if (platform === "win32") return env["LOCALAPPDATA"] ?? join(home, "AppData", "Local");
  return join(home, ".cache");
}

function keyOf({ packages }: WishedEnvironment, python: FoundPython): string {
  const wanted = packages.map((each) => each.requirement).toSorted();
  return hashBytes(
    Buffer.from(
      JSON.stringify({
        mvgit: 1,
        python: [python.version, fs.realpathSync(python.file)],
        system: [platform, arch],
        packages: wanted,
      }),
    ),
  ).slice(0, 32);
}

/** One that was finished, and whose interpreter is still there. */
function keptOne(place: string, python: FoundPython): Rebuilt | null {
  const folder = join(place, "environment");
  try {
    const { installer } = JSON.parse(readUpTo(join(place, "ready.json"), MARK_CAP)?.toString("utf8") ?? "") as {
      installer?: unknown;
    };
    return (installer === "uv" || installer === "pip") && fs.existsSync(pythonOf(folder))
      ? { folder, version: python.version, installer, wasKept: true, lacking: [] }
      : null;
  } catch {
    return null;
  }
}

interface Building {
  wished: WishedEnvironment;
  place: string;
  python: FoundPython;
  installer: Installer;
}

/** An environment names its own place: it is made where it stays, and counts when its mark is written. */
async function build(repo: Repo, { wished, place, python, installer }: Building): Promise<Rebuilt> {
  const folder = join(place, "environment");
  removeFile(join(place, "ready.json"));
  if (fs.existsSync(folder)) removeTree(folder);
  repo.watch.note(
    prose`making the environment anew: Python ${python.version}, ${plural(wished.packages.length, "package")}
      (${installer.name})`,
  );
  const made = await installer.make(folder);
  if (!made.ok)
    throw new MvgitError(
      "not-supported",
      `cannot make an environment of Python ${python.version}: ${whyLacking(made.words).why}`,
      { subject: python.file, hint: "'python3 -m venv' must work (Debian: package python3-venv), or install uv" },
    );
  const reasons = await installAll(repo, { folder, place, installer, packages: wished.packages });
  const installed = await listInstalled(folder, repo);
  const wanted = new Set([...wished.packages, ...wished.projects].map((each) => normalName(each.name)));
  await installer.remove(
    folder,
    installed.map((each) => each.slice(0, each.indexOf("=="))).filter((name) => !wanted.has(normalName(name))),
  );
  const lacking = notInstalled(wished, installed).map(({ name, version }): Lacking => ({
    package: `${name}==${version}`,
    why: reasons.get(name) ?? "it is not there after it was installed",
  }));
  if (lacking.length === 0)
    replaceFile(
      join(place, "ready.json"),
      `${JSON.stringify({ mvgit: 1, installer: installer.name, python: python.version, packages: installed })}\n`,
    );
  return { folder, version: python.version, installer: installer.name, wasKept: false, lacking };
}

/** All at once; where that fails one by one, so that only what cannot be had is lacking. Answers why, by name. */
async function installAll(
  repo: Repo,
  {
    folder,
    place,
    installer,
    packages,
  }: { folder: string; place: string; installer: Installer; packages: readonly WishedPackage[] },
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  const install = (some: readonly WishedPackage[]): Promise<{ ok: boolean; words: string }> => {
    const file = join(place, "requirements.txt");
    replaceFile(file, some.map((each) => `${each.requirement}\n`).join(""), false);
    return installer.install(folder, ["-r", file]);
  };
  if (packages.length === 0) return reasons;
  const all = await install(packages);
  if (all.ok) return reasons;
  if (whyLacking(all.words).isUnreachable)
    throw new MvgitError(
      "remote-unavailable",
      "cannot rebuild the environment: the index of packages cannot be reached",
      { subject: installer.name, hint: `check the network and the index that ${installer.name} is set to` },
    );
  if (packages.length > 1) repo.watch.note("not all packages can be had: trying each");
  for (const each of packages) {
    const one = packages.length === 1 ? all : await install([each]);
    if (!one.ok) reasons.set(each.name, whyLacking(one.words).why);
  }
  return reasons;
}

const LIST =
  "import json\nfrom importlib import metadata\nprint(json.dumps(sorted({(d.metadata['Name'] or '') + '==' + " +
  "(d.version or '') for d in metadata.distributions()})))";

async function listInstalled(folder: string, { env, top }: Repo): Promise<string[]> {
  const answer = await inEmptyFolder((cwd) =>
    ask({
      file: pythonOf(folder),
      args: ["-I", "-c", LIST],
      cwd,
      env: neutralEnvironment(env, top),
      patience: 120_000,
    }),
  );
  try {
    const found = JSON.parse(answer ?? "") as unknown;
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** Installs the version's own projects, from its own code at `top`, into an environment of the scratch work tree's. */
export async function installProjects(
  installer: Installer,
  { projects }: Pick<WishedEnvironment, "projects">,
  { environment, top }: { environment: string; top: string },
): Promise<Lacking[]> {
  const lacking: Lacking[] = [];
  for (const { name, path, editable } of projects) {
    const args = [...(editable ? ["-e"] : []), join(top, path)];
    const first = await installer.install(environment, args);
    // Without an index what it is built with must be installed.
    const done = first.ok ? first : await installer.install(environment, ["--no-build-isolation", ...args]);
    if (!done.ok)
      lacking.push({
        package: name,
        why: prose`it could not be installed from '${display(path === "" ? "." : path)}' of the version:
            ${whyLacking(first.words).why}`,
      });
  }
  return lacking;
}
