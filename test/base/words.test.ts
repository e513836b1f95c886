import { expect, it } from "vitest";
import { words } from "../../src/base/words.ts";

it("a list over several lines is its words", () => {
  expect(
    words(`
      --one -o
      --two
    `),
  ).toEqual(["--one", "-o", "--two"]);
  expect(words("alone")).toEqual(["alone"]);
});
