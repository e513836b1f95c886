/**
 * Configurations that frameworks write when they have put one together from files, defaults and command: of the run
 * that wrote them, they count over all of these. Which were written by this run is told by their stamps before and
 * after it.
 */
import { opendirSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../../../base/errors.ts";
import { display, pathProblem, type RepoPath } from "../../../base/paths.ts";
import { pattern } from "../../../base/pattern.ts";
import { prose } from "../../../base/prose.ts";
import type { Layer } from "../../../values/layers.ts";
import type { Params } from "../../../values/recorded-values.ts";
import type { Repo } from "../../../repo/repo.ts";
import { listTracked } from "../../../repo/tracked.ts";
import type { Stamp } from "../../../worktree/stamp.ts";
import { plainFile } from "../inside.ts";
import { lostNotes } from "../kept/lost-notes.ts";
import { fromWorkTree, readParams } from "../../making/read-values.ts";

interface Writer {
  name: string;
  file: RegExp;
  /** Names of which one stands beside it, where its own name could be any program's. */
  beside?: RegExp;
  /** Where values stand deeper in than their names. */
  plain?: (params: Params) => Params;
}

/** Those first that know more: a run with several writes the same settings with each. */
const WRITERS: readonly Writer[] = [
  { name: "Hydra", file: /(?:^|\/)\.hydra\/config\.yaml$/ },
  {
    name: "LightningCLI, detectron2 or the like",
    file: /(?:^|\/)config\.ya?ml$/,
    beside: pattern()`
      ^(?:
        checkpoints?|hparams\.ya?ml|metrics\.(?:csv|json)|last_checkpoint|log\.txt|events\.out\.tfevents\..*|
        .*\.(?:ckpt|pth|pt|safetensors)
      )$`,
  },
  { name: "Lightning or NeMo", file: /(?:^|\/)hparams\.ya?ml$/ },
  { name: "Ultralytics or timm", file: /(?:^|\/)args\.ya?ml$/ },
  { name: "YOLO", file: /(?:^|\/)opt\.ya?ml$/ },
  { name: "SpeechBrain", file: /(?:^|\/)hyperparams\.ya?ml$/ },
  { name: "Sacred", file: /(?:^|\/)config\.json$/, beside: /^(?:run\.json|cout\.txt)$/ },
  {
    name: "Weights & Biases",
    file: /(?:^|\/)wandb\/(?:offline-)?run-[^/]+\/files\/config\.ya?ml$/,
    plain: wandbValues,
  },
];
const ANY_NAME = /^(?:config|hparams|args|opt|hyperparams)\.ya?ml$|^config\.json$/;
/** Folders in which no run writes its configuration. */
const PASSED_OVER = pattern()`
  ^(?:
    \.git|node_modules|\.venv|venv|site-packages|__pycache__|\.mvgit|\.tox|\.nox|\.mypy_cache|\.ruff_cache|
    \.pytest_cache|\.cache|\.ipynb_checkpoints|mlruns|\.dvc
  )$`;
/** Names that are looked at in all, and levels of folders. */
const MOST_ENTRIES = 50_000;
/** Of these, in tracked folders. */
const MOST_TRACKED_ENTRIES = 20_000;
const DEEPEST = 8;

export interface Candidates {
  stamps: Map<RepoPath, Stamp>;
  /** The work tree has more names than were looked at. */
  isPartial: boolean;
}

/**
 * Files of the work tree that may be such configurations, by their names: links are passed over, and tracked folders
 * come last.
 */
export async function configurationsHere(repo: Repo): Promise<Candidates> {
  const found: Candidates = { stamps: new Map(), isPartial: false };
  const tracked = new Set<string>((await listTracked(repo)).map(({ path }) => path));
  const isWhole = walk(repo, found, { from: [""], most: MOST_ENTRIES, isPassedOver: (path) => tracked.has(path) });
  // A run may write its weights and its configuration into one folder; data of many names is not worth a word.
  walk(repo, found, { from: [...tracked], most: MOST_TRACKED_ENTRIES, isPassedOver: () => false });
  return { ...found, isPartial: !isWhole };
}

/** Level by level; false where it came to its end before all was seen. */
function walk(
  repo: Repo,
  found: Candidates,
  { from, most, isPassedOver }: { from: readonly string[]; most: number; isPassedOver: (path: string) => boolean },
): boolean {
  let left = most;
  for (let level = from, depth = 0; level.length > 0 && depth <= DEEPEST; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      const { files, folders, count } = entriesOf(join(repo.top, folder), left);
      left -= count;
      for (const name of files) addCandidate(repo, found, folder === "" ? name : `${folder}/${name}`);
      if (!files.includes("pyvenv.cfg"))
        below.push(
          ...folders.map((name) => (folder === "" ? name : `${folder}/${name}`)).filter((path) => !isPassedOver(path)),
        );
      if (left <= 0) return false;
    }
    level = below;
  }
  return true;
}

