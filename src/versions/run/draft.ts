/** What a version is known to be before it has a number. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { Mapping, Value } from "../../values/document.ts";
import type { Package, PackageFile, Run } from "../../values/package.ts";
import { COMMAND, LOG, MLFLOW } from "../../values/layers.ts";
import type { Masker } from "../../values/secrets.ts";
import type { Repo } from "../../repo/repo.ts";
import { formatOf } from "../making/read-values.ts";
import type { Wanted } from "./request.ts";
import type { Results } from "./outcome/results.ts";
import { snapshot } from "../making/snapshot.ts";

/** A version that has no number yet. */
export type Draft = Omit<Package, "version" | "from"> & {
  /** The curves of its metrics as lines; null for none. */
  curves: string | null;
  /** The file of recorded-runs.ts; null for none. */
  runs: string | null;
  /**
   * Texts of the pointers of its data and weights, by their targets; absent where it was kept by an mvgit that left
   * them in the work tree.
   */
  pointers?: Record<string, string>;
};

/** The tree that a version begins with. */
export interface Start {
  tree: Oid;
  commit: Oid | null;
  /** It is not that of the commit. */
  changed: boolean;
}

/** Throws `cannot-add` where a file that Git tracks has become too large for it. */
export async function takeStart(repo: Repo): Promise<Start> {
  const { tree, leftOut } = await snapshot(repo);
  const large = leftOut.find((each) => each.why === "large-in-git");
  if (large) {
    throw new MvgitError(
      "cannot-add",
      `cannot make a version: '${display(large.path)}', which Git tracks, is now too large for it`,
      { subject: display(large.path), hint: `run 'mvgit add ${display(large.path)}' first` },
    );
  }
  const commit = await repo.git.resolveCommit("HEAD");
  return { tree, commit, changed: commit === null || (await repo.git.commit(commit)).tree !== tree };
}

export interface Parts {
  start: Start;
  run: Run | null;
  data: PackageFile[];
  weights: PackageFile[];
  results: Results;
  environment: Mapping;
  notes: readonly string[];
  masker: Masker;
}

/** Puts the parts together; every text that people or programs wrote passes through the masker. */
export function makeDraft(
  repo: Repo,
  wanted: Wanted,
  { start, run, data, weights, results, environment, notes, masker }: Parts,
): Draft {
  const params = Object.fromEntries(
    Object.entries(results.params).map(([name, value]) => [masker.text(name), masker.value(name, value)]),
  );
  const origins = Object.fromEntries(
    Object.entries(results.origins).map(([name, origin]) => [masker.text(name), masker.text(origin)]),
  );
  // What the command gave is masked in the command too.
  const exposed = Object.entries(results.params)
    .filter(([name, value]) => !NO_FILE.includes(results.origins[name] ?? "") && masker.value(name, value) !== value)
    .map(([name]) => name);
  const exposing = [...new Set(exposed.map((name) => results.origins[name] as string))].filter(
    (file) => formatOf(file) !== "env",
  );
  const metrics = Object.fromEntries(
    Object.entries(results.metrics).map(([name, value]) => [masker.text(name), value]),
  );
  const { lists, said } = boundLists(environment);
  const masked = {
    params,
    metrics,
    ...(run !== null || Object.keys(params).length > 0 ? { origins } : {}),
    environment: maskAll(lists, masker) as Mapping,
    message: masker.text(wanted.message),
    notes: [...notes, ...wanted.notes, ...results.notes, ...said, ...exposedNote(exposed, exposing)].map((each) =>
      masker.text(each),
    ),
  };
  return {
    model: wanted.model,
    time: new Date(repo.watch.clock.now()).toISOString(),
    author: wanted.author,
    ...masked,
    run: run && {
      ...run,
      secrets: masker.secrets.filter((name) => run.command.some((word) => word.includes(`\${${name}}`))),
    },
    code: { ...start, outputs: [] },
    data,
    weights,
    sources: results.sources,
    curves: results.curves === null ? null : maskCurves(results.curves, masker),
    runs: results.runs,
  };
}

/** Origins that are no file. */
const NO_FILE: readonly string[] = [COMMAND, LOG, MLFLOW];

/** A file of settings is committed as it is, also where a value of it is masked. */
function exposedNote(names: readonly string[], files: readonly string[]): string[] {
  if (names.length === 0 || files.length === 0) return [];
  const few = names.slice(0, 3).map(display).join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  const where = files.map((file) => `'${display(file)}'`).join(", ");
  return [`what looks like a secret (${few}${more}) is masked here, but not in ${where}, which Git keeps as it is`];
}

/** Bytes of an environment that a package has room for. */
const ENVIRONMENT_CAP = 1024 * 1024;

/** Without the lists of packages where they are too long; the hashes of the files that they are from stay. */
function boundLists(environment: Mapping): { lists: Mapping; said: string[] } {
  if (Buffer.byteLength(JSON.stringify(environment)) <= ENVIRONMENT_CAP) return { lists: environment, said: [] };
  const text = JSON.stringify(environment, (key, value: unknown) => (key === "packages" ? [] : value));
  return { lists: JSON.parse(text) as Mapping, said: ["the packages of the environment are too many to be listed"] };
}

/** Lines of names and numbers: only the names can hold a secret. */
function maskCurves(curves: string, masker: Masker): string {
  const known = new Map<string, string>();
  const nameOf = (name: string): string => {
    if (!known.has(name)) known.set(name, masker.text(name));
    return known.get(name) as string;
  };
  const lines = curves
    .split("\n")
    .slice(0, -1)
    .map((line) => Object.entries(JSON.parse(line) as Record<string, unknown>));
  return lines
    .map((entries) => `${JSON.stringify(Object.fromEntries(entries.map(([name, value]) => [nameOf(name), value])))}\n`)
    .join("");
}

function maskAll(value: Value, masker: Masker): Value {
  if (typeof value === "string") return masker.text(value);
  if (Array.isArray(value)) return value.map((each) => maskAll(each, masker));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, /^(blake3|digest|id)$/.test(key) ? each : maskAll(each, masker)]),
  );
}
