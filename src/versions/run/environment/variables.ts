/** Variables that change what a run does, and are no secrets. */
import type { Mapping } from "../../../values/document.ts";
import type { Masker } from "../../../values/secrets.ts";
import type { Environment } from "../../../program/find.ts";

/** Letters of a variable's value that are recorded. */
const LONGEST_VARIABLE = 1000;

const VARIABLES = new Set([
  "PYTHONHASHSEED",
  "SEED",
  "CUBLAS_WORKSPACE_CONFIG",
  "OMP_NUM_THREADS",
  "MKL_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "CUDA_VISIBLE_DEVICES",
  "HIP_VISIBLE_DEVICES",
  "CUDA_LAUNCH_BLOCKING",
  "NVIDIA_TF32_OVERRIDE",
  "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
  "TF_DETERMINISTIC_OPS",
  "TF_CUDNN_DETERMINISTIC",
  "TF_ENABLE_ONEDNN_OPTS",
  "XLA_FLAGS",
  "JAX_ENABLE_X64",
  "JAX_PLATFORMS",
  "MKL_CBWR",
  "OMP_SCHEDULE",
  "OMP_DYNAMIC",
  "KMP_AFFINITY",
  "PYTHONOPTIMIZE",
  "UV_THREADPOOL_SIZE",
  "WORLD_SIZE",
  "RANK",
  "LOCAL_RANK",
  "TZ",
  "LANG",
  "LC_ALL",
]);

function isRecorded(name: string, value: string): boolean {
  return VARIABLES.has(name) || (/^[A-Z0-9_]+_SEED$/.test(name) && /^[0-9]{1,20}$/.test(value));
}

/** Those of the list, by name. */
export function variables(env: Environment, masker: Masker): Mapping {
  const found = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isRecorded(entry[0], entry[1]),
  );
  return Object.fromEntries(
    found
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, masker.text(value.slice(0, LONGEST_VARIABLE))]),
  );
}

/**
 * `env` with the variables of the list as they were recorded, and without those that were not. A value that was masked
 * or cut is as it is now.
 */
export function asRecorded(env: Environment, environment: Mapping): Environment {
  const { variables: recorded } = environment;
  const then =
    recorded !== null && typeof recorded === "object" && !Array.isArray(recorded) ? Object.entries(recorded) : [];
  const kept = Object.entries(env).filter(
    ([name, value]) => value !== undefined && (!isRecorded(name, value) || then.some(([each]) => each === name)),
  );
  const exact = then.filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === "string" &&
      isRecorded(entry[0], entry[1]) &&
      !entry[1].includes("${") &&
      entry[1].length < LONGEST_VARIABLE,
  );
  return { ...Object.fromEntries(kept), ...Object.fromEntries(exact) };
}
