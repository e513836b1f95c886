/**
 * The package: all that one version of a model is made of, as `.mvgit/models/MODEL.yaml` in the version's commit. The
 * format is fixed in docs/format.md; the text form is that of document.ts, so a package has exactly one encoding.
 */
import { bug, MvgitError } from "../base/errors.ts";
import { pathProblem, type RepoPath } from "../base/paths.ts";
import { formatDocument, type Mapping, readDocument, type Scalar } from "./document.ts";
import {
  checked,
  count,
  isMetric,
  isScalar,
  items,
  Mismatch,
  mismatch,
  number,
  oid,
  part,
  path,
  text,
  texts,
  time,
} from "./fields.ts";
import { type Hash, parseHash } from "./hash.ts";
import { asModelName, type ModelName } from "./label.ts";

/** Bytes. Nothing larger is read as a package. */
export const PACKAGE_CAP = 4 * 1024 * 1024;
/** The newest; 1 is read for ever, and written for what it has a place for. */
const FORMAT = 2;

/** A number; `nan`, `inf` and `-inf` for what is none. */
export type MetricValue = number | "nan" | "inf" | "-inf";

/** As JavaScript has it. */
export function numberOf(value: MetricValue): number {
  return Number(typeof value === "number" ? value : value.replace("inf", "Infinity"));
}

/** A tracked file or folder that belongs to the version: what its pointer says. */
export interface PackageFile {
  path: RepoPath;
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Only of a folder. */
  files?: number;
}

/**
 * A path in which the commit's tree differs from the tree that the version began with, package and weights' pointers
 * included: the commit's tree with every output put back is that tree, exactly.
 */
export interface Output {
  path: RepoPath;
  /** Git's object id before the run, null where there was nothing. */
  before: string | null;
  /** Git's mode before the run; null where there was nothing. */
  mode: string | null;
}

/** How a command was run. */
export interface Run {
  /** As started, secrets replaced by `${NAME}`. */
  command: string[];
  /** Where, relative to the top of the work tree; "" for the top. */
  folder: string;
  /** ISO 8601 with offset. */
  started: string;
  seconds: number;
  /** Names of variables whose values were masked in `command`: asked for again by `reproduce`. */
  secrets: string[];
  /** Inputs whose bytes changed while the command ran. */
  changedInputs: string[];
  /** Exit status of the command; absent, as `id`, from a package of format 1. */
  status?: number;
  /**
   * As `mvgit runs` listed it before its version stood, and as MVGIT_RUN told its program; null where nobody gave one.
   */
  id?: string | null;
}

export interface Package {
  model: ModelName;
  version: number;
  /** ISO 8601 with offset. */
  time: string;
  /** `Name <address>`. */
  author: string;
  /** The version it came from: the newest of its model in the history of the commit it was made on. */
  from: number | null;
  /** One text by the author; "" for none. */
  message: string;
  /** Null for a version that was saved, not run. */
  run: Run | null;
  code: {
    /** Git's id of the whole tree as it stood before the run: tracked and new files, with the data's pointers. */
    tree: string;
    /** The commit it was based on; null before the first. */
    commit: string | null;
    /** Whether the tree had changes that were not committed. */
    changed: boolean;
    outputs: Output[];
  };
  data: PackageFile[];
  weights: PackageFile[];
  params: { [name: string]: Scalar };
  metrics: { [name: string]: MetricValue };
  /**
   * Where each of `params` came from: `command`, `log`, `mlflow`, or a file's path. Absent from a package of format 1.
   */
  origins?: { [name: string]: string };
  /** Files that params and metrics were read from, so that the next run reads them again. */
  sources: { params: string[]; metrics: string[] };
  /** By section, such as `system`, `python`, `variables`. */
  environment: Mapping;
  /** What did not go as it should, in sentences; also of what was recorded besides. */
  notes: string[];
}

