/** New files that nobody named, folder by folder: which of them are too many, or too much together, for Git. */
import { pattern } from "../base/pattern.ts";
import { baseOf, parentOf, type RepoPath } from "../base/paths.ts";

/** A file that Git does not know. */
export interface NewFile {
  path: RepoPath;
  /** Bytes. */
  size: number;
}

/** Files that are left out together. */
export interface Heap {
  /** Folder; "" for the top. */
  path: RepoPath | "";
  files: readonly NewFile[];
  /** Bytes of all of them. */
  size: number;
  /** Git knows no other file in it, so that the folder is theirs alone. */
  isWhole: boolean;
  /** `tool`: some program's own folder of results, at any size. */
  why: "bulk" | "tool";
}

export interface Limits {
  /** Bytes of new files in one folder, and in all of them. */
  size: number;
  /** New files likewise. */
  files: number;
}

/** Folders in which frameworks and trackers put what they please, by name. */
const TOOLS = new Map([
  ["outputs", "Hydra"],
  ["multirun", "Hydra"],
  ["wandb", "Weights & Biases"],
  ["mlruns", "MLflow"],
  ["mlartifacts", "MLflow"],
  ["lightning_logs", "Lightning"],
  ["runs", "TensorBoard"],
  ["tb_logs", "TensorBoard"],
  ["work_dirs", "OpenMMLab"],
  [".neptune", "Neptune"],
  [".aim", "Aim"],
  ["catboost_info", "CatBoost"],
  ["ray_results", "Ray"],
  ["dvclive", "DVCLive"],
  [".guild", "Guild AI"],
  [".cometml-runs", "Comet"],
]);

/** Whose folder it is by its name; null for one of nobody's. */
export function toolOf(folder: string): string | null {
  return TOOLS.get(baseOf(folder)) ?? null;
}

/** What people write, and programs are made of: never a run's results only because there is much of it. */
const SOURCE = pattern("i")`
  (?:\.(?:py|pyi|pyx|ipynb|r|rmd|jl|m|c|h|cc|cpp|cxx|hh|hpp|cu|cuh|rs|go|java|kt|kts|scala|clj|cs|fs|
  vb|swift|mm|js|jsx|mjs|cjs|ts|tsx|mts|cts|vue|svelte|php|rb|pl|pm|lua|sh|bash|zsh|fish|ps1|bat|cmd|
  sql|proto|thrift|graphql|css|scss|sass|less|html?|xhtml|tex|bib|md|mdx|rst|adoc|org|toml|ya?ml|ini|
  cfg|conf|cmake|mk|gradle|sbt|nix|tf|hcl|dockerfile|asm|s|f90|f95|f|hs|ml|mli|ex|exs|erl|dart|zig|
  nim|v|sv|vhd|vhdl|patch|diff|po|properties)|(?:^|\/)(?:makefile|dockerfile|jenkinsfile|rakefile|
  gemfile|license[^/]*|copying|readme[^/]*|\.[a-z-]*(?:ignore|attributes|rc|config)))$`;

/** Whether a file is one that people write by its name. */
export function isSource(path: string): boolean {
  return SOURCE.test(path);
}

/**
 * Each heap that is above a limit, and where the rest together still is, those that make it so, the largest first.
 * `known`: paths that Git has; pointers and ignore files among them say nothing of a folder. `tools`: folders of
 * programs count at any size.
 */
export function heapsAbove(
  files: readonly NewFile[],
  { known, limits, tools }: { known: Iterable<string>; limits: Limits; tools: boolean },
): Heap[] {
  const heaps = heapsOf(files, known).map((heap): Heap => ({
    ...heap,
    why: tools && heap.isWhole && toolIn(heap.path) !== null ? "tool" : "bulk",
  }));
  const isAbove = ({ size, files: all }: Pick<Heap, "size" | "files">): boolean =>
    size > limits.size || all.length > limits.files;
  const left = heaps.filter((heap) => heap.why === "tool" || isAbove(heap));
  const rest = heaps
    .filter((heap) => !left.includes(heap))
    .sort((a, b) => b.size - a.size || b.files.length - a.files.length);
  while (isAbove({ size: rest.reduce((sum, each) => sum + each.size, 0), files: rest.flatMap((each) => each.files) }))
    left.push(rest.shift() as Heap);
  return left.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The tool's folder that a path is, or lies in; null for none. */
export function toolIn(path: string): string | null {
  for (let each = path; each !== ""; each = parentOf(each)) if (toolOf(each) !== null) return each;
  return null;
}

function heapsOf(files: readonly NewFile[], known: Iterable<string>): Heap[] {
  const taken = new Set<string>([""]);
  for (const path of known) {
    if (path.endsWith(".mvgit") || /(?:^|\/)\.(?:git|mvgit)ignore$/.test(path)) continue;
    for (let each = parentOf(path); each !== "" && !taken.has(each); each = parentOf(each)) taken.add(each);
  }
  const heaps = new Map<string, NewFile[]>();
  for (const file of files) {
    const folder = folderOf(file.path, taken);
    const all = heaps.get(folder);
    if (all) all.push(file);
    else heaps.set(folder, [file]);
  }
  return [...heaps].map(([path, all]) => ({
    path: path as Heap["path"],
    files: all,
    size: all.reduce((sum, each) => sum + each.size, 0),
    isWhole: path !== "" && !taken.has(path),
    why: "bulk",
  }));
}

/**
 * The outermost folder over a file that is nobody else's; else the one that the file stands in. A tool's folder is one
 * of its own.
 */
function folderOf(path: string, taken: ReadonlySet<string>): string {
  const parent = parentOf(path);
  let outermost = parent;
  for (let each = parent; each !== "" && !taken.has(each); each = parentOf(each)) {
    outermost = each;
    if (toolOf(each) !== null) break;
  }
  return outermost;
}
