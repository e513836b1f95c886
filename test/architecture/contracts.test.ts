/** The tables of the contracts, and what proves them. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { FAULT_CELLS } from "../conformance/bucket-faults.ts";
import { BUCKET_CELLS, READING_CELLS } from "../conformance/bucket-suite.ts";
import { STORE_CELLS } from "../conformance/store-suite.ts";
import { ROOT } from "../support/cli.ts";

/** The first column of the table above an interface, or below a heading of a document. */
function cellsOf(path: string, heading?: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const [, below = ""] = text.split(`## ${heading}\n`);
  return (heading === undefined ? text.slice(0, text.indexOf("*/")) : below.slice(0, below.indexOf("\n## ")))
    .split("\n")
    .flatMap((line) => /^(?: \* )?\| (\w+, [^|]+) \| [^|]+ \|$/.exec(line)?.[1] ?? []);
}

it.each([
  ["src/store/blob-store.ts", STORE_CELLS, undefined],
  ["src/store/bucket.ts", BUCKET_CELLS, undefined],
  ["docs/testing.md", FAULT_CELLS, "The fault plan"],
])("every cell of the table in %s has its test, and no test has a cell that is not there", (path, tests, heading) => {
  const cells = cellsOf(path, heading);
  expect(cells.length).toBeGreaterThan(20);
  expect(tests.map(({ name }) => name).toSorted()).toEqual(cells.toSorted());
});

it("a bucket that is only read has the cells of `head`, `get` and `any`", () => {
  const reading = BUCKET_CELLS.filter(({ name }) => /^(head|get|any), /.test(name));
  expect(reading.length).toBeGreaterThan(10);
  expect(READING_CELLS.map(({ name }) => name)).toEqual(reading.map(({ name }) => name));
});

/** Every file that a source loads, with those that they load. */
function loadedBy(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(join(ROOT, path), "utf8");
  for (const [, from = ""] of text.matchAll(/^(?:import(?! type)|export|\}) [^;]*?from "(\.[^"]+)";$/gm))
    loadedBy(join(dirname(path), from), found);
  return found;
}

it("a bucket knows no hash: neither its contract nor a driver's loads what does", () => {
  // SSH has no sum of its own: by the same function its driver knows again what it sent.
  const names = readdirSync(join(ROOT, "src/store/buckets")).filter((name) => name !== "sftp");
  const drivers = names.map((name) => `buckets/${name}/bucket.ts`);
  expect(drivers.length).toBeGreaterThan(4);
  for (const path of ["bucket.ts", ...drivers]) {
    const loaded = [...loadedBy(`src/store/${path}`)];
    expect(loaded).toContain("src/base/errors.ts");
    expect(loaded.filter((each) => /^src\/(hashing\/|values\/hash\.ts|store\/blob-)/.test(each))).toEqual([]);
  }
});