/** Where a model's package stands in the tree of each of its versions. */
export function packagePath(model: ModelName): RepoPath {
  return `.mvgit/models/${model}.yaml` as RepoPath;
}

/** Where the curves of a model's newest version stand, beside its package. */
export function curvesPath(model: ModelName): RepoPath {
  return `.mvgit/models/${model}.curves.jsonl` as RepoPath;
}

/** The one encoding. Throws `not-supported` for one above `PACKAGE_CAP`, `bug` for what no package can be. */
export function formatPackage(pack: Package): string {
  const text = formatDocument(toMapping(pack));
  if (Buffer.byteLength(text) > PACKAGE_CAP) throw tooLarge(pack);
  const again = readPackage(Buffer.from(text));
  if (again.kind !== "package")
    throw bug(`a package was made that cannot be read: ${again.kind === "malformed" ? again.reason : again.kind}`);
  return text;
}

function tooLarge({ model, version, data, weights, code }: Package): MvgitError {
  return new MvgitError("not-supported", `the package of ${model}@v${version} is larger than 4 MiB`, {
    subject: `${model}@v${version}`,
    hint:
      `it lists ${data.length + weights.length} tracked files and ${code.outputs.length} that changed ` +
      "meanwhile: track folders instead of many files, and let Git ignore what no version needs",
  });
}

/** 2 exactly for what 1 has no place for, so that a version which was read as 1 is written as 1 again. */
function formatOf({ run, origins = {} }: Package): 1 | 2 {
  return run?.status !== undefined || run?.id !== undefined || Object.keys(origins).length > 0 ? 2 : 1;
}

function toMapping(pack: Package): Mapping {
  const {
    model,
    version,
    time,
    author,
    from,
    message,
    run,
    code,
    data,
    weights,
    params,
    metrics,
    sources,
    environment,
    notes,
  } = pack;
  const format = formatOf(pack);
  const file = ({ path, hash, size, files }: PackageFile): Mapping => ({
    path,
    blake3: hash,
    size,
    ...(files === undefined ? {} : { files }),
  });
  return {
    mvgit: format,
    model,
    version,
    time,
    author,
    from,
    message,
    run: run && runMapping(run),
    code: { ...code, outputs: code.outputs.map((each) => ({ ...each })) },
    data: data.map(file),
    weights: weights.map(file),
    params,
    metrics,
    ...(format === 1 ? {} : { origins: { ...pack.origins } }),
    sources: { ...sources },
    environment,
    notes,
  };
}

function runMapping({ command, folder, started, seconds, secrets, changedInputs, status, id }: Run): Mapping {
  const ended = status === undefined && id === undefined ? {} : { status: status as number, id: id as string | null };
  return { command, folder, started, seconds, secrets, changedInputs, ...ended };
}

export type PackageReading =
  | { kind: "package"; pack: Package }
  | { kind: "malformed"; reason: string }
  | { kind: "newer"; version: number };

/** Reads the bytes of a package file; never throws for what they are. */
export function readPackage(bytes: Uint8Array): PackageReading {
  if (bytes.length > PACKAGE_CAP) return { kind: "malformed", reason: "it is larger than 4 MiB" };
  const text = Buffer.from(bytes).toString("utf8");
  const newer = Number(/^mvgit: ([0-9]{1,9})\n/.exec(text)?.[1]);
  if (newer > FORMAT) return { kind: "newer", version: newer };
  if (!Buffer.from(text).equals(bytes)) return { kind: "malformed", reason: "it is not UTF-8" };
  const reading = readDocument(text);
  if ("reason" in reading) return { kind: "malformed", reason: reading.reason };
  try {
    const pack = fromMapping(reading.mapping);
    // A key that this format does not know, deeper in, would be lost: then two texts would say the same.
    return formatDocument(toMapping(pack)) === text
      ? { kind: "package", pack }
      : { kind: "malformed", reason: "it has keys, or an order of keys, that are not of this format" };
  } catch (error) {
    if (error instanceof Mismatch) return { kind: "malformed", reason: error.message };
    throw error;
  }
}

