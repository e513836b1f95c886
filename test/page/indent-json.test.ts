/** JSON as a version's page shows it. */
import { expect, it } from "vitest";
import { indentJson } from "../../src/page/version/indent-json.ts";

it.each([
  [{}],
  [[]],
  [null],
  [{ a: [1, { b: '[,]{:}\\"' }, [], {}, [[]]], "": true, "\u2028": -1.5e-7 }],
  [[[[[1, 2], 3]], "x\\"]],
])("%j as it is usual", (value) => {
  expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
});

it.each([
  ["large numbers", '{"a": 12345678901234567890, "b": 1e400, "c": 1.0, "d": -0}'],
  ["names that come twice", '{"a": 1, "__proto__": 2, "a": 3}'],
  ["other spellings of a text", String.raw`["\u0041\/"]`],
])("%s as they are written", (_, text) => {
  expect(indentJson(text).replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
});

it.each([
  ["no JSON", '{"a": 1'],
  ["nothing", ""],
  ["what is deep and long", `${"[".repeat(900)}${"1,".repeat(120_000)}1${"]".repeat(900)}`],
  ["what is very deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
])("%s stays as it is", (_, text) => {
  expect(indentJson(text)).toBe(text);
});
