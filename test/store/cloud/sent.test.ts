/** What a service confirms, held against what was sent. */
import { expect, it } from "vitest";
import { isConfirmed } from "../../../src/store/cloud/sent.ts";

const SENT = { name: "a", size: 3, sum: "AAAAAA==" };

it("is the sum, and the size where the service tells one", () => {
  for (const size of ["3", 3]) expect(isConfirmed(SENT, { sum: "AAAAAA==", size })).toBe(true);
  expect(isConfirmed(SENT, { sum: "AAAAAA==" })).toBe(true);
  for (const size of ["2", 4, undefined, null, ""]) expect(isConfirmed(SENT, { sum: "AAAAAA==", size })).toBe(false);
  for (const sum of ["BBBBBB==", undefined, null]) expect(isConfirmed(SENT, { sum, size: 3 })).toBe(false);
  expect(isConfirmed({ ...SENT, sum: null }, { sum: null, size: 3 })).toBe(false);
});
