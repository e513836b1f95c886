/** The machine that a run has: what it is, its GPUs, and the container that it is. */
import * as os from "node:os";
import { inEmptyFolder, isInside, neutralEnvironment } from "../../../program/neutral.ts";
import type { Mapping } from "../../../values/document.ts";
import type { Masker } from "../../../values/secrets.ts";
import { ask } from "../../../program/ask.ts";
import { type Environment, findOnPath } from "../../../program/find.ts";
import { readProcFile } from "../../../program/processes/proc.ts";
import type { Place } from "./places.ts";

/** By section; a section without anything in it is empty. */
export async function machineSections(
  { top, env }: Place,
  masker: Masker,
): Promise<Record<string, Mapping | Mapping[]>> {
  return {
    system: { os: os.type(), release: os.release(), arch: os.arch() },
    cpu: { model: os.cpus()[0]?.model.trim() ?? "unknown", cores: os.cpus().length },
    memory: { bytes: os.totalmem() },
    gpus: await askGpus({ top, env }),
    container: container(env, masker),
  };
}

async function askGpus({ top, env }: { top: string; env: Environment }): Promise<Mapping[]> {
  const file = findOnPath("nvidia-smi", env);
  if (file === null || isInside(file, top)) return [];
  const args = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"];
  const answer = await inEmptyFolder((cwd) =>
    ask({ file, args, cwd, env: neutralEnvironment(env, top), patience: 10_000 }),
  );
  return (answer ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name = "", driver = "", memory = ""] = line.split(",").map((cell) => cell.trim());
      return { name, driver, memory };
    });
}

const IMAGES = [
  "CONTAINER_DIGEST",
  "IMAGE_DIGEST",
  "CONTAINER_IMAGE",
  "DOCKER_IMAGE",
  "CI_JOB_IMAGE",
  "APPTAINER_CONTAINER",
  "SINGULARITY_CONTAINER",
];
const CAP = 4 * 1024 * 1024;

/** What tells an image or a container, where something does. */
function container(env: Environment, masker: Masker): Mapping {
  const image = IMAGES.map((name) => env[name]).find(Boolean);
  const podman = readProcFile("/run/.containerenv", CAP);
  const named = image ?? /^image="([^"]+)"/m.exec(podman)?.[1];
  const digest = /sha256:[0-9a-f]{64}/.exec(image ?? "")?.[0] ?? /^imageid="?([0-9a-f]{64})/m.exec(podman)?.[1];
  const id = /\/(?:containers|sandboxes|overlay-containers)\/([0-9a-f]{64})\//.exec(
    readProcFile("/proc/self/mountinfo", CAP),
  )?.[1];
  return { ...(named ? { image: masker.text(named) } : {}), ...(digest ? { digest } : {}), ...(id ? { id } : {}) };
}
