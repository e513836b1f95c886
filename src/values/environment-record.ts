/**
 * The interpreters that a run had, and what was installed in each: a part of the free-form environment of a package.
 */
import type { Mapping, Value } from "./document.ts";

export type InterpreterKind = "python" | "node" | "r" | "julia";

/** `program`: ran code of the work tree; `helper`: a tool around it, such as the Python that poetry is written in. */
export type Role = "program" | "helper";

/**
 * A place as it is recorded: `work tree`: from the top of the work tree that the run had, `home`: from the user's home
 * folder, each with `/` between and without a leading one; `elsewhere`: absolute.
 */
export interface RecordedPlace {
  place: "work tree" | "home" | "elsewhere";
  path: string;
}

/** Where a package that is from no index came from (PEP 610). Its address has no credentials in it. */
export interface PackageOrigin {
  kind: "vcs" | "archive" | "folder" | "editable";
  /** An address; of `folder` and `editable` a place as one text: `work tree:PATH`, `home:PATH` or an absolute path. */
  url: string;
  /** `git`, `hg`, …; null unless it is `vcs`. */
  vcs: string | null;
  /** Of `vcs`. */
  commit: string | null;
  /** Of `archive`, `sha256=HEX`. */
  hash: string | null;
}

export interface RecordedPackage {
  name: string;
  version: string;
  /**
   * SHA-256, in hex, of what it installed, however it was installed: the same for one wheel everywhere. Null where it
   * is not known.
   */
  files: string | null;
  /** Null: of an index (or not known). */
  origin: PackageOrigin | null;
  /** `pip`, `uv`, `conda`, …; null where it is not known. */
  installer: string | null;
}

export interface RecordedInterpreter {
  kind: InterpreterKind;
  role: Role;
  /** As it was called. Null in versions of before, which kept no path. */
  executable: RecordedPlace | null;
  version: string;
  /** `CPython`, `PyPy`, …; empty where it is not known. */
  implementation: string;
  /** How it was built: `text` (Python's `sys.version`), `compiler`, `platform`, `abi`. */
  build: Readonly<Record<string, string>>;
  /** The folder that its packages belong to, and what manages it. */
  prefix: (RecordedPlace & { kind: "venv" | "conda" | "base"; manager: string }) | null;
  /** Words of the first process that was it, secrets masked; empty where none was seen. */
  command: readonly string[];
  /** Folders of PYTHONPATH that the process had. */
  path: readonly RecordedPlace[];
  /** Null: they are not known. Sorted by name. */
  packages: readonly RecordedPackage[] | null;
  /** What its processes had loaded of CUDA and its kin, by file name. */
  libraries: readonly string[];
}

/**
 * How the interpreters were found. `processes`: among those of the command while it ran; `command`: the command is one,
 * and nothing else could be seen; `guess`: what PATH had; `nothing`: none was seen; null: a version of before, which
 * took PATH's for them.
 */
export type Seen = "processes" | "command" | "guess" | "nothing";

export interface EnvironmentRecord {
  seen: Seen | null;
  /** The one that ran the program first. */
  interpreters: readonly RecordedInterpreter[];
}

/** Packages that a list is read of, and interpreters. */
const MOST_PACKAGES = 20_000;
const MOST_INTERPRETERS = 64;

/** As sections of an environment: `seen`, `interpreters`, `packages` (lists by key, each once). */
export function environmentSections(
  { seen, interpreters }: EnvironmentRecord,
  keyOf: (list: string) => string,
): Mapping {
  const lists: Mapping = {};
  const rows = interpreters.map((each): Mapping => {
    const { packages, executable, prefix, path, command, libraries, build, ...rest } = each;
    const list = packages && formatList(packages);
    const key = list && keyOf(JSON.stringify(list));
    if (list && key) lists[key] = list;
    const optional = {
      command: [...command],
      path: path.map(formatPlace),
      libraries: [...libraries],
      build: { ...build },
    };
    return {
      ...rest,
      executable: executable && formatPlace(executable),
      prefix: prefix && { ...prefix },
      ...withoutEmpty(optional),
      packages: key,
    };
  });
  return {
    seen,
    ...(rows.length === 0 ? {} : { interpreters: rows }),
    ...(Object.keys(lists).length === 0 ? {} : { packages: lists }),
  };
}

function withoutEmpty(mapping: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(mapping).filter(([, value]) => value !== null && Object.keys(value).length > 0),
  );
}

function formatList(packages: readonly RecordedPackage[]): Mapping {
  const names = (pick: (each: RecordedPackage) => Value): Mapping =>
    Object.fromEntries(
      packages.flatMap((each) => {
        const value = pick(each);
        return value === null ? [] : [[each.name, value]];
      }),
    );
  const usual = mostFrequent(packages.map((each) => each.installer));
  return {
    installed: packages.map(({ name, version }) => `${name}==${version}`),
    installer: usual,
    ...withoutEmpty({
      otherInstaller: names(({ installer }) => (installer === usual ? null : (installer ?? ""))),
      files: names(({ files }) => files),
      origin: names(
        ({ origin }) => origin && Object.fromEntries(Object.entries(origin).filter(([, value]) => value !== null)),
      ),
    }),
  };
}

