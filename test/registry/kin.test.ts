/** What is scanned of a package without reading it whole is what the package says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import { scan } from "../../src/registry/lineage/kin.ts";
import type { Hash } from "../../src/values/hash.ts";
import { formatPackage, type Package } from "../../src/values/package.ts";
import { somePackage } from "../support/versions.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex") as Hash);
/** Words of the format where they mean nothing. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "\ndata:\n",
    '"\nweights:\n',
    "from: 7",
    "\nparams:",
    `\n    blake3: "${"a".repeat(64)}"\n`,
    'path: "x.mvgit"',
  ),
);
const path = fc
  .constantFrom("a", "b/c", "blake3: x", "from: 3", "data:", "d.mvgit", "weights")
  .map((each) => each as RepoPath);
const file = fc.record({ path, hash, size: fc.nat() });

describe("a scanned package", () => {
  it("says from what it came, of what it is made and what it made, whatever its texts are", () => {
    const made = fc.record({
      ...{ message: text, author: text, from: fc.option(fc.integer({ min: 1, max: 999 })) },
      ...{ data: fc.array(file, { maxLength: 3 }), weights: fc.array(file, { maxLength: 3 }) },
      ...{ params: fc.dictionary(text, text, { maxKeys: 2 }), notes: fc.array(text, { maxLength: 2 }) },
      environment: fc.dictionary(text, text, { maxKeys: 2 }),
    });
    fc.assert(
      fc.property(made, fc.array(path, { maxLength: 3 }), (said, paths) => {
        const outputs = paths.map((each) => ({ path: `${each}.mvgit` as RepoPath, before: null, mode: null }));
        const pack = somePackage({ ...(said as Partial<Package>), code: { ...somePackage().code, outputs } });
        const found = scan(Buffer.from(formatPackage(pack)));
        expect(found?.said).toEqual({
          time: Date.parse(pack.time),
          from: pack.from,
          data: pack.data.map((each) => each.hash),
          made: pack.weights.map((each) => each.hash),
        });
        const own = pack.weights.map((each) => `${each.path}.mvgit`);
        expect(found?.pointers).toEqual(
          outputs.map((each) => each.path as string).filter((each) => !own.includes(each)),
        );
      }),
    );
  });

  it.each(["", "nonsense", "\nparams:", 'from: 1\ntime: "x"\ncode:\ndata:\nweights:\nparams:'])(
    "is none for %j",
    (bytes) => {
      expect(scan(Buffer.from(bytes))).toBeNull();
    },
  );
});