/** Names of a folder that matter; nothing of one that cannot be read. */
function entriesOf(folder: string, most: number): { files: string[]; folders: string[]; count: number } {
  const [files, folders]: [string[], string[]] = [[], []];
  let count = 0;
  try {
    const dir = opendirSync(folder);
    try {
      for (let entry = dir.readSync(); entry !== null && count < most; entry = dir.readSync()) {
        count++;
        if (entry.isDirectory() && !PASSED_OVER.test(entry.name)) folders.push(entry.name);
        else if (entry.isFile() && (ANY_NAME.test(entry.name) || entry.name === "pyvenv.cfg")) files.push(entry.name);
      }
    } finally {
      dir.closeSync();
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
  return { files, folders, count };
}

function addCandidate(repo: Repo, { stamps }: Candidates, path: string): void {
  if (pathProblem(path) !== null || path.endsWith("pyvenv.cfg")) return;
  const found = plainFile(repo, path as RepoPath);
  if (found !== null) stamps.set(path as RepoPath, found.stamp);
}

/**
 * What the frameworks of this run wrote: one layer at the most. `besides`: files that were read otherwise, or are no
 * settings.
 */
export async function resolvedSettings(
  repo: Repo,
  before: Candidates,
  besides: readonly RepoPath[],
): Promise<{ layer: Layer | null; notes: string[] }> {
  const after = await configurationsHere(repo);
  const written = [...after.stamps]
    .filter(([path, stamp]) => before.stamps.get(path) !== stamp && !besides.includes(path))
    .map(([path]) => path);
  const partial =
    before.isPartial || after.isPartial
      ? [
          prose`the work tree has more than ${MOST_ENTRIES} names: not all of it was searched for
            configurations that a framework wrote`,
        ]
      : [];
  for (const writer of WRITERS) {
    const paths = written.filter((path) => writer.file.test(path) && isBeside(repo, path, writer.beside));
    if (paths.length > 0) return readWritten(repo, writer, paths.toSorted(), partial);
  }
  return { layer: null, notes: partial };
}

function isBeside(repo: Repo, path: RepoPath, names: RegExp | undefined): boolean {
  if (names === undefined) return true;
  const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
  let left = 1000;
  try {
    const dir = opendirSync(join(repo.top, folder));
    try {
      for (let entry = dir.readSync(); entry !== null && left-- > 0; entry = dir.readSync())
        if (names.test(entry.name)) return true;
    } finally {
      dir.closeSync();
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
  return false;
}

/** Of several only what all of them say. */
async function readWritten(
  repo: Repo,
  { name, plain = (params) => params }: Writer,
  paths: readonly RepoPath[],
  notes: string[],
): Promise<{ layer: Layer | null; notes: string[] }> {
  const read: Layer[] = [];
  for (const path of paths.slice(0, MOST_READ)) {
    const values = await readParams(fromWorkTree(repo), path);
    if ("problem" in values)
      notes.push(`settings that ${name} wrote to '${display(path)}' were not read: ${values.problem}`);
    else {
      read.push({ origin: path, params: plain(values.values), isResolved: true });
      notes.push(...lostNotes(path, values.lost, "settings"));
    }
  }
  const [first, ...others] = read;
  if (first === undefined || (others.length === 0 && paths.length === 1)) return { layer: first ?? null, notes };
  const common = Object.entries(first.params).filter(([key, value]) =>
    others.every(({ params }) => Object.hasOwn(params, key) && params[key] === value),
  );
  const differing = new Set(read.flatMap(({ params }) => Object.keys(params))).size - common.length;
  const few = paths
    .slice(0, 3)
    .map((path) => `'${display(path)}'`)
    .join(", ");
  const verdict =
    differing === 0
      ? "they are the same"
      : `settings in which they differ (${differing}) are not those of one run, and were not taken from them`;
  notes.push(`${name} wrote ${paths.length} configurations (${few}${paths.length > 3 ? ", ..." : ""}): ${verdict}`);
  return {
    layer: {
      ...first,
      params: Object.fromEntries(common),
      removed: differingNames(read, new Set(common.map(([key]) => key))),
    },
    notes,
  };
}

const MOST_READ = 64;

/** What one of several says and another does not is no setting of the whole. */
function differingNames(read: readonly Layer[], common: ReadonlySet<string>): string[] {
  return [...new Set(read.flatMap(({ params }) => Object.keys(params)))].filter((name) => !common.has(name));
}

/** `name.value` for `name`, and nothing of its own. */
function wandbValues(params: Params): Params {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      const [, key, rest = ""] = /^([^.]+)\.value(\.[^]*)?$/.exec(name) ?? [];
      return key === undefined || key === "_wandb" ? [] : [[`${key}${rest}`, value]];
    }),
  );
}
