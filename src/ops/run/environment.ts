/** What a run depends on besides data, code and settings. Nothing here ever fails a run: what cannot be told is left out. */
import * as fs from "node:fs";
import * as os from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import type { Mapping } from "../../model/document.ts";
import type { Masker } from "../../model/secrets.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { ask } from "../../program/ask.ts";
import { type Environment, findOnPath, findProgram } from "../../program/find.ts";
import { inEmptyFolder, isInside, leftOutOfPythonPath, neutralEnvironment } from "../../program/neutral.ts";
import { lockFiles } from "./lock-files.ts";

export interface Place {
  /** Absolute; where the command starts. */
  cwd: string;
  /** Absolute; the top of the work tree. */
  top: string;
  env: Environment;
}

/** By section. `words`: the command, null where nothing is run. */
export async function captureEnvironment(words: readonly string[] | null, place: Place, masker: Masker): Promise<Mapping> {
  const [python, gpus] = await Promise.all([words === null ? null : askPython(words, place), askGpus(place)]);
  const sections: Record<string, Mapping | Mapping[] | null> = {
    system: { os: os.type(), release: os.release(), arch: os.arch() },
    cpu: { model: os.cpus()[0]?.model.trim() ?? "unknown", cores: os.cpus().length },
    memory: { bytes: os.totalmem() },
    gpus: gpus,
    container: container(place.env, masker),
    python,
    node: words !== null && isNode(words) ? { version: await nodeVersion(words, place) } : null,
    conda: conda(place.env),
    locks: lockFiles(place, { withPython: python === null }),
    variables: variables(place.env, masker),
  };
  return Object.fromEntries(Object.entries(sections).filter(([, value]) => value !== null && Object.keys(value).length > 0)) as Mapping;
}

/** Lists what is installed without importing anything from the current folder, or from a folder of the repository: those that follow the question are only listed. */
const PYTHON_QUESTION = `import sys
if sys.path and sys.path[0] == "": sys.path.pop(0)
import json, platform
try:
    from importlib import metadata
    found = {(d.metadata["Name"] or "", d.version or "") for d in metadata.distributions(path=sys.argv[1:] + sys.path)}
except Exception:
    found = set()
print(json.dumps({"version": platform.python_version(), "implementation": platform.python_implementation(), "packages": sorted(n + "==" + v for n, v in found if n)}))
`;

const PYTHON = /^(?:python|pypy)[0-9.]*(?:\.exe)?$/i;

async function askPython(words: readonly string[], place: Place): Promise<Mapping | null> {
  const { cwd, top, env } = place;
  const file = pythonOf(words, { cwd, env });
  const args = ["-c", PYTHON_QUESTION, ...leftOutOfPythonPath(env, place)];
  const answer = file && (await inEmptyFolder((empty) => ask({ file, args, cwd: isScript(file) ? cwd : empty, env: neutralEnvironment(env, top), patience: 30_000 })));
  if (!answer) return null;
  try {
    const { version, implementation, packages } = JSON.parse(answer) as { version: string; implementation: string; packages: string[] };
    return { version: String(version), implementation: String(implementation), packages: packages.map(String) };
  } catch {
    return null;
  }
}

/** Tools such as pyenv put a script in Python's place, which asks the current folder for a number and finds the Python of that. */
function isScript(file: string): boolean {
  return readUpTo(file, 2)?.toString("latin1", 0, 2) === "#!";
}

/**
 * The interpreter that the command is, or names in its first line, or will most likely use. One that only a relative folder of
 * PATH leads to is none: the command runs it, but a question to it is not what the user asked for.
 */
function pythonOf(words: readonly string[], at: { cwd: string; env: Environment }): string | null {
  const name = words[0] ?? "";
  const file = findProgram(name, at);
  if (PYTHON.test(basename(name))) return name.includes("/") || file === findOnPath(name, at.env) ? file : null;
  const shebang = file === null ? null : /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(readUpTo(file, 256)?.toString("latin1") ?? "");
  const interpreter = shebang?.[1] && (basename(shebang[1]) === "env" ? shebang[2] : shebang[1]);
  if (interpreter && PYTHON.test(basename(interpreter))) return isAbsolute(interpreter) ? findProgram(interpreter, at) : findOnPath(basename(interpreter), at.env);
  const home = at.env["VIRTUAL_ENV"] ?? at.env["CONDA_PREFIX"];
  if (home && isAbsolute(home)) return findProgram(join(home, "bin", "python"), at);
  const usesPython = words.slice(1).some((word) => /\.py$|^python[0-9.]*$|\bpython[0-9.]* /.test(word));
  return usesPython ? (findOnPath("python", at.env) ?? findOnPath("python3", at.env)) : null;
}

function isNode(words: readonly string[]): boolean {
  return /^(?:node|npm|npx|pnpm|yarn|tsx|bun|deno)(?:\.exe|\.cmd)?$/i.test(basename(words[0] ?? ""));
}

