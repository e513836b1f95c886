/** When gc of a remote stops, whatever is done to its clock. */
import { afterEach, expect, it, vi } from "vitest";
import { GC_LIFE, MARK_LIFE } from "../../src/base/times.ts";
import { afterLife } from "../../src/care/gc-remote/mark.ts";

afterEach(() => vi.useRealTimers());

it.each([
  ["goes on as it should", GC_LIFE + 1, 0],
  ["was set back meanwhile", GC_LIFE + 1, -MARK_LIFE],
  ["stood still with the machine, but for the day that it shows now", 0, GC_LIFE + 1],
])("half an hour is over on a machine whose clock %s", (_, passed, set) => {
  vi.useFakeTimers({ toFake: ["performance"] });
  let wall = 1_800_000_000_000;
  const clock = { now: () => wall, sleep: async () => undefined, random: () => 0 };
  const isOver = afterLife(clock);
  expect(isOver()).toBe(false);
  vi.advanceTimersByTime(passed);
  wall += passed + set;
  expect(isOver()).toBe(true);
});
