/** The recorded environment as components: the system, interpreters, and what was installed in each. */
import {
  formatPlace,
  readEnvironmentRecord,
  type PackageOrigin,
  type RecordedInterpreter,
  type RecordedPackage,
} from "../environment-record.ts";
import type { Mapping, Value } from "../document.ts";
import { flatten } from "../recorded-values.ts";
import { purlOf } from "./purl.ts";

interface Installed {
  /** Unique in the document. */
  ref: string;
  pack: RecordedPackage;
  purl: string | null;
}

export interface InterpreterPart {
  ref: string;
  recorded: RecordedInterpreter;
  /** Null: they are not known. */
  packages: readonly Installed[] | null;
}

export interface Software {
  /** How the interpreters were found; null where that was not recorded. */
  seen: string | null;
  system: { ref: string; name: string; version: string; arch: string } | null;
  interpreters: readonly InterpreterPart[];
  /** Of all interpreters, each once. */
  packages: readonly Installed[];
  /** All else that was recorded, flat: `cpu.model`. */
  machine: ReadonlyMap<string, string>;
  /** Variables that the run had, masked as recorded. */
  variables: ReadonlyMap<string, string>;
}

/** Sections that have a place of their own. */
const TAKEN = new Set(["system", "seen", "interpreters", "packages", "python", "variables"]);

export function softwareOf(environment: Mapping): Software {
  const { seen, interpreters } = readEnvironmentRecord(environment);
  const known = new Map<string, Installed>();
  const refs = new Set<string>();
  const parts = interpreters.map((recorded, at): InterpreterPart => ({
    ref: `interpreter:${at + 1}`,
    recorded,
    packages: recorded.packages && recorded.packages.map((pack) => installed(recorded, pack, { known, refs })),
  }));
  const rest = Object.entries(environment).filter(([name]) => !TAKEN.has(name));
  return {
    seen,
    system: systemOf(own(environment, "system")),
    interpreters: parts,
    packages: [...known.values()],
    machine: texts(Object.fromEntries(rest)),
    variables: texts(own(environment, "variables") ?? null),
  };
}

interface Known {
  /** By what is said of them. */
  known: Map<string, Installed>;
  refs: Set<string>;
}

/** One that two interpreters share is one. */
function installed({ kind }: RecordedInterpreter, pack: RecordedPackage, { known, refs }: Known): Installed {
  const key = JSON.stringify([kind, pack.name, pack.version, pack.files, pack.origin, pack.installer]);
  const before = known.get(key);
  if (before) return before;
  const stem = `${kind}:${pack.name}@${pack.version}`;
  let ref = stem;
  for (let at = 2; refs.has(ref); at++) ref = `${stem}#${at}`;
  refs.add(ref);
  const made = { ref, pack, purl: purlOf(kind, pack) };
  known.set(key, made);
  return made;
}

function systemOf(value: Value | undefined): Software["system"] {
  const said = texts(value ?? null);
  const name = said.get("os");
  if (name === undefined || name === "") return null;
  return { ref: "system", name, version: said.get("release") ?? "", arch: said.get("arch") ?? "" };
}

function texts(value: Value): Map<string, string> {
  return new Map(Object.entries(flatten(value)).map(([name, each]) => [name, String(each)]));
}

function own(mapping: Mapping, name: string): Value | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}

/** What is known of an interpreter besides its name and version. */
export function aboutInterpreter({ role, executable, prefix, build }: RecordedInterpreter): [string, string][] {
  return [
    ["role", role],
    ...(executable === null ? [] : ([["executable", formatPlace(executable)]] as [string, string][])),
    ...(prefix === null
      ? []
      : ([["environment", `${prefix.kind} ${formatPlace(prefix)}${prefix.manager && ` (${prefix.manager})`}`]] as [
          string,
          string,
        ][])),
    ...Object.entries(build).map(([name, text]): [string, string] => [`build.${name}`, text]),
  ];
}

/** What is known of a package besides its purl. */
export function aboutPackage({ files, origin, installer }: RecordedPackage): [string, string][] {
  return [
    ...(files === null ? [] : ([["files-sha256", files]] as [string, string][])),
    ...(installer === null ? [] : ([["installer", installer]] as [string, string][])),
    ...(origin === null ? [] : ([["origin", originText(origin)]] as [string, string][])),
  ];
}

function originText({ kind, url, vcs, commit, hash }: PackageOrigin): string {
  return [kind, vcs ?? "", url, commit ?? "", hash ?? ""].filter((each) => each !== "").join(" ");
}
