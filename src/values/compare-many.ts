/**
 * Any number of versions side by side: what their packages say, without a look at any blob. Pure, and needs nothing of
 * Node: a page computes it from the documents of `show`, and shows what the command line shows.
 */
import { compareEnvironments, environmentNames, sameName } from "./compare-environments.ts";
import { originOf, type Side, sideOf } from "./compare-side.ts";
import type { Scalar } from "./document.ts";
import type { MetricValue, Package, PackageFile } from "./package.ts";
import { isBetterUp } from "./scores.ts";

/** Versions that one comparison may have. */
export const MOST_COMPARED = 20;

/** A name whose value is not the same in all; everything is in the order of the versions. */
interface ValueRow<T> {
  name: string;
  /** Null where a version has null, or lacks it. */
  values: (T | null)[];
  /** The versions that lack it, by their index: what tells a value of null from none. */
  lacks: number[];
}

/** A setting that differs, and where each has it from; null where that is not known. */
interface SettingRow extends ValueRow<Scalar> {
  origins: (string | null)[];
}

interface ScoreRow extends ValueRow<MetricValue> {
  /** The versions with the best number, by their index; none where fewer than two have a number. */
  best: number[];
}

/** A tracked path whose bytes are not the same in all. */
interface FileRow {
  path: string;
  /** Null where a version lacks it. */
  sides: ({ hash: string; size: number; files?: number } | null)[];
}

/** Versions, by their index, that were made by one command; null: saved, not run. */
interface CommandGroup {
  versions: number[];
  command: string[] | null;
}

/** What differs among versions; what all have alike is only counted. */
export interface CompareAllReport {
  versions: Side[];
  params: SettingRow[];
  scores: ScoreRow[];
  data: FileRow[];
  weights: FileRow[];
  /** By first version; none where all were made by the same command. */
  commands: CommandGroup[];
  environment: ValueRow<Scalar>[];
  /** How many of each part all versions have alike. */
  alike: { params: number; scores: number; data: number; weights: number; environment: number };
}

/** One version as a comparison takes it: `label` as it is shown. */
export interface Compared {
  label: string;
  pack: Package;
}

/** `versions`: two or more. The order of names is that of `compare`, the order of versions is as given. */
export function compareMany(versions: readonly Compared[]): CompareAllReport {
  const packs = versions.map(({ pack }) => pack);
  const params = rows(packs.map((pack) => pack.params));
  const scores = rows(packs.map((pack) => pack.metrics));
  const [data, weights] = [fileRows(packs.map((pack) => pack.data)), fileRows(packs.map((pack) => pack.weights))];
  const environment = environmentRows(packs);
  return {
    versions: versions.map(({ label, pack }) => sideOf(label, pack)),
    params: params.differing.map((row) => ({ ...row, origins: packs.map((pack) => originOf(pack, row.name)) })),
    scores: scores.differing.map((row) => ({ ...row, best: bestOf(row) })),
    data: data.differing,
    weights: weights.differing,
    commands: commandGroups(packs),
    environment: environment.differing,
    alike: {
      params: params.alike,
      scores: scores.alike,
      data: data.alike,
      weights: weights.alike,
      environment: environment.alike,
    },
  };
}

interface Sorted<Row> {
  differing: Row[];
  alike: number;
}

function rows<T extends Scalar>(records: readonly Readonly<Record<string, T>>[]): Sorted<ValueRow<T>> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].toSorted();
  const differing = names.flatMap((name): ValueRow<T>[] => {
    const values = records.map((record) => (Object.hasOwn(record, name) ? (record[name] as T) : undefined));
    return values.every((value) => value === values[0]) ? [] : [rowOf(name, values)];
  });
  return { differing, alike: names.length - differing.length };
}

function rowOf<T>(name: string, values: readonly (T | undefined)[]): ValueRow<T> {
  return {
    name,
    values: values.map((value) => value ?? null),
    lacks: values.flatMap((value, at) => (value === undefined ? [at] : [])),
  };
}

function bestOf({ name, values }: ValueRow<MetricValue>): number[] {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length < 2) return [];
  const best = numbers.reduce((a, b) => (isBetterUp(name) === b > a ? b : a));
  return values.flatMap((value, at) => (value === best ? [at] : []));
}

function fileRows(lists: readonly (readonly PackageFile[])[]): Sorted<FileRow> {
  const byPath = lists.map((files) => new Map(files.map((file) => [file.path as string, file])));
  const paths = [...new Set(byPath.flatMap((files) => [...files.keys()]))].toSorted();
  const differing = paths.flatMap((path): FileRow[] => {
    const sides = byPath.map((files) => files.get(path));
    if (sides.every((side) => side?.hash === sides[0]?.hash)) return [];
    return [{ path, sides: sides.map((side) => (side === undefined ? null : shownFile(side))) }];
  });
  return { differing, alike: paths.length - differing.length };
}

function shownFile({ hash, size, files }: PackageFile): NonNullable<FileRow["sides"][number]> {
  return { hash, size, ...(files === undefined ? {} : { files }) };
}

function commandGroups(packs: readonly Package[]): CommandGroup[] {
  const groups = new Map<string, CommandGroup>();
  for (const [at, { run }] of packs.entries()) {
    const key = JSON.stringify(run?.command ?? null);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { versions: [at], command: run?.command ?? null });
    else group.versions.push(at);
  }
  return groups.size < 2 ? [] : [...groups.values()];
}

/**
 * Each is held against the first, as two are held against each other: so the same differs here and there. Where a
 * version does not say what it has (its packages are not known), it is taken for lacking it.
 */
function environmentRows(packs: readonly Package[]): Sorted<ValueRow<Scalar>> {
  const first = packs[0] as Package;
  const found = new Map<string, { name: string; first: Scalar | undefined; others: Map<number, Scalar | undefined> }>();
  for (const [at, pack] of packs.entries()) {
    if (at === 0) continue;
    const times = new Map<string, number>();
    for (const { name, a, b } of compareEnvironments(first, pack)) {
      const same = sameName(name);
      const time = (times.get(same) ?? 0) + 1;
      times.set(same, time);
      const row = found.get(`${time} ${same}`) ?? { name, first: a, others: new Map() };
      // Where the origin differs as well, the text that says it is the longer one.
      if (String(a ?? "").length > String(row.first ?? "").length) row.first = a;
      row.others.set(at, b);
      found.set(`${time} ${same}`, row);
    }
  }
  const names = packs.map(environmentNames);
  const differing = [...found.values()].map((row) =>
    rowOf(
      row.name,
      packs.map((_, at) => {
        if (row.others.has(at)) return row.others.get(at);
        return names[at]?.has(sameName(row.name)) ? row.first : undefined;
      }),
    ),
  );
  const known = differing.filter(({ name }) => names[0]?.has(sameName(name))).length;
  return {
    differing: differing.toSorted((x, y) => Number(x.name > y.name) - Number(x.name < y.name)),
    alike: Math.max(0, (names[0]?.size ?? 0) - known),
  };
}
