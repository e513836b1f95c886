/** Times as people read them. */
import { afterEach, expect, test } from "vitest";
import { minuteOf } from "../../src/values/local-minute.ts";

const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

test("a time is told in the zone of whoever reads it, whichever it was written in", () => {
  const times = ["2026-11-28T23:01:36.656Z", "2026-11-29T00:01:36+01:00"];
  for (const [reader, text] of [
    ["UTC", "2026-11-28 23:01"],
    ["America/New_York", "2026-11-28 18:01"],
    ["Asia/Kathmandu", "2026-11-29 04:46"],
  ] as const) {
    process.env["TZ"] = reader;
    expect(times.map(minuteOf)).toEqual([text, text]);
  }
});

test("what is no time stays what it is", () => {
  expect(minuteOf("some day")).toBe("some day");
});
