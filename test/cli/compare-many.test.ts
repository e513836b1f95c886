import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/cli/render/columns.ts";
import { compareText } from "../../src/cli/render/versions/compare.ts";
import { manyMarkdown, manyTables, manyText } from "../../src/cli/render/versions/compare-many.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import type { CompareReport } from "../../src/registry/compare.ts";
import { compareMany } from "../../src/values/compare-many.ts";
import type { Package } from "../../src/values/package.ts";
import { somePackage } from "../support/versions.ts";

const of = (packs: Partial<Package>[], { all = false, wide = false } = {}) => ({
  ...compareMany(
    packs.map((pack, at) => ({ label: `spam@v${at + 1}`, pack: somePackage({ ...pack, version: at + 1 }) })),
  ),
  all,
  wide,
});
const text = (report: ReturnType<typeof of>, width = 80) => manyText(report, makeStyle({ color: false, width }));
const versions = (count: number, pack: (at: number) => Partial<Package>) =>
  Array.from({ length: count }, (_, at) => pack(at));

describe("any number of versions", () => {
  it("stand side by side, the best score marked, and what is alike only counted", () => {
    const report = of(
      versions(3, (at) => ({
        params: { lr: at / 10, name: at === 1 ? "1" : 1, seed: 7 },
        metrics: { accuracy: 0.9 - at / 100, loss: 1 - at / 10 },
      })),
    );
    expect(text(report)).toMatchInlineSnapshot(`
      "  spam@v1    2026-01-02 03:04  A Tester
        spam@v2    2026-01-02 03:04  A Tester
        spam@v3    2026-01-02 03:04  A Tester
      settings  (1 setting alike)
        setting  v1   v2   v3
        lr        0  0.1  0.2
        name      1  '1'    1
      scores  (* best)
        score       v1    v2    v3
        accuracy  0.9*  0.89  0.88
        loss         1   0.9  0.8*
      data  none recorded
      command  the same
      environment  none recorded
      weights  none recorded"
    `);
    expect(manyMarkdown(report)).toMatchInlineSnapshot(`
      "### spam@v1, spam@v2, spam@v3

      | setting | v1 | v2 | v3 |
      | --- | --- | --- | --- |
      | lr | 0 | 0.1 | 0.2 |
      | name | 1 | '1' | 1 |

      1 setting alike

      | score | v1 | v2 | v3 |
      | --- | --- | --- | --- |
      | accuracy | 0.9 (best) | 0.89 | 0.88 |
      | loss | 1 | 0.9 | 0.8 (best) |

      **data**: none recorded

      **environment**: none recorded

      **weights**: none recorded"
    `);
  });

  it("fit the width: turned, or in portions, and nothing is left out", () => {
    const params = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`setting_number_${at}`, 0]));
    const report = of(
      versions(20, (at) => ({
        metrics: { accuracy: at / 100 },
        params: Object.fromEntries(Object.keys(params).map((name) => [name, `value ${at}`])),
      })),
    );
    const lines = text(report, 80).split("\n");
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(80);
    for (let at = 0; at < 20; at++) expect(lines.filter((line) => line.includes(`value ${at}`))).not.toEqual([]);
    expect(lines.filter((line) => /^ {2}v\d+ +0/.test(line))).toHaveLength(20);
  });

  it("are cut with an ellipsis, and whole when asked for", () => {
    const long = (at: number) => `${"x".repeat(60)}${at}`;
    const packs = versions(2, (at) => ({ params: { path: long(at) } }));
    expect(text(of(packs))).toContain("…");
    expect(text(of(packs, { wide: true }))).toContain(`${long(0)}  ${long(1)}`);
    expect(manyTables(of(packs))[0]?.rows).toEqual([["path", long(0), long(1)]]);
  });

  it("names and values of a hostile repository are text", () => {
    const report = of(versions(2, (at) => ({ params: { "\u001b[2J|x": `\u0007${at}` }, message: "\u001b[31m" })));
    expect(text(report)).not.toMatch(/[\u001b\u0007]/);
    expect(manyMarkdown(report)).toContain("\\\\x1b\\[2J\\|x");
  });
});

describe("two versions", () => {
  const side = {
    label: "m@v1",
    model: "m" as CompareReport["a"]["model"],
    version: 1,
    time: "2026-01-01T00:00:00Z",
    author: "A",
    message: "",
    command: null,
    optionsKnown: true,
  };
  const report = (more: Partial<CompareReport>) => ({
    ...{ a: side, b: { ...side, version: 2, label: "m@v2" }, params: [], words: null, scores: [], data: [] },
    ...{ weights: [], code: [], environment: [], all: false, ...more },
  });
  const lines = (more: Partial<CompareReport> & { all?: boolean }) =>
    compareText(report(more), makeStyle({ color: false })).split("\n");

  it("packages of one side are one row where they are many", () => {
    const environment = Array.from({ length: 30 }, (_, at) => ({
      name: `python.packages.p${at}`,
      a: undefined,
      b: `${at}`,
    }));
    expect(lines({ environment }).filter((line) => line.includes("packages"))).toEqual([
      "  packages of one side: p0, p1, p2, …  -  30",
    ]);
    expect(lines({ environment, all: true }).filter((line) => line.includes("packages"))).toHaveLength(30);
  });

  it("tensors and tables say what differs in them", () => {
    const sides = { a: { size: 9 }, b: { size: 9 }, added: 0, removed: 0, changed: 1, moved: 0 };
    const path = "w.safetensors" as CompareReport["weights"][number]["path"];
    const tensor = (name: string, by: number) => ({
      name,
      what: "changed" as const,
      a: { dtype: "f32", shape: [2, 3] },
      b: { dtype: "f32", shape: [2, 3] },
      by: { maxDifference: by, relative: by / 10, differing: 3, values: 6, notFinite: 0 },
    });
    const counts = { added: 0, removed: 0, reshaped: 0, retyped: 0, changed: 7, unknown: 0, alike: 3 };
    const of = { format: "safetensors" as const, tensors: 10, values: 60 };
    const tensors = {
      a: of,
      b: of,
      counts,
      tensors: Array.from({ length: 7 }, (_, at) => tensor(`t${at}`, 0.5)),
      notes: [],
    };
    const rows = {
      ...{ added: 3, removed: 2, changed: 2, key: "id" },
      columns: { added: ["new"], removed: [], retyped: [{ name: "n", a: "int32", b: "int64" }] },
    };
    const found = lines({
      weights: [{ ...sides, path, files: [{ path, a: 9, b: 9, tensors }] }],
      data: [{ ...sides, path, files: [{ path, a: 9, b: 9, rows }] }],
    });
    expect(found.slice(4).join("\n")).toMatchInlineSnapshot(`
      "data
        w.safetensors  9 B  9 B  rows +1 -0 ~2, columns +new n: int32 -> int64
      command  the same
      code  the same
      environment  the same
      weights
        w.safetensors  9 B  9 B  tensors ~7 (of 10)
            t0    f32 [2x3]  changed by up to 0.5, 5 % of its norm, in 50 % of values
            t1    f32 [2x3]  changed by up to 0.5, 5 % of its norm, in 50 % of values
            t2    f32 [2x3]  changed by up to 0.5, 5 % of its norm, in 50 % of values
            t3    f32 [2x3]  changed by up to 0.5, 5 % of its norm, in 50 % of values
            t4    f32 [2x3]  changed by up to 0.5, 5 % of its norm, in 50 % of values
            ... and 2 more tensors"
    `);
  });
});
