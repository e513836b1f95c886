/** Curves as charts take them. */
import { describe, expect, it } from "vitest";
import { readCourse } from "../../src/values/course.ts";
import { readCurves } from "../../src/values/curves.ts";

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join("");

describe("curves", () => {
  it("are in the order of what every line of theirs counts", () => {
    const text = lines(
      '{"step":2,"epoch":1,"loss":0.5}',
      '{"step":1,"loss":1}',
      '{"epoch":1,"accuracy":0.9}',
      '{"epoch":2,"accuracy":0.95,"step":9}',
    );
    expect(readCurves(text)).toEqual({
      curves: [
        { name: "loss", by: "step", x: [1, 2], y: [1, 0.5], time: null },
        { name: "accuracy", by: "epoch", x: [1, 2], y: [0.9, 0.95], time: null },
      ],
      malformed: 0,
      left: 0,
    });
  });

  it("tell the epoch where every line of theirs says it, and steps besides", () => {
    const text = lines('{"step":10,"epoch":0.5,"loss":1}', '{"step":20,"epoch":1,"loss":2,"b":1}', '{"epoch":2,"b":2}');
    expect(readCurves(text).curves.map(({ by, epoch }) => [by, epoch])).toEqual([
      ["step", [0.5, 1]],
      ["epoch", undefined],
    ]);
  });

  it("count lines where a line says nothing", () => {
    expect(readCurves(lines('{"loss":3}', '{"loss":2,"step":7}')).curves).toEqual([
      { name: "loss", by: "line", x: [1, 2], y: [3, 2], time: null },
    ]);
  });

  it("have gaps where a value is no number, and are none without any number", () => {
    const text = lines(
      '{"step":1,"loss":NaN,"other":"nan"}',
      '{"step":2,"loss":1e999}',
      '{"step":3,"loss":0.5,"note":"good"}',
    );
    expect(readCurves(text).curves).toEqual([
      { name: "loss", by: "step", x: [1, 2, 3], y: [null, null, 0.5], time: null },
    ]);
    expect(readCourse(text, "loss")).toEqual({ course: { by: "step", points: [{ x: 3, y: 0.5 }] }, names: ["loss"] });
    expect(readCourse(text, "other")).toEqual({ course: null, names: ["loss"] });
  });

  it.each([
    ["seconds since 1970", '{"time":1700000001.5,"step":2,"loss":1}', '{"time":1700000000,"b":1}', 1.5],
    ["milliseconds since 1970", '{"time":1700000001500,"step":2,"loss":1}', '{"time":1700000000000,"b":1}', 1.5],
    ["seconds of the run", '{"time":1.5,"step":2,"loss":1}', '{"time":0.5,"b":1}', 1.5],
  ])("tell time from %s", (_, first, second, seconds) => {
    const [loss, b] = readCurves(lines(first, second)).curves;
    expect(loss).toMatchObject({ by: "step", x: [2], time: [seconds] });
    expect(b).toMatchObject({ by: "time", x: b?.time });
  });

  it("are read of anything, in bounds", () => {
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 1002 }, (_, at) => [`s${at}`, at])));
    const read = readCurves(lines("nonsense", "[1]", "", '{"__proto__":1,"step":1}', many));
    expect(read).toMatchObject({ malformed: 2, left: 3 });
    expect(read.curves).toHaveLength(1000);
    expect(read.curves[0]).toMatchObject({ name: "__proto__", by: "step", x: [1], y: [1] });
    expect(readCurves("")).toEqual({ curves: [], malformed: 0, left: 0 });
  });
});
