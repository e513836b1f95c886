import { describe, expect, it } from "vitest";
import { checkPlaces, combinationsOf, filled, parseGrid, settingsOf, tellGrid } from "../../src/values/grid.ts";

describe("a grid", () => {
  it("is every combination, the last name changing fastest", () => {
    const grid = parseGrid(["lr=0.1,1e-3", "net.depth=3,a\\,b"]);
    expect(tellGrid(grid)).toBe("lr=0.1,1e-3 x net.depth=3,a,b");
    expect(combinationsOf(grid).map((each) => Object.values(each).join(" "))).toEqual([
      "0.1 3",
      "0.1 a,b",
      "1e-3 3",
      "1e-3 a,b",
    ]);
    expect(settingsOf({ lr: "1e-3", on: "true", name: "007", big: "12345678901234567890" })).toEqual({
      lr: 0.001,
      on: true,
      name: "007",
      big: "12345678901234567890",
    });
  });

  it.each([
    [["lr"], "'lr' is no line of a grid"],
    [["=1"], "'=1' is no line"],
    [["lr=1", "lr=2"], "'lr' twice"],
    [["lr=1,,2"], "empty value"],
    [["lr=1,2,1"], "'1' twice"],
    [
      ["a=1,2,3,4,5,6,7,8,9,10,11", "b=1,2,3,4,5,6,7,8,9,10", "c=1,2,3,4,5,6,7,8,9,10"],
      "1,100 combinations, more than the 1,000",
    ],
  ])("%j is refused", (typed, why) => {
    expect(() => parseGrid(typed)).toThrow(why);
  });
});

describe("places in a command", () => {
  const grid = parseGrid(["lr=0.1,0.2"]);

  it("are filled in every word, and other braces are the command's own", () => {
    expect(filled(["--lr={lr}", "{lr}{lr}", '{"a":{"b":1}}', "{{lr}}", "{}", "$1 {1}"], { lr: "$&0.1" })).toEqual([
      "--lr=$&0.1",
      "$&0.1$&0.1",
      '{"a":{"b":1}}',
      "{lr}",
      "{}",
      "$1 {1}",
    ]);
  });

  it("fit the grid, or nothing is run", () => {
    expect(() => checkPlaces(["x", "{lr}", "{{other}}"], grid)).not.toThrow();
    expect(() => checkPlaces(["x", "{{lr}}"], grid)).toThrow("no '{lr}'");
    expect(() => checkPlaces(["x", "{lr}", "{depth}"], grid)).toThrow("the grid no 'depth'");
    expect(() => checkPlaces(["{lr}", "{__proto__}"], grid)).toThrow("the grid no '__proto__'");
  });
});
