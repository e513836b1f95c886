import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Mapping } from "../../src/model/document.ts";
import type { Hash } from "../../src/model/hash.ts";
import type { ModelName } from "../../src/model/label.ts";
import { formatPackage, type Package, readPackage } from "../../src/model/package.ts";
import { formatVersionTag, readVersionTag } from "../../src/model/tag-message.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const hash = fc.stringMatching(/^[0-9a-f]{64}$/) as fc.Arbitrary<Hash>;
const oid = fc.stringMatching(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const path = fc.stringMatching(/^[a-f]{1,4}(\/[ x-z]{0,3}[x-z])?$/) as fc.Arbitrary<RepoPath>;
const model = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/) as fc.Arbitrary<ModelName>;
const version = fc.integer({ min: 1, max: 999_999_999 });
const time = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map((each) => each.toISOString());
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
const file = fc.record({ path, hash, size: fc.nat(), files: fc.integer({ min: 1, max: 99 }) }, { requiredKeys: ["path", "hash", "size"] });
const named = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> => fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true });

const pack: fc.Arbitrary<Package> = fc.record({
  model, version, time, author: text, from: fc.option(version), message: text,
  run: fc.option(fc.record({ command: fc.array(text, { minLength: 1, maxLength: 3 }), folder: fc.oneof(fc.constant(""), path), started: time, seconds: number, secrets: fc.array(text, { maxLength: 2 }), changedInputs: fc.array(text, { maxLength: 2 }) })),
  code: fc.record({
    tree: oid, commit: fc.option(oid), changed: fc.boolean(),
    outputs: fc.array(fc.oneof(fc.record({ path, before: oid, mode: fc.constantFrom("100644", "100755", "120000", "160000") }), fc.record({ path, before: fc.constant(null), mode: fc.constant(null) })), { maxLength: 3 }),
  }),
  data: fc.array(file, { maxLength: 3 }), weights: fc.array(file, { maxLength: 3 }),
  params: named(fc.oneof(text, number, fc.boolean(), fc.constant(null))), metrics: named(fc.oneof(number, fc.constantFrom("nan" as const, "inf" as const, "-inf" as const))),
  sources: fc.record({ params: fc.array(text, { maxLength: 2 }), metrics: fc.array(text, { maxLength: 2 }) }),
  environment: named(fc.oneof(text, fc.array(text, { maxLength: 2 }), named(text))) as fc.Arbitrary<Mapping>, notes: fc.array(text, { maxLength: 2 }),
});

const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

describe("a package", () => {
  it("is read back as it was written", () => {
    fc.assert(fc.property(pack, (data) => {
      const reading = readPackage(Buffer.from(formatPackage(data)));
      expect(reading.kind === "package" && plain(reading.pack)).toEqual(plain(data));
    }));
  });

  it("has no second encoding", () => {
    fc.assert(fc.property(pack, fc.nat(), fc.constantFrom(" ", "\n", "0", '"', "#", "\r", ""), (data, at, bit) => {
      const written = Buffer.from(formatPackage(data));
      const place = at % written.length;
      const changed = Buffer.concat([written.subarray(0, place), Buffer.from(bit), written.subarray(place + (bit === "" ? 1 : 0))]);
      const reading = readPackage(changed);
      if (reading.kind === "package") expect(Buffer.from(formatPackage(reading.pack))).toEqual(changed);
    }));
  });

  const sample = fc.sample(pack, { numRuns: 1, seed: 1 })[0] as Package;
  const written = (change: (text: string) => string): string => {
    const reading = readPackage(Buffer.from(change(formatPackage({ ...sample, run: null, message: "m", data: [] }))));
    return reading.kind === "malformed" ? reading.reason : reading.kind;
  };
  it.each([
    ["a newer format", (each: string) => each.replace("mvgit: 1", "mvgit: 2"), "newer"],
    ["a path that leads out", (each: string) => each.replace("data: []", `data:\n  - path: "../x"\n    blake3: "${"a".repeat(64)}"\n    size: 1`), "a path inside the work tree"],
    ["a short hash", (each: string) => each.replace("data: []", 'data:\n  - path: "x"\n    blake3: "abc"\n    size: 1'), "not a hash"],
    ["another key deeper in", (each: string) => each.replace("data: []", `data:\n  - path: "x"\n    blake3: "${"a".repeat(64)}"\n    size: 1\n    f0iles: 2`), "not of this format"],
    ["another key", (each: string) => each.replace("message:", "massage:"), "its keys are not"],
    ["version 0", (each: string) => each.replace(/^version: \d+/m, "version: 0"), "a whole number"],
    ["a model's name that is a path", (each: string) => each.replace(/^model: .*/m, 'model: "../x"'), "not a name"],
    ["a time without offset", (each: string) => each.replace(/^time: .*/m, 'time: "2026-01-01T00:00:00"'), "a time with offset"],
    ["five megabytes", (each: string) => each + "#".repeat(5 * 1024 * 1024), "larger than 4 MiB"],
  ])("refuses %s", (_, change, reason) => expect(written(change)).toContain(reason));
});

describe("a version's tag", () => {
  const tag = fc.record({ model, version, package: hash });

  it("is read back as it was written", () => {
    fc.assert(fc.property(tag, (value) => {
      expect(readVersionTag(formatVersionTag(value))).toEqual({ kind: "read", value });
    }));
  });

  it("has no second message", () => {
    fc.assert(fc.property(tag, fc.nat(), fc.constantFrom(" ", "\n", "0", "a", "\r", ""), (value, at, bit) => {
      const message = formatVersionTag(value);
      const place = at % message.length;
      const changed = message.slice(0, place) + bit + message.slice(place + (bit === "" ? 1 : 0));
      const reading = readVersionTag(changed);
      if (reading.kind === "read") expect(formatVersionTag(reading.value)).toBe(changed);
    }));
  });

  it("of another's making is no version", () => {
    expect(readVersionTag("release 1\n").kind).toBe("other");
    expect(readVersionTag("x\n\nmvgit: 2\nmodel: x\n")).toEqual({ kind: "newer", version: 2 });
    expect(readVersionTag("x\n\nmvgit: 1\nmodel: x\n").kind).toBe("malformed");
  });
});
