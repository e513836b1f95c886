import { expect, it } from "vitest";
import { prose } from "../../src/base/prose.ts";

it("a text over several lines of the source is one line", () => {
  expect(prose`
    kept as you changed it:
      a.bin
  `).toBe("kept as you changed it: a.bin");
  expect(prose`one line  stays  as it is`).toBe("one line  stays  as it is");
  expect(prose``).toBe("");
});

it("a break beside a value is one blank, and what the value holds stays", () => {
  expect(prose`${1}
    of ${"a\n  b"}
    ${" c "}`).toBe("1 of a\n  b  c ");
});
