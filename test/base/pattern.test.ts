import { expect, it } from "vitest";
import { pattern } from "../../src/base/pattern.ts";

it("a line break and the blanks around it stand for nothing, blanks within a line count", () => {
  const found = pattern("i")`
    ^(?:
      no such file|
      \d+ bytes
    )$`;
  expect(found.source).toBe(String.raw`^(?:no such file|\d+ bytes)$`);
  expect(found.flags).toBe("i");
});

it("parts stand as they are", () => {
  const part = String.raw`[^\s]+`;
  expect(pattern()`^${part}$`.source).toBe(String.raw`^[^\s]+$`);
});
