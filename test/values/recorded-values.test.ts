import { describe, expect, it } from "vitest";
import { CURVES_CAP, RunLog } from "../../src/values/run-log.ts";
import { flatten, metricsOf, parseCsvMetrics, parseLooseJson } from "../../src/values/recorded-values.ts";

describe("settings and scores", () => {
  it("are made flat", () => {
    const value = JSON.parse(
      '{"a": {"b": {"c": 1}, "list": [1, {"x": 2}], "none": null}, "__proto__": {"evil": 1}, "t": true, ' +
        '"half": "\\ud800"}',
    ) as unknown;
    expect(Object.entries(flatten(value))).toEqual([
      ["a.b.c", 1],
      ["a.list", '[1,{"x":2}]'],
      ["a.none", null],
      ["__proto__.evil", 1],
      ["t", true],
      ["half", "\ufffd"],
    ]);
    expect(metricsOf({ a: Number.NaN, b: "-Infinity", c: "text", d: { e: 2 }, f: true, g: Infinity })).toEqual({
      a: "nan",
      b: "-inf",
      "d.e": 2,
      g: "inf",
    });
  });

  it("as Python writes JSON", () => {
    expect(parseLooseJson('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN Infinity"}')).toEqual({
      a: "nan",
      b: ["-inf", "inf"],
      c: "NaN Infinity",
    });
    expect(() => parseLooseJson('{"a": nope}')).toThrow(SyntaxError);
  });

  it("in the last row of a CSV", () => {
    expect(parseCsvMetrics('epoch,"val, loss",name\n1,0.5,x\n\n2,nan,y\n')).toEqual({ epoch: 2, "val, loss": "nan" });
    expect(parseCsvMetrics("a\tb\n1\t2\r\n")).toEqual({ a: 1, b: 2 });
    expect(parseCsvMetrics("only,header\n")).toBe(null);
    // As pandas writes it: the index has no name.
    expect(parseCsvMetrics(",loss,acc\n0,0.5,0.8\n1,,0.9\n")).toEqual({ acc: 0.9 });
    expect(parseCsvMetrics(",loss\n,0.5\n")).toEqual({ loss: 0.5 });
  });
});

describe("a log", () => {
  it("says of settings without names that they are none", () => {
    const log = new RunLog();
    for (const line of ['{"params": 42, "loss": 1}', '{"params": ["lr", 1]}']) log.add(line);
    expect([log.params, log.metrics, log.malformed]).toEqual([{}, { loss: 1 }, 0]);
    expect(log.lost).toEqual([{ name: "params", why: "has no names for its values" }]);
  });

  it("keeps the last of each score, its curve, and settings; counts what it cannot read", () => {
    const log = new RunLog();
    for (const line of [
      '{"step": 1, "loss": 2}',
      "",
      "nonsense",
      '{"params": {"a": {"b": 1}}}',
      '{"step": 2, "loss": 1, "note": "text"}',
      '{"epoch": 3}',
      "[]",
    ])
      log.add(line);
    expect([log.metrics, log.params, log.malformed, log.firstMalformed]).toEqual([{ loss: 1 }, { "a.b": 1 }, 2, 3]);
    expect(log.curves()).toBe('{"step":1,"loss":2}\n{"step":2,"loss":1}\n');
    expect(log.weights).toEqual([]);
  });

  it("of a log may name weights, each once; a number of that name is a score", () => {
    const log = new RunLog();
    for (const line of [
      '{"track": "a/w.pt"}',
      '{"track": "a/w.pt", "step": 1, "loss": 2}',
      '{"track": 3}',
      '{"track": ["x"]}',
      JSON.stringify({ track: "x".repeat(5000) }),
    ])
      log.add(line);
    for (let at = 0; at < 1500; at++) log.add(`{"track": "${at}"}`);
    expect(log.weights.slice(0, 3)).toEqual(["a/w.pt", "0", "1"]);
    expect(log.weights).toHaveLength(1000);
    expect(log.metrics).toEqual({ loss: 2, track: 3 });
    expect(log.lost.map(({ name, why }) => [name.slice(0, 5), why]).slice(0, 3)).toEqual([
      ["track", "is a list"],
      ["xxxxx", "is one of too many weights, or its name is too long"],
      ["999", "is one of too many weights, or its name is too long"],
    ]);
  });

  it("is thinned to its limit, and rare kinds of lines and the last one stay", () => {
    const log = new RunLog();
    for (let step = 0; step < 400_000; step++) {
      log.add(`{"step": ${step}, "loss": ${step / 7}}`);
      if (step % 100_000 === 0) log.add(`{"step": ${step}, "validation": 1}`);
    }
    const curves = log.curves() as string;
    expect(log.thinned).toBe(true);
    expect(curves.length).toBeLessThan(CURVES_CAP);
    expect(curves.length).toBeGreaterThan(CURVES_CAP / 4);
    expect(curves).toContain('{"step":0,"validation":1}');
    expect(curves.endsWith(`{"step":399999,"loss":${399_999 / 7}}\n`)).toBe(true);
  });
});