/** In the command's folder: tools that choose among several versions look there, and Node itself reads nothing for this answer. */
async function nodeVersion(words: readonly string[], { cwd, top, env }: Place): Promise<string> {
  const isNamed = /^node(?:\.exe)?$/i.test(basename(words[0] ?? "")) && (words[0] as string).includes("/");
  const file = isNamed ? findProgram(words[0] as string, { cwd, env }) : findOnPath("node", env);
  const answer = file && (await ask({ file, args: ["--version"], cwd, env: neutralEnvironment(env, top), patience: 10_000 }));
  return answer?.trim().replace(/^v/, "") ?? "unknown";
}

async function askGpus({ top, env }: Place): Promise<Mapping[]> {
  const file = findOnPath("nvidia-smi", env);
  if (file === null || isInside(file, top)) return [];
  const args = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"];
  const answer = await inEmptyFolder((cwd) => ask({ file, args, cwd, env: neutralEnvironment(env, top), patience: 10_000 }));
  return (answer ?? "").split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [name = "", driver = "", memory = ""] = line.split(",").map((cell) => cell.trim());
    return { name, driver, memory };
  });
}

/** What tells an image or a container, where something does. */
function container(env: Environment, masker: Masker): Mapping {
  const image = ["CONTAINER_DIGEST", "IMAGE_DIGEST", "CONTAINER_IMAGE", "DOCKER_IMAGE", "CI_JOB_IMAGE", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"].map((name) => env[name]).find(Boolean);
  const podman = safeRead("/run/.containerenv");
  const mounts = safeRead("/proc/self/mountinfo");
  const named = image ?? /^image="([^"]+)"/m.exec(podman)?.[1];
  const digest = /sha256:[0-9a-f]{64}/.exec(image ?? "")?.[0] ?? /^imageid="?([0-9a-f]{64})/m.exec(podman)?.[1];
  const id = /\/(?:containers|sandboxes|overlay-containers)\/([0-9a-f]{64})\//.exec(mounts)?.[1];
  return { ...(named ? { image: masker.text(named) } : {}), ...(digest ? { digest } : {}), ...(id ? { id } : {}) };
}

function safeRead(file: string): string {
  try {
    return readUpTo(file, 4 * 1024 * 1024)?.toString("utf8") ?? "";
  } catch {
    return "";
  }
}

/** Packages of a conda environment, by the files that conda keeps of each. */
function conda(env: Environment): Mapping {
  const prefix = env["CONDA_PREFIX"];
  if (!prefix) return {};
  try {
    const names = fs.readdirSync(join(prefix, "conda-meta")).flatMap((name) => (/^(.+)-([^-]+)-([^-]+)\.json$/.exec(name) ?? []).slice(1).join("\0") || []);
    const packages = names.map((each) => each.split("\0")).map(([name, version, build]) => `${name}==${version}=${build}`).sort();
    return { packages, blake3: hashBytes(Buffer.from(packages.join("\n"))) };
  } catch {
    return {};
  }
}

/** Letters of a variable's value that are recorded. */
const LONGEST_VARIABLE = 1000;

/** Variables that change what a run does, and are no secrets. */
const VARIABLES = new Set([
  "PYTHONHASHSEED", "SEED", "CUBLAS_WORKSPACE_CONFIG", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "CUDA_VISIBLE_DEVICES",
  "HIP_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING", "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS", "JAX_ENABLE_X64",
  "JAX_PLATFORMS", "MKL_CBWR", "OMP_SCHEDULE", "OMP_DYNAMIC", "KMP_AFFINITY", "PYTHONOPTIMIZE", "UV_THREADPOOL_SIZE", "WORLD_SIZE", "RANK", "LOCAL_RANK", "TZ", "LANG", "LC_ALL",
]);

function isRecorded(name: string, value: string): boolean {
  return VARIABLES.has(name) || (/^[A-Z0-9_]+_SEED$/.test(name) && /^[0-9]{1,20}$/.test(value));
}

function variables(env: Environment, masker: Masker): Mapping {
  const found = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && isRecorded(entry[0], entry[1]));
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, masker.text(value.slice(0, LONGEST_VARIABLE))]));
}

/** `env` with the variables of the list as they were recorded, and without those that were not. A value that was masked or cut is as it is now. */
export function asRecorded(env: Environment, environment: Mapping): Environment {
  const { variables: recorded } = environment;
  const then = recorded !== null && typeof recorded === "object" && !Array.isArray(recorded) ? Object.entries(recorded) : [];
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && (!isRecorded(name, value) || then.some(([each]) => each === name)));
  const exact = then.filter((entry): entry is [string, string] => typeof entry[1] === "string" && isRecorded(entry[0], entry[1]) && !entry[1].includes("${") && entry[1].length < LONGEST_VARIABLE);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(exact) };
}