const KEYS = [
  "mvgit",
  "model",
  "version",
  "time",
  "author",
  "from",
  "message",
  "run",
  "code",
  "data",
  "weights",
  "params",
  "metrics",
  "origins",
  "sources",
  "environment",
  "notes",
];

function fromMapping(mapping: Mapping): Package {
  const format = mapping["mvgit"];
  if (format !== 1 && format !== FORMAT) throw new Mismatch(`'mvgit' is not 1 or ${FORMAT}`);
  const keys = KEYS.filter((key) => format === FORMAT || key !== "origins");
  if (Object.keys(mapping).join() !== keys.join()) throw new Mismatch(`its keys are not ${keys.join(", ")}`);
  return {
    model: asModelName(text(mapping, "model")) ?? mismatch("model", "a name"),
    version: count(mapping, "version", 1),
    time: time(mapping, "time"),
    author: text(mapping, "author"),
    from: mapping["from"] === null ? null : count(mapping, "from", 1),
    message: text(mapping, "message"),
    run: mapping["run"] === null ? null : toRun(part(mapping, "run"), format),
    code: toCode(part(mapping, "code")),
    data: items(mapping, "data").map(toFile),
    weights: items(mapping, "weights").map(toFile),
    params: checked(part(mapping, "params"), "params", isScalar) as Package["params"],
    metrics: checked(part(mapping, "metrics"), "metrics", isMetric) as Package["metrics"],
    ...(format === 1 ? {} : { origins: toOrigins(mapping) }),
    sources: { params: texts(part(mapping, "sources"), "params"), metrics: texts(part(mapping, "sources"), "metrics") },
    environment: part(mapping, "environment"),
    notes: texts(mapping, "notes"),
  };
}

/** One for each of the params, in their order. */
function toOrigins(mapping: Mapping): Record<string, string> {
  const origins = checked(
    part(mapping, "origins"),
    "origins",
    (value) => typeof value === "string" && value !== "",
  ) as Record<string, string>;
  const names = Object.keys(part(mapping, "params"));
  const fits =
    Object.keys(origins).length === names.length && Object.keys(origins).every((name, at) => name === names[at]);
  return fits ? origins : mismatch("origins", "a text for each of 'params'");
}

function toRun(run: Mapping, format: 1 | 2): Run {
  const folder = text(run, "folder");
  if (folder !== "" && pathProblem(folder) !== null) mismatch("folder", "a path inside the work tree");
  const command = texts(run, "command");
  if (command.length === 0) mismatch("command", "a command");
  const before = {
    command,
    folder,
    started: time(run, "started"),
    seconds: number(run, "seconds"),
    secrets: texts(run, "secrets"),
    changedInputs: texts(run, "changedInputs"),
  };
  if (format === 1) return before;
  const id = run["id"] === null ? null : text(run, "id");
  return id === "" ? mismatch("id", "the id of a run") : { ...before, status: count(run, "status", 0), id };
}

function toCode(code: Mapping): Package["code"] {
  if (typeof code["changed"] !== "boolean") mismatch("changed", "true or false");
  return {
    tree: oid(code, "tree") as string,
    commit: oid(code, "commit", true),
    changed: code["changed"],
    outputs: items(code, "outputs").map((each) => {
      const mode = each["mode"] ?? null;
      if (mode !== null && !/^(100644|100755|120000|160000)$/.test(String(mode))) mismatch("mode", "a mode of Git");
      return { path: path(each), before: oid(each, "before", true), mode: mode as string | null };
    }),
  };
}

function toFile(mapping: Mapping): PackageFile {
  const files = mapping["files"] === undefined ? undefined : count(mapping, "files", 1);
  const hash = parseHash(text(mapping, "blake3")) ?? mismatch("blake3", "a hash");
  return { path: path(mapping), hash, size: count(mapping, "size", 0), ...(files === undefined ? {} : { files }) };
}
