import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StageName } from "../../src/values/label.ts";
import { brokenRule, readRules, type Rule } from "../../src/values/policy.ts";

const production = "production" as StageName;
const rules = (...settings: [kind: string, value: string][]): Rule[] =>
  readRules(
    settings.map(([kind, value]) => ({ key: `mvgit.stage.production.${kind}`, value, origin: "here" })),
    production,
  );
const reasons = (
  all: readonly Rule[],
  metrics: Parameters<typeof brokenRule>[1]["metrics"],
  ...held: string[]
): (string | null)[] => all.map((rule) => brokenRule(rule, { metrics, held: new Set(held) }));

describe("a stage's policy", () => {
  it("wants stages that the version was in, and scores", () => {
    const all = rules(["requires", "staging, canary"], ["metric", "accuracy >= 0.95,loss<0.2"]);
    expect(all).toHaveLength(4);
    expect(reasons(all, { accuracy: 0.95, loss: 0.1 }, "staging", "canary")).toEqual([null, null, null, null]);
    expect(reasons(all, { accuracy: 0.94 }, "canary")).toEqual([
      "it was never in 'staging'",
      null,
      "its accuracy is 0.94",
      "it has no score 'loss'",
    ]);
  });

  it("takes no score that is no number, and none that an object has by itself", () => {
    expect(reasons(rules(["metric", "loss<1,constructor>0,x>0"]), { loss: "nan", x: "inf" })).toEqual([
      "its loss is nan",
      "it has no score 'constructor'",
      "its x is inf",
    ]);
  });

  it("holds for its own stage alone, and each rule once whoever says it", () => {
    expect(readRules([{ key: "mvgit.stage.staging.metric", value: "a>1", origin: "x" }], production)).toEqual([]);
    expect(rules(["metric", "a>1"], ["metric", "a>1, a>2"]).map(({ text }) => text)).toEqual([
      "mvgit.stage.production.metric = a>1",
      "mvgit.stage.production.metric = a>2",
    ]);
  });

  it.each([
    ["metric", "accuracy"],
    ["metric", "accuracy>=high"],
    ["metric", ">=1"],
    ["metric", "a>=1e"],
    ["metric", "a=>1"],
    ["requires", "../x"],
    ["requires", "a b"],
  ])("refuses %s = %s", (kind, value) => {
    expect(() => rules([kind, value])).toThrow(expect.objectContaining({ code: "setting-invalid" }));
  });

  it("compares as the operator says", () => {
    const holds: Record<string, (a: number, b: number) => boolean> = {
      ">=": (a, b) => a >= b,
      "<=": (a, b) => a <= b,
      ">": (a, b) => a > b,
      "<": (a, b) => a < b,
      "==": (a, b) => a === b,
      "!=": (a, b) => a !== b,
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(holds)),
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: -3, max: 3 }),
        (operator, value, bound) => {
          expect(reasons(rules(["metric", `m${operator}${bound}`]), { m: value })[0] === null).toBe(
            holds[operator]?.(value, bound),
          );
        },
      ),
    );
  });
});
