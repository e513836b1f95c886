/**
 * What a Python tells of itself, asked so that it runs nothing but itself: no site, no variables, no current folder.
 */
import { isAbsolute, join } from "node:path";
import * as fs from "node:fs";
import { readableNames } from "../../base/readable-names.ts";
import { ask } from "../ask.ts";
import type { Environment } from "../find.ts";
import { inEmptyFolder, neutralEnvironment } from "../neutral.ts";

export interface PythonFacts {
  version: string;
  implementation: string;
  build: Record<string, string>;
  /** Where it looks for packages of a prefix, of itself, and of the user; absolute, some of them not there. */
  sites: string[];
  baseSites: string[];
  userSite: string | null;
  /** Which Python it is that answers, where a script stood in its place. */
  executable: string | null;
}

/**
 * `argv[1]` is the prefix of a virtual environment, or its own. The module `site` is only asked, and does nothing by
 * itself then.
 */
const QUESTION = `import sys
if sys.path and sys.path[0] == "": sys.path.pop(0)
import json, platform
def got(f, *a):
    try: return f(*a)
    except Exception: return None
import site
try:
    import sysconfig
    abi = sysconfig.get_config_var("SOABI")
    plat = sysconfig.get_platform()
    debug = sysconfig.get_config_var("Py_DEBUG")
    free = sysconfig.get_config_var("Py_GIL_DISABLED")
except Exception: abi = plat = debug = free = None
bases = [getattr(sys, "base_prefix", sys.prefix), getattr(sys, "base_exec_prefix", sys.exec_prefix)]
print(json.dumps({
    "version": platform.python_version(),
    "implementation": platform.python_implementation(),
    "build": {
        "text": " ".join(sys.version.split()),
        "compiler": platform.python_compiler(),
        "platform": plat,
        "abi": abi,
        "debug": "yes" if debug else None,
        "gil": "off" if free else None,
    },
    "sites": got(site.getsitepackages, sys.argv[1:2]) or [],
    "baseSites": got(site.getsitepackages, bases) or [],
    "executable": sys.executable,
    "userSite": got(site.getusersitepackages),
}))
`;

/** Null where it did not answer as it should. `from`: the folder it is asked in; null for an empty one. */
export async function askPython(
  executable: string,
  { prefix, env, top, from }: { prefix: string; env: Environment; top: string; from: string | null },
): Promise<PythonFacts | null> {
  // The second for Python 2.
  for (const flags of [
    ["-I", "-S"],
    ["-E", "-s", "-S"],
  ]) {
    const answer = await inEmptyFolder((empty) =>
      ask({
        file: executable,
        args: [...flags, "-c", QUESTION, prefix],
        cwd: from ?? empty,
        env: neutralEnvironment(env, top),
        patience: 20_000,
      }),
    );
    const facts = answer === null ? null : readAnswer(answer);
    if (facts) return facts;
  }
  return null;
}

function readAnswer(answer: string): PythonFacts | null {
  try {
    const { version, implementation, build, sites, baseSites, userSite, executable } = JSON.parse(answer) as Record<
      string,
      unknown
    >;
    if (typeof version !== "string" || typeof implementation !== "string") return null;
    const texts =
      build !== null && typeof build === "object"
        ? Object.entries(build).filter(
            (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
          )
        : [];
    return {
      version,
      implementation,
      build: Object.fromEntries(texts),
      sites: folders(sites),
      baseSites: folders(baseSites),
      userSite: folders([userSite])[0] ?? null,
      executable: folders([executable])[0] ?? null,
    };
  } catch {
    return null;
  }
}

function folders(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((each): each is string => typeof each === "string" && isAbsolute(each))
    : [];
}

/** Of a prefix whose Python does not answer: as most lay it out. */
export function usualSites(prefix: string): string[] {
  const libraries = ["lib", "lib64"].flatMap((name) =>
    readableNames(join(prefix, name))
      .filter((each) => /^(?:python|pypy)[0-9.]+t?$/.test(each))
      .map((each) => join(prefix, name, each)),
  );
  return [
    ...libraries.flatMap((folder) => [join(folder, "site-packages"), join(folder, "dist-packages")]),
    join(prefix, "Lib", "site-packages"),
  ].filter((folder) => fs.existsSync(folder));
}
