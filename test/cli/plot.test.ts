/** Curves of several versions in one picture, with colours and without. */
import { describe, expect, it } from "vitest";
import { plotsText, plotText } from "../../src/cli/render/plot.ts";
import { makeStyle } from "../../src/cli/render/style.ts";

const course = (ys: readonly number[], from = 0) => ({ by: "step", points: ys.map((y, at) => ({ x: from + at, y })) });
const UP = { label: "spam@v1", ...course([0, 0.5, 1]) };
const DOWN = { label: "spam#production (v2)", ...course([1, 0.5, 0]) };
const plain = makeStyle({ color: false, width: 30 });

describe("several curves", () => {
  it("have marks of their own without colours, a sign where they meet, and a legend", () => {
    const lines = plotsText({ metric: "accuracy", curves: [UP, DOWN] }, plain).split("\n");
    expect(lines[0]).toBe("accuracy");
    expect(lines[1]).toMatch(/^ {3}1 \|o+ +\*+$/);
    expect(lines[14]).toMatch(/^ {3}0 \|\*+ +o+$/);
    expect(lines.slice(1, 15).join("")).toContain("#");
    expect(lines.slice(15, 17)).toEqual([`${" ".repeat(5)}+${"-".repeat(23)}`, "      0                step 2"]);
    expect(lines.slice(17)).toEqual([
      "* spam@v1               0 -> 1, lowest 0, highest 1",
      "o spam#production (v2)  1 -> 0, lowest 0, highest 1",
    ]);
  });

  it("share their axes, whatever steps and values each has, and are told apart by colours", () => {
    const late = { label: "late", ...course([3, 4], 10) };
    const text = plotsText({ metric: "a", curves: [UP, late] }, makeStyle({ color: true, width: 60 }));
    expect(text).toContain("step 11");
    expect(text).toMatch(/^\s+4 │ +\u001b\[35m[\u2800-\u28ff]+\u001b\[39m$/mu);
    expect(text).toMatch(/\u001b\[32m━━\u001b\[39m spam@v1/u);
  });

  it("a hostile name and a score of one value do no harm", () => {
    const one = { label: "\u001b[2J", by: "step", points: [{ x: 1, y: 2 }] };
    expect(plotsText({ metric: "a\u0007", curves: [one, one] }, plain)).not.toMatch(/[\u0007\u001b]/);
    expect(plotText({ metric: "a", ...course([1, 1]) }, plain).split("\n")).toHaveLength(17);
  });
});