function mostFrequent(names: readonly (string | null)[]): string | null {
  const counts = new Map<string | null, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/** One text for a place; an absolute path, or one behind `work tree:` or `home:`. */
export function formatPlace({ place, path }: RecordedPlace): string {
  return place === "elsewhere" ? path : `${place}:${path}`;
}

export function parsePlace(text: string): RecordedPlace {
  const match = /^(work tree|home):([^]*)$/.exec(text);
  return match
    ? { place: match[1] as "work tree" | "home", path: match[2] as string }
    : { place: "elsewhere", path: text };
}

/** Whatever a version's environment holds: what is not of the form is left out. Never throws. */
export function readEnvironmentRecord(environment: Mapping): EnvironmentRecord {
  const seen = text(own(environment, "seen"));
  const rows = list(own(environment, "interpreters"))
    .slice(0, MOST_INTERPRETERS)
    .flatMap((each) => (isMapping(each) ? [each] : []));
  const lists = own(environment, "packages");
  const interpreters = rows.flatMap((row) => readInterpreter(row, isMapping(lists) ? lists : {}) ?? []);
  const isKnown = seen === "processes" || seen === "command" || seen === "guess" || seen === "nothing";
  return isKnown ? { seen, interpreters } : { seen: null, interpreters: ofBefore(environment) };
}

/** Of versions that recorded `python` alone: version, implementation and `NAME==VERSION`. */
function ofBefore(environment: Mapping): RecordedInterpreter[] {
  const python = own(environment, "python");
  const version = isMapping(python) ? text(own(python, "version")) : null;
  if (!isMapping(python) || version === null) return [];
  const packages = readInstalled(own(python, "packages")).map(([name, of]): RecordedPackage => ({
    name,
    version: of,
    files: null,
    origin: null,
    installer: null,
  }));
  const implementation = text(own(python, "implementation")) ?? "";
  return [
    {
      kind: "python",
      role: "program",
      executable: null,
      version,
      implementation,
      build: {},
      prefix: null,
      command: [],
      path: [],
      packages,
      libraries: [],
    },
  ];
}

function readInterpreter(row: Mapping, lists: Mapping): RecordedInterpreter | null {
  const kind = text(own(row, "kind"));
  if (kind !== "python" && kind !== "node" && kind !== "r" && kind !== "julia") return null;
  const executable = text(own(row, "executable"));
  const key = text(own(row, "packages"));
  const found = key === null ? undefined : own(lists, key);
  return {
    kind,
    role: own(row, "role") === "helper" ? "helper" : "program",
    executable: executable === null ? null : parsePlace(executable),
    version: text(own(row, "version")) ?? "",
    implementation: text(own(row, "implementation")) ?? "",
    build: texts(own(row, "build")),
    prefix: readPrefix(own(row, "prefix")),
    command: list(own(row, "command")).filter((each) => typeof each === "string"),
    path: list(own(row, "path"))
      .filter((each) => typeof each === "string")
      .map(parsePlace),
    packages: isMapping(found) ? readList(found) : null,
    libraries: list(own(row, "libraries")).filter((each) => typeof each === "string"),
  };
}

function readPrefix(value: Value | undefined): RecordedInterpreter["prefix"] {
  if (!isMapping(value)) return null;
  const { place, path, kind, manager } = texts(value);
  if ((place !== "work tree" && place !== "home" && place !== "elsewhere") || path === undefined) return null;
  return { place, path, kind: kind === "venv" || kind === "conda" ? kind : "base", manager: manager ?? "" };
}

function readList(found: Mapping): RecordedPackage[] {
  const usual = text(own(found, "installer"));
  const [files, others, origins] = [
    texts(own(found, "files")),
    texts(own(found, "otherInstaller")),
    own(found, "origin"),
  ];
  return readInstalled(own(found, "installed")).map(([name, version]) => ({
    name,
    version,
    files: ownText(files, name),
    origin: isMapping(origins) ? readOrigin(own(origins, name)) : null,
    installer: ownText(others, name) === null ? usual : ownText(others, name) || null,
  }));
}

function readOrigin(value: Value | undefined): PackageOrigin | null {
  if (!isMapping(value)) return null;
  const { kind, url, vcs = null, commit = null, hash = null } = texts(value);
  if ((kind !== "vcs" && kind !== "archive" && kind !== "folder" && kind !== "editable") || url === undefined)
    return null;
  return { kind, url, vcs, commit, hash };
}

function readInstalled(value: Value | undefined): [string, string][] {
  return list(value)
    .slice(0, MOST_PACKAGES)
    .flatMap((each): [string, string][] => {
      const match = typeof each === "string" ? /^([^=]+)==([^]*)$/.exec(each) : null;
      return match ? [[match[1] as string, match[2] as string]] : [];
    });
}

function isMapping(value: Value | undefined): value is Mapping {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

function text(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function texts(value: Value | undefined): Record<string, string> {
  return isMapping(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
      )
    : {};
}

function own(mapping: Mapping, name: string): Value | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}

function ownText(record: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(record, name) ? (record[name] as string) : null;
}

/** A Python package's name as PEP 503 compares it. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}
