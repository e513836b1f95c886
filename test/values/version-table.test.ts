/** Tables of versions: columns, orders, and what varies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naturalCompare } from "../../src/values/natural-order.ts";
import { columnsOf, isColumn } from "../../src/values/version-columns.ts";
import type { VersionLine } from "../../src/values/version-line.ts";
import { formatNames, formatSort, namesIn, parseSort } from "../../src/values/version-order.ts";
import {
  cellText,
  chosenColumns,
  formatAge,
  tableOf,
  usualColumns,
  varyingSettings,
  viewOf,
} from "../../src/values/version-table.ts";
import { someLine } from "../support/version-lines.ts";

const NOW = Date.parse("2026-03-10T12:00:00Z");

/** The numbers of the versions in the order of a view. */
function order(lines: readonly VersionLine[], view: Parameters<typeof viewOf>[1]): number[] | string {
  const viewed = viewOf(lines, view, { now: NOW });
  return viewed.kind === "view" ? viewed.lines.map(({ version }) => version) : viewed.problem.message;
}

describe("columns", () => {
  it("are found by their shortest clear names, and by longer ones", () => {
    const lines = [
      someLine({
        metrics: { accuracy: 1, size: 2, both: 3, Case: 4, case: 5 },
        params: { both: 1, lr: 2, "metric.x": 3 },
      }),
    ];
    const columns = columnsOf(lines, { now: NOW });
    const idOf = (name: string) => {
      const found = columns.find(name);
      return isColumn(found) ? found.id : null;
    };
    expect(
      [
        "accuracy",
        "Metric.Accuracy",
        "metrics.accuracy",
        "size",
        "metric.size",
        "lr",
        "PARAM.LR",
        "both",
        "stages",
      ].map(idOf),
    ).toEqual([
      "metric.accuracy",
      "metric.accuracy",
      "metric.accuracy",
      "size",
      "metric.size",
      "param.lr",
      "param.lr",
      null,
      "stage",
    ]);
    expect(["Case", "case", "CASE", "metric.x", "param.metric.x", "param.accuracy", ""].map(idOf)).toEqual([
      "metric.Case",
      "metric.case",
      null,
      "param.metric.x",
      "param.metric.x",
      null,
      null,
    ]);
    expect(columns.all.filter(({ kind }) => kind === "score" || kind === "setting").map(({ title }) => title)).toEqual([
      ...["accuracy", "metric.size", "metric.both", "Case", "case", "param.both", "lr", "metric.x"],
    ]);
  });

  it("are found again by title and by id, whatever scores and settings are called", () => {
    const name = fc.oneof(
      fc.constantFrom("size", "metric.a", "a", "A", "param.a", "__proto__", "constructor", "metric.metric.a", "param."),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.uniqueArray(name), (metrics, params) => {
        const entries = (names: string[]) => Object.fromEntries(names.map((each) => [each, 1]));
        const columns = columnsOf([someLine({ metrics: entries(metrics), params: entries(params) })], { now: NOW });
        for (const column of columns.all) {
          expect(columns.find(column.title)).toBe(column);
          expect(columns.find(column.id)).toBe(column);
        }
      }),
    );
  });

  it("have values as people and as programs read them", () => {
    const line = someLine({
      time: "2026-03-07T13:05:59+02:00",
      metrics: { accuracy: 0.912_345, loss: "nan", count: 3 },
      params: { lr: 0.001, name: "x", on: true, none: null },
      stages: ["a", "b"],
      seconds: 3725,
      size: 2048,
      from: 1,
      signed: true,
    });
    const columns = columnsOf([line], { now: NOW });
    const names = "label,time,age,duration,size,from,signed,stage,accuracy,loss,count,lr,name,on,none,message,commit";
    const chosen = chosenColumns(names, columns);
    if (chosen.kind === "problem") throw new Error(chosen.problem.message);
    expect(chosen.columns.map((column) => cellText(line, column))).toEqual([
      ...["spam@v1", "2026-03-07 11:05", "3 days", "1 h 2 min", "2.0 KiB", "v1", "yes", "a, b"],
      ...["0.9123", "nan", "3", "0.001", "x", "true", "", "", "cccccccccc"],
    ]);
    expect(tableOf([line], chosen.columns).rows[0]?.slice(0, 10)).toEqual([
      ...["spam@v1", "2026-03-07T13:05:59+02:00", NOW - Date.parse(line.time), 3725, 2048, 1, true, ["a", "b"]],
      ...[0.912_345, Number.NaN],
    ]);
    expect(chosenColumns("label,nothing", columns)).toMatchObject({
      problem: { message: "no version here has 'nothing'" },
    });
    expect([0, -5, 59_999, 60_000, 7_200_000, 10 * 86_400_000, 800 * 86_400_000].map(formatAge)).toEqual([
      ...["now", "now", "now", "1 minute", "2 hours", "1 week", "2 years"],
    ]);
  });
});

