/** Amounts of bytes, as people type them. */
import { expect, it } from "vitest";
import { parseAmount } from "../../src/values/amount.ts";

it.each([
  ["5MB", 5_000_000],
  ["5MiB", 5_242_880],
  ["5m", 5_242_880],
  ["1.5g", 1_610_612_736],
  ["4096", 4096],
  ["1 kB", 1000],
  ["", null],
  ["-1", null],
  ["5 X", null],
  ["1e9", null],
])("%j bytes are %j", (text, bytes) => {
  expect(parseAmount(text)).toBe(bytes);
});
