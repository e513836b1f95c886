/** Events judged by the policy of their time. */
import { expect, it } from "vitest";
import { type JudgedEvent, type PolicyState, refusedEvents } from "../../src/values/event-policy.ts";
import type { StageName } from "../../src/values/label.ts";
import { readRules } from "../../src/values/policy.ts";

const stage = "production" as StageName;
const policy = (time: number, metric: string): PolicyState => ({
  time,
  rules: readRules([{ key: "mvgit.stage.production.metric", value: metric, origin: "x" }], stage),
});
const event = (number: number, version: number | null, more: Partial<JudgedEvent> = {}): JudgedEvent => ({
  number,
  version,
  metrics: { accuracy: (version ?? 0) / 10 },
  time: number * 10,
  held: new Set(),
  least: -1,
  most: async () => null,
  ...more,
});
const refused = async (events: readonly JudgedEvent[], policies: readonly PolicyState[]): Promise<number[]> => [
  ...(await refusedEvents(events, policies)).keys(),
];

it("by its date, and a way back to what was let in", async () => {
  const policies = [policy(15, "accuracy>=0.5"), policy(35, "accuracy>=0.9")];
  expect(
    await refused([event(1, 1), event(2, 1), event(3, 6), event(4, 1), event(5, 6), event(6, 7)], policies),
  ).toEqual([6]);
  expect(await refused([event(1, 9), event(2, 2), event(3, 9), event(4, 2)], policies)).toEqual([2, 4]);
});

it("never by an older one than the event before, or the version's own history, had", async () => {
  const policies = [policy(15, "accuracy>=0.5")];
  expect(
    await refused([event(1, 1, { time: 5 }), event(2, 6, { time: 20 }), event(3, 2, { time: 6 })], policies),
  ).toEqual([3]);
  expect(await refused([event(1, 1, { time: 5, least: 0 })], policies)).toEqual([1]);
});

it(
  "by an older one where the branch told of the event before the rule came, but not than the version's own " +
    "history had",
  async () => {
    const policies = [policy(5, "accuracy>=0.1"), policy(10, "accuracy>=0.5")];
    expect(await refused([event(1, 2, { most: async () => 0 })], policies)).toEqual([]);
    expect(await refused([event(1, 2, { most: async () => 0, least: 1 })], policies)).toEqual([1]);
  },
);

it("not where the stage is emptied, the version is not known, or no policy could be read", async () => {
  expect(await refused([event(1, null), event(2, 1, { metrics: null })], [policy(0, "accuracy>=0.5")])).toEqual([]);
  expect(await refused([event(1, 1)], [{ time: 0, rules: null }])).toEqual([]);
});
