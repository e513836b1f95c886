import { expect, it } from "vitest";
import { decodeSourceValue, encodeSourceValue } from "../../src/values/source-value.ts";

it.each([
  ["https://example.org/a?b=c d", "https://example.org/a?b=c d"],
  ["100%", "100%25"],
  ["a\nb\tc\0", "a%0Ab%09c%00"],
  ["\u0085é", "%C2%85é"],
  ["  x  ", "%20 x %20"],
])("%j is written %j", (text, value) => {
  expect(encodeSourceValue(text)).toBe(value);
  expect(decodeSourceValue(value)).toBe(text);
});

it("keeps a per cent sign that nobody encoded", () => expect(decodeSourceValue("50% of %zz %4")).toBe("50% of %zz %4"));
