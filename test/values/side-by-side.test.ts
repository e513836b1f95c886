/** Values of versions side by side. */
import { expect, it } from "vitest";
import { deltaWords, sideBySide } from "../../src/values/side-by-side.ts";

it("has every name once, with what each version has of it", () => {
  const records: Record<string, number | null>[] = [
    { lr: 1, b: null },
    { lr: 1, a: 2, b: null },
    JSON.parse('{"__proto__":1,"lr":1,"b":null}'),
  ];
  expect(sideBySide(records)).toEqual([
    { name: "__proto__", values: [undefined, undefined, 1], differs: true },
    { name: "a", values: [undefined, 2, undefined], differs: true },
    { name: "b", values: [null, null, null], differs: false },
    { name: "lr", values: [1, 1, 1], differs: false },
  ]);
});

it("says how a score stands to the first, by what its name means", () => {
  expect(deltaWords("accuracy", 0.5, 0.75)).toBe("+0.25, better");
  expect(deltaWords("loss", 0.5, 0.75)).toBe("+0.25, worse");
  expect(deltaWords("loss", 0.5, 0.5)).toBe("the same");
  expect(deltaWords("loss", undefined, 0.5)).toBe("");
});
