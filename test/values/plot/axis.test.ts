import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elapsedText, quantile, rangeOf, ticks, tickText } from "../../../src/values/plot/axis.ts";
import { groupScores } from "../../../src/values/plot/groups.ts";

const plain = { log: false, clip: false };

describe("an axis", () => {
  it("reaches over all values, finite ones", () => {
    expect(
      rangeOf(
        [
          [1, NaN, 2],
          [Infinity, 3],
        ],
        plain,
      ),
    ).toEqual([1 - 0.08, 3 + 0.08]);
    expect(rangeOf([[]], plain)).toBeNull();
    expect(rangeOf([[0, -1]], { log: true, clip: false })).toBeNull();
    expect(rangeOf([[5]], plain)).toEqual([4.8, 5.2]);
    expect(rangeOf([[0]], plain)).toEqual([-1, 1]);
  });

  it("of any numbers has two finite ends that hold them", () => {
    const list = fc.array(fc.double(), { minLength: 1 });
    fc.assert(
      fc.property(list, fc.boolean(), (values, log) => {
        const known = values.filter((each) => Number.isFinite(each) && (!log || each > 0));
        const range = rangeOf([values], { log, clip: false });
        if (known.length === 0) {
          expect(range).toBeNull();
          return;
        }
        const [low, high] = range as [number, number];
        expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
        expect(low).toBeLessThanOrEqual(Math.min(...known));
        expect(high).toBeGreaterThanOrEqual(Math.max(...known));
      }),
    );
  });

  it("passes over outliers where it is asked to", () => {
    const values = [...Array.from({ length: 99 }, (_, at) => at), 1e9];
    const [, high] = rangeOf([values], { log: false, clip: true }) as [number, number];
    expect(high).toBeLessThan(110);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  });

  it("has round ticks", () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([0.11, 0.34], 4)).toEqual([0.2, 0.3]);
    expect(ticks([1e-5, 2], 8, true)).toEqual([1e-5, 1e-4, 0.001, 0.01, 0.1, 1]);
    expect(ticks([0.3, 0.5], 4, true)).toEqual([0.3, 0.35, 0.4, 0.45, 0.5]);
    expect(ticks([3, 3], 4)).toEqual([3]);
  });

  it("has few ticks, ascending and between its ends, whatever these are", () => {
    const end = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
    fc.assert(
      fc.property(end, end, fc.boolean(), (a, b, log) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const found = ticks([low, high], 6, log);
        expect(found.length).toBeLessThanOrEqual(14);
        for (const each of found) expect(Number.isFinite(each)).toBe(true);
        expect(found).toEqual([...new Set(found)].toSorted((x, y) => x - y));
      }),
    );
  });

  it("says its ticks shortly", () => {
    expect([0, 0.25, 12_000, 1_500_000, 1e-7, -2.5e16, 1234].map(tickText)).toEqual([
      "0",
      "0.25",
      "12k",
      "1.5M",
      "1e-7",
      "-2.5e16",
      "1234",
    ]);
    expect([0.5, 45, 125, 11_400, 187_200].map(elapsedText)).toEqual([
      "0.5 s",
      "45 s",
      "2:05 min",
      "3:10 h",
      "2 d 4 h",
    ]);
  });
});

describe("scores of one chart", () => {
  it("are the same quantity of parts of the data", () => {
    expect(groupScores(["train/loss", "accuracy", "val_loss", "loss", "f1/test", "lr", "train_f1"])).toEqual([
      { title: "loss", names: ["train/loss", "val_loss", "loss"] },
      { title: "accuracy", names: ["accuracy"] },
      { title: "f1", names: ["f1/test", "train_f1"] },
      { title: "lr", names: ["lr"] },
    ]);
    expect(groupScores(["train", "val/acc"])).toEqual([
      { title: "train", names: ["train"] },
      { title: "val/acc", names: ["val/acc"] },
    ]);
  });
});
