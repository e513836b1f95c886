/** Two environments side by side, those that versions of before recorded too. */
import { compareInterpreters } from "./compare-interpreters.ts";
import { type Difference, differences } from "./compare-packages.ts";
import type { Mapping, Scalar, Value } from "./document.ts";
import { type EnvironmentRecord, normalName, readEnvironmentRecord } from "./environment-record.ts";
import type { Package } from "./package.ts";

/** Sections that are compared as interpreters, or are no part of the environment. */
const APART = ["seen", "interpreters", "packages", "python", "tree", "outputs"];

/**
 * Values by dotted name, packages by `python.packages.NAME`. Of a package with one version on both sides that is not
 * the same one all the same, each side says where it is from, or which files it has.
 */
export function compareEnvironments(
  a: Pick<Package, "environment">,
  b: Pick<Package, "environment">,
): Difference<Scalar>[] {
  const found = [
    ...compareSections(rest(a), rest(b)),
    ...ofInterpreters(readEnvironmentRecord(a.environment), readEnvironmentRecord(b.environment)),
  ];
  return found.toSorted((x, y) => Number(x.name > y.name) - Number(x.name < y.name));
}

function rest({ environment }: Pick<Package, "environment">): Mapping {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !APART.includes(name)));
}

/** Every name that `compareEnvironments` may tell a difference of, as `sameName` has it. */
export function environmentNames(pack: Pick<Package, "environment">): Set<string> {
  const { interpreters } = readEnvironmentRecord(pack.environment);
  const names = Object.keys(flatten(rest(pack)));
  for (const { kind, role, ...each } of interpreters) {
    if (role !== "program") continue;
    const { implementation, path, build, packages } = each;
    names.push(`${kind}.version`);
    if (implementation !== "") names.push(`${kind}.implementation`);
    if (path.length > 0) names.push(`${kind}.path`);
    if (build["text"] !== undefined) names.push(`${kind}.build`);
    names.push(...(packages ?? []).map(({ name }) => `${kind}.packages.${name}`));
  }
  return new Set(names.map(sameName));
}

/** One name for all spellings of a package. */
export function sameName(name: string): string {
  const [, before, of] = /^([a-z]+\.packages\.)([^]+)$/.exec(name) ?? [];
  return before === undefined ? name : `${before}${normalName(of as string)}`;
}

function ofInterpreters(a: EnvironmentRecord, b: EnvironmentRecord): Difference<Scalar>[] {
  const lacking = compareInterpreters(b, a).differences.filter(
    (each) => each.b === undefined && each.name.endsWith(".version"),
  );
  return [
    ...compareInterpreters(a, b).differences,
    ...lacking.map(({ name, a: only }) => ({ name, a: undefined, b: only })),
    ...builds(a, b),
  ];
}

/** Of the program's own interpreters, where both sides know how they were built. */
function builds(a: EnvironmentRecord, b: EnvironmentRecord): Difference<Scalar>[] {
  const [one, other] = [a, b].map(({ interpreters }) => interpreters.find(({ role }) => role === "program"));
  const [x, y] = [one?.build["text"], other?.build["text"]];
  return x === undefined || y === undefined || x === y || one?.version !== other?.version
    ? []
    : [{ name: `${one?.kind}.build`, a: x, b: y }];
}

/** Sections of any kind: values by dotted name, items of lists by their own names or numbers. */
export function compareSections(a: Mapping, b: Mapping): Difference<Scalar>[] {
  return differences(flatten(a), flatten(b));
}

function flatten(mapping: Mapping, prefix = ""): Record<string, Scalar> {
  const flat = empty();
  for (const [key, value] of Object.entries(mapping)) {
    const name = `${prefix}${key}`;
    // The same as the packages, by address.
    if (name === "conda.explicit") continue;
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) Object.assign(flat, flattenItem(item, { index, name }));
    else if (value !== null && typeof value === "object") Object.assign(flat, flatten(value, `${name}.`));
    else flat[name] = value;
  }
  return flat;
}

/** A package by its name, a lock file by its path, the rest by number. */
function flattenItem(item: Value, { index, name }: { index: number; name: string }): Record<string, Scalar> {
  const flat = empty();
  const match = typeof item === "string" ? /^([^=]+)==([^]*)$/.exec(item) : null;
  if (match) flat[`${name}.${match[1] as string}`] = match[2] as string;
  else if (Array.isArray(item)) flat[`${name}.${index}`] = JSON.stringify(item);
  else if (item !== null && typeof item === "object") {
    const { path, blake3 } = item;
    if (typeof path !== "string" || typeof blake3 !== "string") return flatten(item, `${name}.${index}.`);
    flat[`${name}.${path}`] = blake3;
  } else flat[`${name}.${index}`] = item;
  return flat;
}

function empty(): Record<string, Scalar> {
  return Object.create(null) as Record<string, Scalar>;
}
