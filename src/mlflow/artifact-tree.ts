/** The files of a version as artifacts of its runs and models. Pure. */
import { foldName, pathProblem } from "../base/paths.ts";
import type { RecordedRun } from "../values/recorded-runs.ts";
import type { Entry } from "./http.ts";
import type { PublishedVersion, Root } from "./published.ts";

export interface Artifact {
  /** From the top of the repository. */
  path: string;
  /** Bytes. */
  size: number;
}

/** The file by which MLflow knows a folder for a model. */
export const MLMODEL = "MLmodel";

/** Files by their paths as artifacts. */
export class ArtifactTree<F extends Artifact> {
  readonly files: ReadonlyMap<string, F>;
  readonly #folders = new Map<string, Map<string, Entry>>();

  constructor(files: ReadonlyMap<string, F>) {
    this.files = files;
    for (const [path, { size }] of files) this.#enter(path, { isFolder: false, size });
  }

  #enter(path: string, about: Omit<Entry, "path">): void {
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, slash));
    const known = this.#folders.get(folder);
    const names = known ?? new Map<string, Entry>();
    const name = path.slice(slash + 1);
    names.set(name, { path: name, ...about });
    if (known !== undefined) return;
    this.#folders.set(folder, names);
    if (folder !== "") this.#enter(folder, { isFolder: true, size: 0 });
  }

  /** What is in a folder, with names relative to it; of a file or of nothing, nothing. */
  list(folder: string): Entry[] {
    return [...(this.#folders.get(folder)?.values() ?? [])].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** `stored`: every file of the version's weights. */
export function treeOf<F extends Artifact>({ of, run, model }: Root, stored: readonly F[]): ArtifactTree<F> {
  if (model === "") return modelOf(of, stored);
  const folder = of.recorded?.folder ?? null;
  // An import does not list what it has.
  const inside = model ?? run?.artifacts?.folder ?? (run?.chosen === true ? "artifacts" : null);
  const recorded = folder === null || inside === null ? new Map<string, F>() : below(stored, `${folder}/${inside}`);
  if (model !== null || (run !== null && !run.chosen)) return new ArtifactTree(recorded);
  return new ArtifactTree(withOthers(recorded, others(of, stored)));
}

/**
 * The model of a version: the one that its run logged, by preference the one that it registered under the version's
 * name; else one that another of its runs registered; else the folder nearest to the top that has an `MLmodel`; else
 * all of its weights.
 */
function modelOf<F extends Artifact>(of: PublishedVersion, stored: readonly F[]): ArtifactTree<F> {
  const folder = of.recorded?.folder ?? null;
  const chosen = of.recorded?.runs.find((run) => run.chosen) ?? null;
  const logged = folder === null ? null : (loggedModel(of, chosen) ?? onlyModel(below(stored, `${folder}/models`)));
  if (logged !== null) {
    const files = below(stored, `${folder}/${logged}`);
    if (files.size > 0) return new ArtifactTree(files);
  }
  const all = treeOf({ of, run: chosen, model: null }, stored);
  const marked = [...all.files.keys()].filter((path) => path === MLMODEL || path.endsWith(`/${MLMODEL}`));
  const [nearest] = marked.toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  if (nearest === undefined || nearest === MLMODEL) return all;
  const at = nearest.slice(0, -MLMODEL.length);
  return new ArtifactTree(
    new Map([...all.files].flatMap(([path, file]) => (path.startsWith(at) ? [[path.slice(at.length), file]] : []))),
  );
}

function depth(path: string): number {
  return path.split("/").length;
}

/** Its folder in that of all that was recorded. */
function loggedModel({ pack, recorded }: PublishedVersion, chosen: RecordedRun | null): string | null {
  const own = modelsIn(chosen === null ? [] : [chosen]);
  const all = modelsIn(recorded?.runs ?? []);
  const isNamed = ({ registered }: Logged): boolean =>
    typeof registered === "string" && foldName(registered.replace(/[^A-Za-z0-9]+/g, "-")) === foldName(pack.model);
  const isRegistered = ({ registered }: Logged): boolean => typeof registered === "string";
  const found =
    own.find(isNamed) ?? own.find(isRegistered) ?? own.at(-1) ?? all.find(isNamed) ?? all.find(isRegistered);
  return found?.folder ?? null;
}

/** Of an import, which does not list them, where there is one alone. */
function onlyModel(files: ReadonlyMap<string, unknown>): string | null {
  const names = new Set([...files.keys()].map((path) => path.split("/")[0]));
  return names.size === 1 ? `models/${[...names][0]}` : null;
}

type Logged = RecordedRun["models"][number];

function modelsIn(runs: readonly RecordedRun[]): Logged[] {
  return runs.flatMap(({ models }) => models.filter(({ folder }) => typeof folder === "string"));
}

function below<F extends Artifact>(stored: readonly F[], folder: string): Map<string, F> {
  return new Map(
    stored.flatMap((file) => (file.path.startsWith(`${folder}/`) ? [[file.path.slice(folder.length + 1), file]] : [])),
  );
}

/** Weights that no tracker recorded: by their paths, but of one folder alone what is in it. */
function others<F extends Artifact>({ pack, recorded }: PublishedVersion, stored: readonly F[]): Map<string, F> {
  const folder = recorded?.folder ?? null;
  const [first, ...more] = pack.weights.filter(({ path }) => path !== folder);
  if (first?.files !== undefined && more.length === 0) return below(stored, first.path);
  const isOther = ({ path }: F): boolean => folder === null || !path.startsWith(`${folder}/`);
  return new Map(stored.filter(isOther).map((file) => [file.path, file]));
}

/** What a tracker recorded keeps its name: another file that would need it, or stand in its way, is left out. */
function withOthers<F extends Artifact>(recorded: Map<string, F>, more: Map<string, F>): Map<string, F> {
  const names = new Set([...recorded.keys()].flatMap(upwards));
  const files = new Map([...recorded].filter(([path]) => pathProblem(path) === null));
  for (const [path, file] of more) {
    const isInTheWay = names.has(path) || upwards(path).some((folder) => recorded.has(folder));
    if (!isInTheWay && pathProblem(path) === null) files.set(path, file);
  }
  return files;
}

/** A path, and every folder that it is in. */
function upwards(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}
