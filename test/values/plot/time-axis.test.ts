import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeText, timeTexts, timeTicks } from "../../../src/values/plot/time-axis.ts";

const texts = (from: string, to: string, count = 4): string[] =>
  timeTexts(timeTicks([Date.parse(from), Date.parse(to)], count));

describe("a time axis", () => {
  it("has round times that say what tells them apart", () => {
    expect(texts("2026-03-03T10:02:00Z", "2026-03-03T10:21:00Z")).toEqual(["10:05", "10:10", "10:15", "10:20"]);
    expect(texts("2026-03-03T20:00:00Z", "2026-03-04T13:00:00Z")).toEqual(["2026-03-04", "06:00", "12:00"]);
    expect(texts("2026-01-15T00:00:00Z", "2026-05-02T00:00:00Z")).toEqual(["2026-02", "2026-03", "2026-04", "2026-05"]);
    expect(texts("2019-06-01T00:00:00Z", "2026-05-02T00:00:00Z")).toEqual(["2020", "2022", "2024", "2026"]);
    expect(timeText(Date.parse("2026-03-03T10:02:33Z"))).toBe("2026-03-03 10:02");
  });

  it("has few, ascending and between its ends, whatever these are", () => {
    const end = fc.oneof(fc.integer(), fc.maxSafeInteger());
    fc.assert(
      fc.property(end, end, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const found = timeTicks([low, high], 6);
        expect(found.length).toBeLessThanOrEqual(14);
        for (const each of found) expect(each >= low && each <= high).toBe(true);
        expect(found).toEqual(found.toSorted((x, y) => x - y));
        timeTexts(found);
      }),
    );
  });
});
