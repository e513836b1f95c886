/**
 * CUDA and cuDNN as the frameworks themselves report them, read from the files that they report them from; nothing is
 * imported.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { readUpTo } from "../../../base/disk.ts";
import { pattern } from "../../../base/pattern.ts";
import type { Mapping } from "../../../values/document.ts";
import { normalName, type RecordedPackage } from "../../../values/environment-record.ts";

const CAP = 64 * 1024;
/** Files of GPU and numeric libraries among all that a process has loaded. */
const LIBRARY = pattern()`
  /lib(?:
    cudart|cudnn|cublas|cufft|curand|cusolver|cusparse|nccl|nvrtc|nvJitLink|cuda|nvidia-ml|amdhip64|rocblas|hipblas|
    MIOpen|openblas|scipy_openblas|mkl_|blis
  )[^/]*[.]so[.0-9]*$`;

export function isLibrary(path: string): boolean {
  return LIBRARY.test(path);
}

/** By framework. `folders`: where the program's Python looks for packages. */
export function frameworks(
  folders: readonly string[],
  packages: readonly RecordedPackage[],
  libraries: readonly string[],
): Mapping {
  const versionOf = (pattern: RegExp): string | undefined =>
    packages.find((each) => pattern.test(normalName(each.name)))?.version;
  const cudnn =
    versionOf(/^nvidia-cudnn-cu[0-9]+$/) ??
    versionOf(/^nvidia-cudnn$/) ??
    libraries.map((name) => /^libcudnn\.so\.([0-9.]+)$/.exec(name)?.[1]).find(Boolean);
  const torch = versionOf(/^torch$/) === undefined ? {} : torchFacts(readFirst(folders, "torch/version.py"));
  const tensorflow =
    versionOf(/^tensorflow(?:-|$)/) === undefined
      ? {}
      : buildInfo(readFirst(folders, "tensorflow/python/platform/build_info.py"));
  const usesCuda = Object.hasOwn(torch, "cuda") || Object.hasOwn(tensorflow, "cuda");
  const sections: Mapping = { torch, tensorflow, cudnn: usesCuda && cudnn !== undefined ? { version: cudnn } : {} };
  return Object.fromEntries(Object.entries(sections).filter(([, value]) => Object.keys(value as Mapping).length > 0));
}

function torchFacts(text: string): Mapping {
  const fact = (name: string): string | undefined =>
    new RegExp(`^${name}(?:: *[^=\\n]{1,40})? *= *['"]([^'"\\n]{1,100})['"]`, "m").exec(text)?.[1];
  return defined({ version: fact("__version__"), cuda: fact("cuda"), hip: fact("hip"), git: fact("git_version") });
}

function buildInfo(text: string): Mapping {
  const fact = (name: string): string | undefined =>
    new RegExp(`["']${name}["'] *[,:] *["']([^"'\\n]{1,100})["']`).exec(text)?.[1];
  return defined({ cuda: fact("cuda_version"), cudnn: fact("cudnn_version") });
}

function defined(facts: Record<string, string | undefined>): Mapping {
  return Object.fromEntries(Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function readFirst(folders: readonly string[], path: string): string {
  for (const folder of folders) {
    try {
      const file = join(folder, path);
      if (fs.statSync(file).isFile()) return readUpTo(file, CAP)?.toString("utf8", 0, CAP) ?? "";
    } catch {
      continue;
    }
  }
  return "";
}
