/** CSV as people look at it. */
import { describe, expect, it } from "vitest";
import { csvTable } from "../../src/values/csv-table.ts";

const whole = { isWhole: true };

describe("a table", () => {
  it.each([
    ["a,b\n1,2\n", [["1", "2"]]],
    ['\ufeffa,b\r\n"x, ""y""\n",2', [['x, "y"\n', "2"]]],
    ["a,b\n\n1,\n", [["1", ""]]],
    ["a,b\n,\n", [["", ""]]],
    ["a\tb\n1\t2", [["1", "2"]]],
    ["a;b\n1;2", [["1", "2"]]],
    ['a,b\n"never closed,2\n3,4', [["never closed,2\n3,4"]]],
    ['a,b\n"x"y,2', [["x", "2"]]],
  ])("of %j", (text, rows) => {
    const table = csvTable(text, whole);
    expect([table.head, table.rows]).toEqual([["a", "b"], rows]);
    expect(table.isCut).toEqual({ rows: false, columns: false });
  });

  it("is cut in rows, columns and cells, and leaves out the part of a line", () => {
    const wide = Array.from({ length: 60 }, (_, at) => at).join(",");
    const long = csvTable(`${wide}\n${"x".repeat(1000)}\n${"1,2\n".repeat(1000)}`, whole);
    expect([long.head.length, long.rows.length, long.rows[0]?.[0]?.length]).toEqual([50, 200, 500]);
    expect(long.isCut).toEqual({ rows: true, columns: true });
    expect(csvTable("a,b\n1,2\n3,", { isWhole: false })).toMatchObject({ rows: [["1", "2"]], isCut: { rows: true } });
    expect(csvTable("", whole)).toMatchObject({ head: [], rows: [] });
  });
});