describe("an order", () => {
  const lines = [
    someLine({ version: 1, metrics: { accuracy: 0.5, loss: 1 }, params: { name: "run10" } }),
    someLine({ version: 2, metrics: { accuracy: 0.9, loss: "nan" }, params: { name: "Run2" } }),
    someLine({ version: 3, metrics: { loss: 0.2 }, params: { name: 7 } }),
    someLine({ version: 4, metrics: { accuracy: 0.9, loss: "inf" } }),
  ];

  it.each<[string, number[]]>([
    ["", [1, 2, 3, 4]],
    ["accuracy", [2, 4, 1, 3]],
    ["-accuracy", [2, 4, 1, 3]],
    ["+accuracy", [1, 2, 4, 3]],
    ["loss", [3, 1, 4, 2]],
    ["-loss", [4, 1, 3, 2]],
    ["accuracy,-version", [4, 2, 1, 3]],
    ["name", [3, 2, 1, 4]],
    ["-name", [3, 1, 2, 4]],
    ["version", [4, 3, 2, 1]],
    ["message,+version", [1, 2, 3, 4]],
  ])("by '%s'", (sort, versions) => {
    expect(order(lines, { sort })).toEqual(versions);
  });

  it("is turned without what has no value coming first", () => {
    expect(order(lines, { sort: "accuracy", reverse: true })).toEqual([1, 2, 4, 3]);
    expect(order(lines, { reverse: true })).toEqual([4, 3, 2, 1]);
    expect(order(lines, { sort: "accuracy", where: "loss exists and version < 3" })).toEqual([2, 1]);
    expect(order(lines, { sort: "acuracy" })).toBe("no version here has 'acuracy'");
  });

  it("is read as it was written, whatever the names", () => {
    const name = fc.string({ minLength: 1, maxLength: 6 }).filter((each) => each.trim() !== "" && !/^[-+]/.test(each));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.boolean()), { maxLength: 5, selector: ([each]) => each }),
        (keys) => {
          const metrics = Object.fromEntries(keys.map(([each]) => [each, 1]));
          const columns = columnsOf([someLine({ metrics })], { now: NOW });
          const wanted = keys.flatMap(([each, isDescending]) => {
            const column = columns.find(`metric.${each}`);
            return isColumn(column) ? [{ column, isDescending }] : [];
          });
          expect(parseSort(formatSort(wanted), columns)).toEqual({ kind: "keys", keys: wanted });
          expect(namesIn(formatNames(keys.map(([each]) => each)))).toEqual(keys.map(([each]) => each));
        },
      ),
    );
  });

  it("of names is natural, and one order", () => {
    const text = fc.stringMatching(/^[aB0-9_]{0,6}$/);
    expect(["v10", "v9", "V9", "v09", "b", "a1b2", "a1b10"].sort(naturalCompare)).toEqual([
      ...["a1b2", "a1b10", "b", "V9", "v9", "v09", "v10"],
    ]);
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(naturalCompare(a, b)) + Math.sign(naturalCompare(b, a))).toBe(0);
        expect(naturalCompare(a, b) === 0).toBe(a === b);
        if (naturalCompare(a, b) <= 0 && naturalCompare(b, c) <= 0) expect(naturalCompare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("settings that vary", () => {
  it("are those in which two versions of one model differ", () => {
    const line = (model: string, params: VersionLine["params"]) => someLine({ model, params });
    expect(varyingSettings([])).toEqual([]);
    expect(varyingSettings([line("a", { lr: 1, seed: 1 }), line("a", { lr: 1, seed: 2 })])).toEqual(["seed"]);
    expect(varyingSettings([line("a", { lr: 1 }), line("b", { lr: 2, k: 1 })])).toEqual([]);
    expect(
      varyingSettings([line("a", { lr: 1 }), line("a", {}), line("b", { k: 1 }), line("b", { k: 1, z: 0 })]),
    ).toEqual([...["lr", "z"]]);
  });

  it("stand in a table by themselves, with the scores that most have", () => {
    const lines = [
      someLine({ metrics: { a: 1, b: 1 }, params: { lr: 1, same: 0 } }),
      someLine({ metrics: { b: 2, c: 1, d: 1, e: 1, f: 1 }, params: { lr: 2, same: 0 } }),
    ];
    const columns = usualColumns(lines, columnsOf(lines, { now: NOW }));
    expect(columns.map(({ title }) => title)).toEqual([
      ...["label", "time", "b", "a", "c", "d", "lr", "stage", "message"],
    ]);
  });
});

describe("5,000 versions", () => {
  it("are filtered and sorted at once", () => {
    const lines = Array.from({ length: 5000 }, (_, index) =>
      someLine({
        version: index + 1,
        message: `run ${(index * 7919) % 5000} of the grid`,
        metrics: { accuracy: Math.sin(index), loss: Math.cos(index) },
        params: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`p${at}`, (index * at) % 7])),
        stages: index % 100 === 0 ? ["production"] : [],
      }),
    );
    const columns = columnsOf(lines, { now: NOW });
    const took = ["accuracy,-loss", "message", "p3,-message,version", ""].map((sort) => {
      const before = performance.now();
      viewOf(lines, { sort, where: "accuracy > -0.9 and (p3 < 6 or stage = production)" }, { now: NOW, columns });
      return performance.now() - before;
    });
    // 30 ms on a quiet machine; what is held here is that nobody makes it square.
    expect(Math.max(...took)).toBeLessThan(500);
  });
});
