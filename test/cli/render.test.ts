import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCount, formatDuration, formatSize, plural } from "../../src/cli/render/numbers.ts";
import { makeStyle, wantsColor } from "../../src/cli/render/style.ts";
import { columnsOf } from "../../src/cli/render/columns.ts";
import { table } from "../../src/cli/render/table.ts";
import { wrap, wrapWords } from "../../src/cli/render/wrap.ts";

describe("numbers", () => {
  test.each([
    [0, "0 B"],
    [1, "1 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [99.9 * 1024, "99.9 KiB"],
    [99.96 * 1024, "100 KiB"],
    [1024 * 1024 - 1, "1.0 MiB"],
    [512 * 2 ** 20, "512 MiB"],
    [2 * 2 ** 30, "2.0 GiB"],
    [2 ** 53, "8.0 PiB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  test("a size never takes more than 8 columns", () => {
    fc.assert(fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => formatSize(bytes).length <= 8));
  });

  test("counts, plurals, durations", () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([plural(1, "file"), plural(0, "file"), plural(2000, "entry", "entries")]).toEqual([
      "1 file",
      "0 files",
      "2,000 entries",
    ]);
    expect([0.2, 59, 60, 125, 3599.7, 4320].map(formatDuration)).toEqual([
      "0 s",
      "59 s",
      "1 min 0 s",
      "2 min 5 s",
      "1 h 0 min",
      "1 h 12 min",
    ]);
  });
});

describe("tables", () => {
  test("line up, numbers to the right", () => {
    const rows = [
      ["weights.bin", "2.0 GiB"],
      ["a", "12 B"],
    ];
    expect(table(rows, [{ cut: true }, { align: "right" }])).toBe("weights.bin  2.0 GiB\na               12 B");
  });

  test("cut the middle of the column that may be cut, and count wide letters as two", () => {
    const rows = [
      ["data/images/2024/summer/holiday/0001.png", "12 B"],
      ["数据/图片.png", "1.0 KiB"],
    ];
    expect(table(rows, [{ cut: true }, { align: "right" }], 30)).toMatchInlineSnapshot(`
      "data/image…y/0001.png     12 B
      数据/图片.png          1.0 KiB"
    `);
  });

  test("a letter takes one column or two, whatever it is made of", () => {
    expect(["a", "ä", "a\u0308", "ไ", "图", "𠀀", "❤️", "👩‍🔬", "🇺🇳", "…"].map(columnsOf)).toEqual([
      1, 1, 1, 1, 2, 2, 2, 2, 2, 1,
    ]);
  });

  test("stay within the width whatever the names are", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 120 }).filter((text) => !/\p{C}/u.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.nat().map(formatSize)), { minLength: 1 }), (rows) => {
        for (const line of table(rows, [{ cut: true }, { align: "right" }], 80).split("\n")) {
          expect(columnsOf(line)).toBeLessThanOrEqual(80);
        }
      }),
    );
  });

  test("styled cells take the room of their plain text", () => {
    const style = makeStyle({ color: true });
    expect(
      table(
        [
          [["ab", style.good("ab")], "x"],
          ["abcd", "y"],
        ],
        [{}, {}],
      ),
    ).toBe(`${style.good("ab")}    x\nabcd  y`);
  });
});

test("colours are used on a capable terminal whose user wants them", () => {
  expect(wantsColor("auto", true, {})).toBe(true);
  expect(wantsColor("auto", false, {})).toBe(false);
  expect(wantsColor("auto", true, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColor("auto", true, { NO_COLOR: "" })).toBe(true);
  expect(wantsColor("auto", true, { TERM: "dumb" })).toBe(false);
  expect(wantsColor("always", false, { NO_COLOR: "1" })).toBe(true);
  expect(makeStyle({ color: false }).bad("x")).toBe("x");
});

describe("wrapping", () => {
  test("an empty line of the source ends a line, every other break is a blank", () => {
    const text = `
      Copies what the pointers
      need. The work tree

      stays as it is.
    `;
    expect(wrap(text, 80)).toEqual(["Copies what the pointers need. The work tree", "stays as it is."]);
    expect(wrap(text, 20)).toEqual(["Copies what the", "pointers need. The", "work tree", "stays as it is."]);
  });

  test("no word is lost or cut, and no line is longer than it may be but for a word", () => {
    const words = fc.array(fc.stringMatching(/^[a-z\u3042]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (all, width) => {
        const lines = wrapWords(all, width, { first: "- ", next: "  " });
        expect(lines.flatMap((line) => line.slice(2).split(" "))).toEqual(all);
        for (const line of lines) expect(columnsOf(line) <= width || !line.slice(2).includes(" ")).toBe(true);
      }),
    );
  });
});
