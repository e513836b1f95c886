import { expect, it } from "vitest";
import { anyOf, words } from "../../src/base/words.ts";

it("a list over several lines is its words", () => {
  expect(
    words(`
      --one -o
      --two
    `),
  ).toEqual(["--one", "-o", "--two"]);
  expect(words("alone")).toEqual(["alone"]);
});

it("patterns keep their backslashes, and any of them is one pattern", () => {
  expect(anyOf`
    \w+\.pyc  __pycache__
    a?
  `).toBe(String.raw`(?:\w+\.pyc|__pycache__|a?)`);
});
