import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aligned,
  firstFrom,
  type Line,
  nearest,
  orderedLine,
  positiveOnly,
  smoothed,
  thinned,
} from "../../../src/values/plot/line.ts";

const value = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -50, max: 50 }) }, fc.constantFrom(null, Infinity));
const line: fc.Arbitrary<Line> = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), value), { maxLength: 200 }).map(
  (points) =>
    orderedLine(
      points.map(([x]) => x),
      points.map(([, y]) => y),
    ).line,
);
const NaNs = (values: Float64Array): (number | null)[] => [...values].map((each) => (Number.isNaN(each) ? null : each));

describe("a line", () => {
  it("is put in order, and of a place that stands twice the later value counts", () => {
    const { line: found, replaced } = orderedLine([1, 2, 3, 4, 3, 4, 5, null, NaN], [1, 2, 3, 4, 30, null, 50, 6, 7]);
    expect([...found.x]).toEqual([1, 2, 3, 4, 5]);
    expect(NaNs(found.y)).toEqual([1, 2, 30, null, 50]);
    expect(replaced).toBe(2);
  });

  it("has each place once, ascending, whatever was written", () => {
    fc.assert(
      fc.property(line, ({ x, y }) => {
        expect(y).toHaveLength(x.length);
        expect([...x]).toEqual([...new Set(x)].toSorted((a, b) => a - b));
      }),
    );
  });

  it("smoothed is the debiased average, gaps passed over, a constant kept", () => {
    const half = smoothed(Float64Array.of(1, NaN, 3, 5), 0.5);
    // (0.25·1 + 0.5·3) / 0.75, then (0.125·1 + 0.25·3 + 0.5·5) / 0.875
    expect(NaNs(half)).toEqual([1, null, 1.75 / 0.75, 3.375 / 0.875]);
    expect([...smoothed(Float64Array.of(0.1, 0.1, 0.1), 0.9)]).toEqual([0.1, 0.1, 0.1]);
    const values = Float64Array.of(3, 1, 2);
    expect(smoothed(values, 0)).toBe(values);
  });

  it("smoothed stays between its lowest and highest value", () => {
    fc.assert(
      fc.property(line, fc.double({ min: 0, max: 2, noNaN: true }), ({ y }, weight) => {
        const known = [...y].filter((each) => !Number.isNaN(each));
        for (const each of smoothed(y, weight))
          if (!Number.isNaN(each)) {
            expect(each).toBeGreaterThanOrEqual(Math.min(...known) - 1e-6);
            expect(each).toBeLessThanOrEqual(Math.max(...known) + 1e-6);
          }
      }),
    );
  });

  it("has no place on a logarithmic axis for what is not positive", () => {
    const { values, hidden } = positiveOnly(Float64Array.of(1, 0, -2, NaN, 3));
    expect(NaNs(values)).toEqual([1, null, null, null, 3]);
    expect(hidden).toBe(2);
  });
});

describe("a line thinned to columns", () => {
  it("keeps what each column of pixels shows, and its window", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 1, max: 12 }), ({ x, y }, columns) => {
        const [from, to] = [x[0] ?? 0, x.at(-1) ?? 0];
        const thin = thinned({ x, y }, [from, to], columns);
        expect(thin.x.length).toBeLessThanOrEqual((columns + 1) * 5);
        const shown = (each: Line): unknown => {
          const found = new Map<number, number[]>();
          for (const [at, place] of each.x.entries()) {
            const column = to === from ? 0 : Math.floor(((place - from) / (to - from)) * columns);
            const list = found.get(column) ?? [];
            found.set(column, Number.isNaN(each.y[at]) ? list : [...list, each.y[at] as number]);
          }
          return [...found].map(([at, list]) =>
            [at, list[0], Math.min(...list), Math.max(...list), list.at(-1)].slice(0, 4),
          );
        };
        const lowHigh = (each: Line): unknown =>
          (shown(each) as unknown[][]).map(([at, , low, high]) => [at, low, high]);
        expect(lowHigh(thin)).toEqual(lowHigh({ x, y }));
      }),
    );
  });

  it("is exact where it is looked at closely, with a point more at each end", () => {
    const x = Float64Array.from({ length: 100_000 }, (_, at) => at);
    const y = x.map((place) => Math.sin(place));
    expect(thinned({ x, y }, [0, 99_999], 500).x.length).toBeLessThan(2100);
    const near = thinned({ x, y }, [500.5, 600], 500);
    expect([near.x[0], near.x.at(-1)]).toEqual([500, 601]);
    expect(near.x).toHaveLength(102);
  });
});

describe("lines on one axis", () => {
  it("keep all their points, and tell a gap from no point", () => {
    const a = orderedLine([1, 2, 3], [10, null, 30]).line;
    const b = orderedLine([2, 4], [5, 6]).line;
    expect(aligned([a, b])).toEqual({
      x: [1, 2, 3, 4],
      ys: [
        [10, null, 30, undefined],
        [undefined, 5, undefined, 6],
      ],
    });
    expect(aligned([])).toEqual({ x: [], ys: [] });
  });

  it("are found by place", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: -5, max: 205 }), ({ x }, place) => {
        expect(firstFrom(x, place)).toBe([...x].filter((each) => each < place).length);
        const distance = Math.min(...[...x].map((each) => Math.abs(each - place)));
        const at = nearest(x, place);
        if (x.length === 0) expect(at).toBe(-1);
        else expect(Math.abs((x[at] as number) - place)).toBe(distance);
      }),
    );
  });

  it("of any lines have each of their points", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const { x, ys } = aligned(lines);
        for (const [index, each] of lines.entries()) {
          const known = (ys[index] ?? []).flatMap((y, at) => (y === undefined ? [] : [[x[at], y]]));
          expect(known).toEqual([...each.x].map((place, at) => [place, Number.isNaN(each.y[at]) ? null : each.y[at]]));
        }
      }),
    );
  });
});
