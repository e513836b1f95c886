/** Named values of several versions side by side, those that are the same in all too. */
import type { Scalar } from "./document.ts";
import type { MetricValue } from "./package.ts";
import { formatDelta, scoreChange } from "./scores.ts";

export interface SideRow<T extends Scalar = Scalar> {
  name: string;
  /** In the order of the versions; undefined where one lacks it. */
  values: (T | undefined)[];
  differs: boolean;
}

/** By name. `records`: one of each version. */
export function sideBySide<T extends Scalar>(records: readonly Readonly<Record<string, T>>[]): SideRow<T>[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].toSorted();
  return names.map((name) => {
    const values = records.map((record) => (Object.hasOwn(record, name) ? record[name] : undefined));
    return { name, values, differs: values.some((value) => value !== values[0]) };
  });
}

/** How a score stands to that of the first version, in words: `+0.0042, better`; "" where that is not to be told. */
export function deltaWords(name: string, base: MetricValue | undefined, value: MetricValue | undefined): string {
  const change = scoreChange(name, base, value);
  if (change === null) return "";
  if (change.better === null) return "the same";
  return `${formatDelta(change.delta)}, ${change.better ? "better" : "worse"}`;
}
