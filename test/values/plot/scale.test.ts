import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Brush, expressionOf } from "../../../src/values/plot/brush.ts";
import { holdingsOf } from "../../../src/values/plot/holdings.ts";
import { parseWhere } from "../../../src/values/where-syntax.ts";
import { type PlotValue, scaleOf } from "../../../src/values/plot/scale.ts";

describe("a scale", () => {
  it("of numbers is even, of wide ones by powers, unless it is wished otherwise", () => {
    expect(scaleOf([1, 2, null, "nan", "3"]).kind).toBe("number");
    const wide = [1e-5, 1e-3, 0.1];
    expect(scaleOf(wide).kind).toBe("log");
    expect(scaleOf(wide).place(1e-3)).toBeCloseTo(0.5);
    expect(scaleOf(wide).ticks.map(({ text }) => text)).toEqual(["1e-5", "0.0001", "0.001", "0.01", "0.1"]);
    expect(scaleOf(wide, false)).toMatchObject({ kind: "number", suitsLog: true });
    expect(scaleOf([0, 1, 1000], true).kind).toBe("number");
    expect(scaleOf(wide).place(-1)).toBeNull();
  });

  it("of words has a place for each, in the order people count", () => {
    const scale = scaleOf(["b10", true, "b2", undefined, "b10", 7]);
    expect(scale.kind).toBe("category");
    expect(scale.wordsBetween(0, 1)).toEqual(["7", "b2", "b10", "true"]);
    expect(["7", "b2", 7, "true", null].map((each) => scale.place(each))).toEqual([0, 1 / 3, 0, 1, null]);
    expect(scaleOf(["adam", "adam"]).place("adam")).toBe(0.5);
    expect(scaleOf([]).ticks).toEqual([]);
  });

  it("has a place between its ends for each of its values, whatever they are", () => {
    const value = fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.constantFrom(null, undefined, "nan", "1e999"));
    fc.assert(
      fc.property(fc.array(value), fc.constantFrom(null, true, false), (values: PlotValue[], log) => {
        const scale = scaleOf(values, log);
        for (const each of values) {
          const place = scale.place(each);
          if (place === null) continue;
          expect(place).toBeGreaterThanOrEqual(-1e-9);
          expect(place).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });
});

describe("what is marked on axes", () => {
  const brush = (values: PlotValue[], rest: Omit<Brush, "scale">): Brush => ({ scale: scaleOf(values), ...rest });

  it("is an expression", () => {
    expect(
      expressionOf([
        brush([0, 1], { name: "lr", low: 0.25, high: 0.75 }),
        brush(["adam", "sgd", 'x "y"\\'], { name: "my optimizer", low: 0.4, high: 1 }),
        brush(["a", "b"], { name: "and", low: 0, high: 0 }),
      ]),
    ).toBe('lr >= 0.23 and lr <= 0.77 and ("my optimizer" = sgd or "my optimizer" = "x \\"y\\"\\\\") and "and" = a');
    expect(expressionOf([])).toBe("");
    expect(expressionOf([brush(["a", "b"], { name: "x", low: 0.2, high: 0.3 })])).toBe("x exists and not x exists");
  });
});

describe("an expression of marks", () => {
  it("can be read, whatever columns and words are called", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("and", "exists", "a b", 'a"b', "lr", "metric.x", "'", "\\"));
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        name.filter((each) => each.trim() !== ""),
        fc.array(name),
        place,
        place,
        (column, words, a, b) => {
          const scale = scaleOf(words.slice(0, 20).map((word) => word.slice(0, 20)));
          const where = expressionOf([{ name: column, scale, low: Math.min(a, b), high: Math.max(a, b) }]);
          expect(parseWhere(where)).toMatchObject({ kind: "expression" });
        },
      ),
    );
  });
});

describe("what a stage held", () => {
  it("is told from its moves, whatever their order and clocks", () => {
    const move = (event: number, version: number | null, time: string, stage = "production") => ({
      stage,
      event,
      version,
      time,
    });
    const [first, second, third] = [
      "2026-01-01T00:00:00Z",
      "2026-01-02T00:00:00+00:00",
      "2026-01-03T00:00:00Z",
    ] as const;
    expect(
      holdingsOf([move(3, null, third), move(2, 5, second), move(1, 3, first), move(1, 4, second, "beta")]).map(
        ({ stage, version, from, to }) => [
          stage,
          version,
          new Date(from).getUTCDate(),
          to && new Date(to).getUTCDate(),
        ],
      ),
    ).toEqual([
      ["beta", 4, 2, null],
      ["production", 3, 1, 2],
      ["production", 5, 2, 3],
    ]);
    const [a, b] = holdingsOf([move(1, 1, third), move(2, 2, first)]);
    expect([a?.to, b?.from]).toEqual([a?.from, a?.from]);
    expect(holdingsOf([move(1, 1, "no time")])).toEqual([]);
  });
});
