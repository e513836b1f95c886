import { expect, it } from "vitest";
import { compareText } from "../../src/cli/render/versions/compare.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import { columnsOf } from "../../src/cli/render/columns.ts";
import type { Scalar } from "../../src/values/document.ts";
import type { ModelName } from "../../src/values/label.ts";

const side = {
  label: "m@v1",
  model: "m" as ModelName,
  version: 1,
  time: "2026-01-01T00:00:00.000Z",
  author: "A",
  message: "t",
  command: null,
  optionsKnown: true,
};
const origins = { a: "command", b: "params.yaml" };

/** The lines of the part of settings. */
function settings(params: Record<string, [Scalar | undefined, Scalar | undefined]>): string[] {
  const report = {
    a: side,
    b: side,
    params: Object.entries(params).map(([name, [a, b]]) => ({ name, a, b, origins })),
    words: null,
    scores: [],
    data: [],
    weights: [],
    code: [],
    environment: [],
    all: false,
  };
  return compareText(report, makeStyle({ color: false }))
    .split("\n")
    .slice(3, 3 + Object.keys(params).length)
    .map((line) => line.trim().replace(/ {2,}/g, "|"));
}

it(
  "values that differ never look the same: a text and a number, nothing and a dash, long ones that differ in " +
    "their middle",
  () => {
    const [long, other] = [`${"a".repeat(40)}X${"b".repeat(40)}`, `${"a".repeat(40)}Y${"b".repeat(40)}`];
    expect(
      settings({
        lr: ["0.5", 0.5],
        none: ["null", null],
        name: [undefined, "-"],
        empty: ["", undefined],
        long: [long, other],
        more: [long, `${long}c`],
      }),
    ).toEqual([
      "lr|'0.5'|0.5|command -> params.yaml",
      "none|'null'|null|command -> params.yaml",
      "name|-|'-'|params.yaml",
      "empty|''|-|command",
      "long|…aaaXbbbbbbbbbbb…|…aaaYbbbbbbbbbbb…|command -> params.yaml",
      "more|aaaaaaaa…bbbbbbbb|aaaaaaaa…bbbbbbbc|command -> params.yaml",
    ]);
  },
);

it("lines of values fit into 80 columns", () => {
  const wide = "部".repeat(50);
  for (const line of settings({ [`optimizer.${"x".repeat(90)}`]: [wide, `${wide}a`] }))
    expect(columnsOf(line)).toBeLessThanOrEqual(80);
});
