import * as fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Content } from "../../src/registry/content.ts";
import { rowChanges } from "../../src/registry/row-changes.ts";
import { makeTestFolder } from "../support/test-folder.ts";

const TABLES = join(import.meta.dirname, "tables");

/** What is said of two files whose bytes come in pieces of `piece`. */
async function changes(path: string, a: string | Uint8Array, b: string | Uint8Array, piece = 7) {
  const blobs = [a, b].map((each) => Buffer.from(each as string));
  const { dir, remove } = makeTestFolder();
  const contents = blobs.map((bytes, at): Content => {
    const [file, size] = [join(dir, String(at)), bytes.length];
    fs.writeFileSync(file, bytes);
    return {
      size,
      async *read() {
        for (let from = 0; from < size; from += piece) yield bytes.subarray(from, from + piece);
      },
      open: async () => ({ size, file, read: () => Promise.reject(new Error("not read")) }),
    };
  });
  try {
    return await rowChanges({ path, a: contents[0] as Content, b: contents[1] as Content });
  } finally {
    remove();
  }
}

const NONE = { added: [], removed: [], retyped: [] };

describe("CSV", () => {
  it("a key tells rows that changed from rows that came and went", async () => {
    expect(await changes("t.csv", "id,name\n1,a\n2,b\n3,c\n", "id,name\n1,a\n2,B\n4,d\n")).toEqual({
      rows: { added: 2, removed: 2, changed: 1, key: "id", columns: NONE },
    });
    expect(await changes("t.tsv", "user_id\tn\r\n7\t1\r\n", "user_id\tn\r\n7\t2\r\n")).toEqual({
      rows: { added: 1, removed: 1, changed: 1, key: "user_id", columns: NONE },
    });
  });

  it("what comes twice, or is empty, names no row", async () => {
    for (const rows of ["1,a\n1,b\n", "1,a\n,b\n"])
      expect(await changes("t.csv", `id,n\n${rows}`, `id,n\n${rows}2,c\n`)).toEqual({
        rows: { added: 1, removed: 0, columns: NONE },
      });
  });

  it("columns that came, went and changed their type; rows by those that both have, in whatever order", async () => {
    expect(await changes("t.csv", "a,b,gone\n1,x,0\n2,y,0\n", 'new,b,a\n9,x,1\n9,"y",2.5\n')).toEqual({
      rows: {
        added: 1,
        removed: 1,
        columns: { added: ["new"], removed: ["gone"], retyped: [{ name: "a", a: "whole number", b: "number" }] },
        byCommonColumns: true,
      },
    });
  });

  it("rows are their cells, whatever quotes, line ends, delimiters and blank lines are around them", async () => {
    const rows = { added: 1, removed: 1, changed: 1, key: "id", columns: NONE };
    const a = 'id,name\n1,a\n2,"x, y"\n3,c\n';
    for (const b of ['"id","name"\r\n"1","a"\r\n"2","x, y"\r\n"3","C"\r\n\r\n', "\ufeffid;name\n1;a\n2;x, y\n3;C\n"])
      expect(await changes("t.csv", a, b)).toEqual({ rows });
    expect(await changes("t.csv", '1,"a"\n2,b\n', "1,a\n2,b\n")).toEqual({ rows: { added: 0, removed: 0 } });
  });

  it("without a head there are rows alone, and numbers are no names", async () => {
    expect(await changes("t.csv", "1,2\n3,4\n", "1,2\n3,5\n")).toEqual({ rows: { added: 1, removed: 1 } });
    expect(await changes("t.csv", "", "1\n")).toEqual({ rows: { added: 1, removed: 0 } });
  });

  it("quotes hold delimiters, line feeds and quotes", async () => {
    const rows = 'id,text\n1,"a,b"\n2,"line\nfeed"\n3,"say ""so"""\n';
    expect(await changes("t.csv", rows, rows.replace("feed", "food"))).toEqual({
      rows: { added: 1, removed: 1, changed: 1, key: "id", columns: NONE },
    });
    expect(await changes("t.csv", rows.replace("id,text", "id,other,text"), rows.replace('"a,b"', "a"))).toMatchObject({
      rows: { columns: { removed: ["other"] } },
    });
  });

  it("counts as sets of rows count, for tables of any kind", async () => {
    const cell = fc.constantFrom("", "x", "1", "2.5", "a b", "é");
    const rows = fc.array(
      fc.array(cell, { minLength: 2, maxLength: 2 }).map((cells) => cells.join()),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.integer({ min: 1, max: 9 }), async (x, y, piece) => {
        const text = (all: string[]): string => ["head,of", ...all].map((row) => `${row}\n`).join("");
        const found = (await changes("t.csv", text(x), text(y), piece)) as { rows: { added: number; removed: number } };
        const only = (all: string[], other: string[]): number => {
          const left = [...other];
          return all.filter((row) => !left.includes(row) || (left.splice(left.indexOf(row), 1), false)).length;
        };
        expect([found.rows.added, found.rows.removed]).toEqual([only(y, x), only(x, y)]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("JSON Lines", () => {
  it("rows are what they say, not how they are written", async () => {
    const a = '{"id": 1, "a": "x"}\n{"id": 2, "a": [1]}\n\n{"id": 3, "a": null}\n';
    expect(await changes("t.jsonl", a, '{"a":"x","id":1}\n{"id":2,"a":[2]}\n{"id":4,"b":true}')).toEqual({
      rows: { added: 2, removed: 2, changed: 1, key: "id", columns: { added: ["b"], removed: [], retyped: [] } },
    });
    expect(await changes("t.ndjson", '{"a":1}\n', '{"a":"1"}\n')).toMatchObject({
      rows: { columns: { retyped: [{ name: "a", a: "number", b: "text" }] } },
    });
  });

  it("whole numbers that JavaScript cannot hold are told apart, and names have no order at any depth", async () => {
    const row = (id: string, more: string): string => `{"id":${id},"a":${more}}\n`;
    const [x, y] = ["1234567890123456788", "1234567890123456789"];
    const before = row(x, '{"b":1,"c":[{"d":2,"e":3}]}') + row(y, "9007199254740992");
    expect(
      await changes("t.jsonl", before, row(y, "9007199254740993") + row(x, '{"c":[{"e":3,"d":2}],"b":1}')),
    ).toEqual({ rows: { added: 1, removed: 1, changed: 1, key: "id", columns: NONE } });
  });

  it("what is no mapping is compared as text; depth and names of JavaScript's own do no harm", async () => {
    expect(await changes("t.jsonl", "[1]\nnonsense\n", "[1]\nother\n")).toEqual({ rows: { added: 1, removed: 1 } });
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    expect(await changes("t.jsonl", deep, `${deep}{"__proto__":1}\n`, 65536)).toMatchObject({ rows: { added: 1 } });
    const many = `${JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`c${at}`, 1])))}\n`;
    expect(await changes("t.jsonl", many, "", 65536)).toEqual({ rows: { added: 0, removed: 1 } });
  });

  it("endless rows are left, with a word", async () => {
    const endless = "x".repeat(17 * 1024 * 1024);
    const said = { note: "its rows were not compared: a row of it is longer than any real one" };
    expect(await changes("t.jsonl", endless, "{}\n", 1024 * 1024)).toEqual(said);
    expect(await changes("t.csv", endless, "a\n", 1024 * 1024)).toEqual(said);
  });
});

describe("Parquet", () => {
  const read = (name: string): Buffer => fs.readFileSync(join(TABLES, name));

  it("of Arrow's own writer: rows, key, columns and types, however it is packed", async () => {
    expect(await changes("t.parquet", read("a.parquet"), read("b.parquet"))).toEqual({
      rows: {
        added: 2,
        removed: 2,
        changed: 1,
        key: "id",
        columns: { added: ["new"], removed: ["old"], retyped: [{ name: "n", a: "int32", b: "int64" }] },
        byCommonColumns: true,
      },
    });
    expect(await changes("t.parquet", read("a.parquet"), read("same.parquet"))).toMatchObject({
      rows: { added: 0, removed: 0, changed: 0, columns: NONE },
    });
  });

  it("a microsecond, and bytes that are no text, are a difference", async () => {
    expect(await changes("t.parquet", read("fine-a.parquet"), read("fine-b.parquet"))).toEqual({
      rows: { added: 3, removed: 3, changed: 3, key: "id", columns: NONE },
    });
  });

  it("a file that wants all memory costs a thread, not the process", async () => {
    const bomb = read("runs.parquet");
    const at = bomb.indexOf(Buffer.from("03000000d00f01", "hex")) + 4;
    Buffer.from([0xd0, 0xff, 0xff, 0xff, 0x07]).copy(bomb, at);
    expect(await changes("t.parquet", bomb, read("runs.parquet"))).toEqual({
      note: expect.stringContaining("its rows were not compared"),
    });
  });

  it("whatever a byte is changed to, an answer comes", async () => {
    const whole = read("b.parquet");
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of all) bytes[at % bytes.length] = byte;
        const found = await changes("t.parquet", bytes, whole);
        expect("rows" in found || found.note.startsWith("its rows were not compared")).toBe(true);
      }),
      { numRuns: 8 },
    );
  });
});
