/** The tables of the contracts, and what proves them. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { BUCKET_CELLS } from "../conformance/bucket-suite.ts";
import { STORE_CELLS } from "../conformance/store-suite.ts";
import { ROOT } from "../support/cli.ts";

/** The first column of the table above an interface. */
function cellsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  return text
    .slice(0, text.indexOf("*/"))
    .split("\n")
    .flatMap((line) => /^ \* \| (\w+, [^|]+) \| [^|]+ \|$/.exec(line)?.[1] ?? []);
}

it.each([
  ["src/store/blob-store.ts", STORE_CELLS],
  ["src/store/bucket.ts", BUCKET_CELLS],
])("every cell of the table in %s has its test, and no test has a cell that is not there", (path, tests) => {
  const cells = cellsOf(path);
  expect(cells.length).toBeGreaterThan(20);
  expect(tests.map(({ name }) => name).toSorted()).toEqual(cells.toSorted());
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
  for (const path of ["bucket.ts", "buckets/folder/bucket.ts", "buckets/gcs/bucket.ts"].map(
    (name) => `src/store/${name}`,
  )) {
    const loaded = [...loadedBy(path)];
    expect(loaded).toContain("src/base/errors.ts");
    expect(loaded.filter((each) => /^src\/(hashing\/|values\/hash\.ts|store\/blob-)/.test(each))).toEqual([]);
  }
});
