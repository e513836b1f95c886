/** Two packages side by side: what their own words show, without a look at any blob. */
import type { Scalar } from "./document.ts";
import type { MetricValue, Package, PackageFile } from "./package.ts";
import { scoreChange } from "./scores.ts";

/** One name whose value is not the same; undefined where a side lacks it. */
export interface Difference<T> {
  name: string;
  a: T | undefined;
  b: T | undefined;
}

export interface ScoreDifference extends Difference<MetricValue> {
  delta: number | null;
  /** Whether b is better than a; null when they are equal or cannot be compared. */
  better: boolean | null;
}

/** Settings that differ, by name. */
export function compareParams(a: Pick<Package, "params">, b: Pick<Package, "params">): Difference<Scalar>[] {
  return differences(a.params, b.params);
}

/** Every score of either, by name, equal ones too. */
export function compareScores(a: Package, b: Package): ScoreDifference[] {
  return names(a.metrics, b.metrics).map((name) => {
    const [x, y] = [own(a.metrics, name), own(b.metrics, name)];
    const change = scoreChange(name, x, y);
    return { name, a: x, b: y, delta: change?.delta ?? null, better: change?.better ?? null };
  });
}

/** Files and folders whose bytes differ, of data or of weights. */
export function compareFiles(a: readonly PackageFile[], b: readonly PackageFile[]): Difference<PackageFile>[] {
  const byPath = (files: readonly PackageFile[]): Record<string, PackageFile> =>
    Object.fromEntries(files.map((file) => [file.path, file]));
  const [x, y] = [byPath(a), byPath(b)];
  return names(x, y)
    .map((name) => ({ name, a: own(x, name), b: own(y, name) }))
    .filter((each) => each.a?.hash !== each.b?.hash);
}

/** Names whose values are not the same, sorted. */
export function differences<T extends Scalar>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
): Difference<T>[] {
  return names(a, b)
    .map((name) => ({ name, a: own(a, name), b: own(b, name) }))
    .filter((each) => each.a !== each.b);
}

function names(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
