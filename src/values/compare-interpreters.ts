/** The interpreters that a version had, held against those that its command had when it was run again. */
import { display } from "../base/display.ts";
import type { Difference } from "./compare-packages.ts";
import type { Scalar } from "./document.ts";
import {
  type EnvironmentRecord,
  formatPlace,
  normalName,
  parsePlace,
  type RecordedInterpreter,
  type RecordedPackage,
} from "./environment-record.ts";

export interface InterpreterComparison {
  /** `a` recorded, `b` now. */
  differences: Difference<Scalar>[];
  /** Why it cannot be said that they are the same, where nothing else differs; null where it can. */
  unknown: string | null;
}

export function compareInterpreters(recorded: EnvironmentRecord, now: EnvironmentRecord): InterpreterComparison {
  const left = now.interpreters.filter((each) => each.role === "program");
  const differences: Difference<Scalar>[] = [];
  const unknown: string[] = [];
  for (const one of recorded.interpreters.filter((each) => each.role === "program")) {
    const other = takeCounterpart(one, left);
    if (other === null) {
      differences.push({ name: `${one.kind}.version`, a: one.version, b: undefined });
      continue;
    }
    differences.push(...differencesOf(one, other));
    unknown.push(...unversionedCode(one).map((each) => `the code in ${each} is not recorded`));
    if (one.kind !== "node" && (one.packages === null || other.packages === null))
      unknown.push(`the packages of ${nameOf(one)} are not known`);
  }
  const more = left.find(
    (each) => !recorded.interpreters.some((one) => one.kind === each.kind && differencesOf(one, each).length === 0),
  );
  if (more !== undefined) {
    const place = more.executable === null ? "" : ` (${display(formatPlace(more.executable))})`;
    unknown.push(`${nameOf(more)}${place} ran now as well, and was not seen then`);
  }
  const unseen = unseenOf(recorded, now);
  return { differences: distinct(differences), unknown: unseen ?? unknown[0] ?? null };
}

function nameOf({ kind, version }: RecordedInterpreter): string {
  return version === "" ? kind : `${kind} ${display(version)}`;
}

/** Where an interpreter had code from that is neither a package's nor the version's, as a sentence has it. */
export function unversionedCode({ path, packages }: Pick<RecordedInterpreter, "path" | "packages">): string[] {
  const folders = path
    .filter(({ place }) => place !== "work tree")
    .map((each) => `'${display(formatPlace(each))}' (PYTHONPATH)`);
  const editables = (packages ?? []).filter(
    ({ origin }) => origin?.kind === "editable" && parsePlace(origin.url).place !== "work tree",
  );
  return [
    ...new Set([
      ...folders,
      ...editables.map(
        ({ name, origin }) => `'${display(origin?.url ?? "")}' ('${display(name)}', installed with '-e')`,
      ),
    ]),
  ];
}

function unseenOf(recorded: EnvironmentRecord, now: EnvironmentRecord): string | null {
  if (recorded.interpreters.length === 0)
    return recorded.seen === "nothing"
      ? "no interpreter was seen when it was made"
      : "the version does not say which interpreters it had";
  if (recorded.seen === "guess") return "which interpreter the version had was guessed from PATH";
  return now.seen === "guess" ? "which interpreter runs now is guessed from PATH" : null;
}

/** The one that is called the same, else that with the same packages but few; taken out of `left`. */
function takeCounterpart(one: RecordedInterpreter, left: RecordedInterpreter[]): RecordedInterpreter | null {
  const same = left.filter((each) => each.kind === one.kind);
  const place = (each: RecordedInterpreter): string | null => each.executable && formatPlace(each.executable);
  const called = same.find((each) => one.executable !== null && place(each) === place(one));
  const nearest = same
    .map((each) => ({ each, apart: differencesOf(one, each).length }))
    .toSorted((a, b) => a.apart - b.apart)[0]?.each;
  const found = called ?? nearest ?? null;
  if (found !== null) left.splice(left.indexOf(found), 1);
  return found;
}

function differencesOf(one: RecordedInterpreter, other: RecordedInterpreter): Difference<Scalar>[] {
  const values = (["version", "implementation"] as const).map((key): Difference<Scalar> => ({
    name: `${one.kind}.${key}`,
    a: one[key] || undefined,
    b: other[key] || undefined,
  }));
  const isKnown = one.packages !== null && other.packages !== null;
  return [
    ...values.filter((each) => each.a !== each.b && each.a !== undefined),
    ...pathDifferences(one, other),
    ...(isKnown ? packageDifferences(one, other) : []),
  ];
}

/** Of PYTHONPATH, whose folders come before all packages. Versions of before did not record it. */
function pathDifferences(one: RecordedInterpreter, other: RecordedInterpreter): Difference<Scalar>[] {
  const text = ({ path }: RecordedInterpreter): string | undefined =>
    [...new Set(path.map(formatPlace))].join(", ") || undefined;
  const [a, b] = [text(one), text(other)];
  return one.executable === null || other.executable === null || a === b ? [] : [{ name: `${one.kind}.path`, a, b }];
}

function packageDifferences(one: RecordedInterpreter, other: RecordedInterpreter): Difference<Scalar>[] {
  const byName = ({ packages }: RecordedInterpreter): Map<string, RecordedPackage> =>
    new Map((packages ?? []).map((each) => [normalName(each.name), each]));
  const [a, b] = [byName(one), byName(other)];
  // Versions of before knew no origins: what is somebody's code of today is never the same all the same.
  const knowsOrigins = one.executable !== null && other.executable !== null;
  return [...new Set([...a.keys(), ...b.keys()])].toSorted().flatMap((key): Difference<Scalar>[] => {
    const [x, y] = [a.get(key), b.get(key)];
    const name = `${one.kind}.packages.${(x ?? y)?.name ?? key}`;
    if (x === undefined || y === undefined || x.version !== y.version) return [{ name, a: x?.version, b: y?.version }];
    if (!knowsOrigins)
      return y.origin?.kind === "editable" ? [{ name, a: x.version, b: `${y.version}, ${originText(y)}` }] : [];
    const [from, to] = [originText(x), originText(y)];
    if (from !== to) return [{ name, a: `${x.version}, ${from}`, b: `${y.version}, ${to}` }];
    // What is built here again from a source has files of its own.
    const areOther = x.origin === null && x.files !== null && y.files !== null && x.files !== y.files;
    return areOther
      ? [
          {
            name,
            a: `${x.version}, files ${(x.files as string).slice(0, 10)}`,
            b: `${y.version}, files ${(y.files as string).slice(0, 10)}`,
          },
        ]
      : [];
  });
}

function originText({ origin }: RecordedPackage): string {
  if (origin === null) return "of an index";
  const exact = origin.commit ?? origin.hash;
  return `${origin.kind} ${origin.url}${exact === null ? "" : `@${exact}`}`;
}

function distinct(differences: readonly Difference<Scalar>[]): Difference<Scalar>[] {
  return [...new Map(differences.map((each) => [`${each.name}\0${String(each.a)}\0${String(each.b)}`, each])).values()];
}
