/** What a stage held when, how its moves came about, and what of 20,000 of them is drawn. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  barsOf,
  heldAt,
  heldDuring,
  kindsOf,
  type Move,
  movesByStage,
  periodsOf,
  rowOf,
  stretchesOf,
} from "../../src/values/stage-times.ts";

const at = (minutes: number): string => new Date(Date.UTC(2026, 2, 1) + minutes * 60_000).toISOString();
/** Moves to these versions, one a minute. */
const moves = (...versions: (number | null)[]): Move[] =>
  versions.map((version, index) => ({
    stage: "production",
    event: index + 1,
    version,
    before: versions[index - 1] ?? null,
    time: at(index),
  }));

describe("moves of a stage", () => {
  it("are put by stage and number, whatever the clock said", () => {
    const [first, second] = moves(1, 2) as [Move, Move];
    const late = { ...first, time: at(99) };
    const other = { ...first, stage: "canary" };
    expect([...movesByStage([second, other, late])]).toEqual([
      ["canary", [other]],
      ["production", [late, second]],
    ]);
  });

  it("tell what was held when, and nothing before the first", () => {
    const all = moves(1, 2, null);
    expect(heldAt(all, Date.parse(at(-1)))).toBe(null);
    expect([0, 0.5, 1, 1.5, 2, 99].map((each) => heldAt(all, Date.parse(at(each)))?.event)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(stretchesOf(all).map(({ version, to }) => [version, to?.event])).toEqual([
      [1, 2],
      [2, 3],
      [null, undefined],
    ]);
    expect(periodsOf(moves(1, 2, 1), 1).map(({ from, to, stage }) => [stage, from.event, to?.event])).toEqual([
      ["production", 1, 2],
      ["production", 3, undefined],
    ]);
  });

  it("tell what was held on a day on which it was moved", () => {
    const { held, before, within } = heldDuring(moves(1, 2, 3, 4), {
      from: Date.parse(at(0.5)),
      to: Date.parse(at(2.5)),
    });
    expect([before?.event, within.map(({ event }) => event), held?.event]).toEqual([1, [2, 3], 3]);
    expect(heldDuring(moves(1), { from: 0, to: 1 })).toEqual({ held: null, before: null, within: [] });
  });

  it("know a step back from a step to something older", () => {
    expect(kindsOf(moves(1, 2, 1))).toEqual(["first", "forward", "back"]);
    // Going back twice goes two versions back.
    expect(kindsOf(moves(1, 2, 3, 2, 1))).toEqual(["first", "forward", "forward", "back", "back"]);
    expect(kindsOf(moves(1, 2, 3, 1, 1))).toEqual(["first", "forward", "forward", "older", "same"]);
    expect(kindsOf(moves(1, null, 2, null))).toEqual(["first", "emptied", "first", "emptied"]);
  });
});

describe("a row of the time line", () => {
  const from = Date.parse(at(0));
  const to = Date.parse(at(100));

  it("draws each stretch that is wide enough, within the time that is seen", () => {
    const row = rowOf(
      [0, 50, 90].map((minute, index) => ({ ...(moves(1)[0] as Move), event: index + 1, time: at(minute) })),
    );
    const seen = (window: { from: number; to: number }) =>
      barsOf(row, { ...window, width: 100, now: to }).map(({ x, width }) => [x, width]);
    expect(seen({ from, to })).toEqual([
      [0, 50],
      [50, 40],
      [90, 10],
    ]);
    expect(seen({ from: Date.parse(at(60)), to: Date.parse(at(80)) })).toEqual([[0, 100]]);
    expect(seen({ from: Date.parse(at(-20)), to: Date.parse(at(-10)) })).toEqual([]);
  });

  it("draws moves of the very moment in which the window begins, and none that ended there", () => {
    const row = rowOf(
      [0, 50, 50].map((minute, index) => ({ ...(moves(1)[0] as Move), event: index + 1, time: at(minute) })),
    );
    const bars = barsOf(row, { from: Date.parse(at(50)), to, width: 100, now: to });
    expect(bars.map(({ x, width, count, stretch }) => [x, width, count, stretch.to])).toEqual([[0, 100, 2, null]]);
  });

  it("never draws more than there is room for, loses none, and keeps them in order", () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 10, max: 90 }), (times, width) => {
        const row = rowOf(
          times.map((minute, index) => ({ ...(moves(1)[0] as Move), event: index + 1, time: at(minute) })),
        );
        const bars = barsOf(row, { from, to, width, now: to });
        expect(bars.length).toBeLessThanOrEqual(width / 3 + 2);
        expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(times.length);
        expect(bars.at(-1)?.stretch.to).toBe(null);
        for (const [index, bar] of bars.entries()) {
          const next = bars[index + 1];
          if (next) expect(bar.x + bar.width).toBeLessThanOrEqual(next.x + 1e-6);
        }
      }),
    );
  });
});
