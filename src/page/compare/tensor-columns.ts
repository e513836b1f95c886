/** The columns of the table of tensors: what each says of a tensor, and what it is sorted by. */
import { formatCount } from "../../base/counts.ts";
import { formatScore } from "../../values/scores.ts";
import type { TensorComparison } from "../../values/tensors/compare.ts";

export type TensorChange = TensorComparison["tensors"][number];

export type ColumnName = "name" | "what" | "shape" | "type" | "relative" | "largest" | "differing";

interface Column {
  name: ColumnName;
  title: string;
  isNumber: boolean;
  text(of: TensorChange): string;
  /** Null stands last, whichever way. */
  value(of: TensorChange): string | number | null;
}

type Side = NonNullable<TensorChange["a"]>;

/** What both have, or how it went from the one to the other. */
function sides({ a, b }: TensorChange, of: (side: Side) => string): string {
  const [before, after] = [a === null ? null : of(a), b === null ? null : of(b)];
  if (before === after || before === null) return after ?? "";
  return after === null ? before : `${before} to ${after}`;
}

const shapeOf = ({ shape }: Side): string => (shape.length === 0 ? "scalar" : shape.join("×"));
const typeOf = ({ dtype }: Side): string => dtype;
const numberText = (value: number | null | undefined): string =>
  value === null || value === undefined ? "" : formatScore(value);

export const COLUMNS: readonly Column[] = [
  { name: "name", title: "Tensor", isNumber: false, text: ({ name }) => name, value: ({ name }) => name },
  { name: "what", title: "What", isNumber: false, text: ({ what }) => WHAT[what], value: ({ what }) => what },
  {
    name: "shape",
    title: "Shape",
    isNumber: true,
    text: (of) => sides(of, shapeOf),
    value: ({ a, b }) => (b ?? a)?.shape.reduce((product, length) => product * length, 1) ?? null,
  },
  { name: "type", title: "Type", isNumber: false, text: (of) => sides(of, typeOf), value: (of) => sides(of, typeOf) },
  {
    name: "relative",
    title: "Relative change",
    isNumber: true,
    text: ({ by }) => numberText(by?.relative),
    value: ({ by }) => by?.relative ?? null,
  },
  {
    name: "largest",
    title: "Largest difference",
    isNumber: true,
    text: ({ by }) => numberText(by?.maxDifference),
    value: ({ by }) => by?.maxDifference ?? null,
  },
  {
    name: "differing",
    title: "Values that differ",
    isNumber: true,
    text: ({ by }) => (by === null ? "" : `${formatCount(by.differing)} of ${formatCount(by.values)}`),
    value: ({ by }) => by?.differing ?? null,
  },
];

const WHAT: Readonly<Record<TensorChange["what"], string>> = {
  added: "added",
  removed: "removed",
  reshaped: "reshaped",
  retyped: "other type",
  changed: "changed",
  unknown: "not compared",
};

export function sortTensors(
  tensors: readonly TensorChange[],
  { by, isDown }: { by: ColumnName; isDown: boolean },
): TensorChange[] {
  const value = COLUMNS.find(({ name }) => name === by)?.value ?? (() => null);
  return tensors
    .map((tensor) => ({ tensor, key: value(tensor) }))
    .toSorted((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
      if (a.key === b.key) return 0;
      return a.key < b.key === isDown ? 1 : -1;
    })
    .map(({ tensor }) => tensor);
}
