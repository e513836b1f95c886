import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Mapping } from "../../src/values/document.ts";
import type { Hash } from "../../src/values/hash.ts";
import type { ModelName } from "../../src/values/label.ts";
import { formatPackage, type Package, readPackage } from "../../src/values/package.ts";
import { formatVersionTag, readVersionTag } from "../../src/values/tag-message.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const hash = fc.stringMatching(/^[0-9a-f]{64}$/) as fc.Arbitrary<Hash>;
const oid = fc.stringMatching(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const path = fc.stringMatching(/^[a-f]{1,4}(\/[ x-z]{0,3}[x-z])?$/) as fc.Arbitrary<RepoPath>;
const model = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/) as fc.Arbitrary<ModelName>;
const version = fc.integer({ min: 1, max: 999_999_999 });
const time = fc
  .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((each) => each.toISOString());
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
const file = fc.record(
  { path, hash, size: fc.nat(), files: fc.integer({ min: 1, max: 99 }) },
  { requiredKeys: ["path", "hash", "size"] },
);
const named = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true });

const run = {
  command: fc.array(text, { minLength: 1, maxLength: 3 }),
  folder: fc.oneof(fc.constant(""), path),
  started: time,
  seconds: number,
  secrets: fc.array(text, { maxLength: 2 }),
  changedInputs: fc.array(text, { maxLength: 2 }),
};
const ofFormat1: fc.Arbitrary<Package> = fc.record({
  model,
  version,
  time,
  author: text,
  from: fc.option(version),
  message: text,
  run: fc.option(fc.record(run)),
  code: fc.record({
    tree: oid,
    commit: fc.option(oid),
    changed: fc.boolean(),
    outputs: fc.array(
      fc.oneof(
        fc.record({ path, before: oid, mode: fc.constantFrom("100644", "100755", "120000", "160000") }),
        fc.record({ path, before: fc.constant(null), mode: fc.constant(null) }),
      ),
      { maxLength: 3 },
    ),
  }),
  data: fc.array(file, { maxLength: 3 }),
  weights: fc.array(file, { maxLength: 3 }),
  params: named(fc.oneof(text, number, fc.boolean(), fc.constant(null))),
  metrics: named(fc.oneof(number, fc.constantFrom("nan" as const, "inf" as const, "-inf" as const))),
  sources: fc.record({ params: fc.array(text, { maxLength: 2 }), metrics: fc.array(text, { maxLength: 2 }) }),
  environment: named(fc.oneof(text, fc.array(text, { maxLength: 2 }), named(text))) as fc.Arbitrary<Mapping>,
  notes: fc.array(text, { maxLength: 2 }),
});

/** With an origin for each setting, and with how a run ended. */
const ofFormat2 = fc
  .tuple(
    ofFormat1,
    fc.record({ ...run, status: fc.nat(), id: fc.option(fc.string({ minLength: 1, maxLength: 9 })) }),
    fc.infiniteStream(fc.constantFrom("command", "log", "mlflow", "params.yaml")),
  )
  .map(([made, ended, each]): Package => ({
    ...made,
    run: made.run && ended,
    origins: Object.fromEntries(Object.keys(made.params).map((name) => [name, each.next().value as string])),
  }))
  .filter((made) => made.run !== null || Object.keys(made.params).length > 0);
const pack = fc.oneof(ofFormat1, ofFormat2);

const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

describe("a package", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(pack, (data) => {
        const reading = readPackage(Buffer.from(formatPackage(data)));
        expect(reading.kind === "package" && plain(reading.pack)).toEqual(plain(data));
      }),
    );
  });

  it("is of format 2 exactly where 1 has no place for it, and of 1 again when it was read as 1", () => {
    const formatOf = (made: Package): string => formatPackage(made).slice(0, 9);
    fc.assert(fc.property(ofFormat1, (made) => void expect(formatOf(made)).toBe("mvgit: 1\n")));
    fc.assert(fc.property(ofFormat2, (made) => void expect(formatOf(made)).toBe("mvgit: 2\n")));
    fc.assert(
      fc.property(pack, version, (made, number) => {
        const reading = readPackage(Buffer.from(formatPackage(made)));
        expect(reading.kind === "package" && formatOf({ ...reading.pack, version: number })).toBe(formatOf(made));
      }),
    );
  });

  it("has no second encoding", () => {
    fc.assert(
      fc.property(pack, fc.nat(), fc.constantFrom(" ", "\n", "0", '"', "#", "\r", ""), (data, at, bit) => {
        const written = Buffer.from(formatPackage(data));
        const place = at % written.length;
        const changed = Buffer.concat([
          written.subarray(0, place),
          Buffer.from(bit),
          written.subarray(place + (bit === "" ? 1 : 0)),
        ]);
        const reading = readPackage(changed);
        if (reading.kind === "package") expect(Buffer.from(formatPackage(reading.pack))).toEqual(changed);
      }),
    );
  });

  const sample = fc.sample(ofFormat1, { numRuns: 1, seed: 1 })[0] as Package;
  const written = (change: (text: string) => string): string => {
    const reading = readPackage(Buffer.from(change(formatPackage({ ...sample, run: null, message: "m", data: [] }))));
    return reading.kind === "malformed" ? reading.reason : reading.kind;
  };
  it.each([
    ["a newer format", (each: string) => each.replace("mvgit: 1", "mvgit: 3"), "newer"],
    ["format 2 without its keys", (each: string) => each.replace("mvgit: 1", "mvgit: 2"), "its keys are not"],
    [
      "a path that leads out",
      (each: string) =>
        each.replace("data: []", `data:\n  - path: "../x"\n    blake3: "${"a".repeat(64)}"\n    size: 1`),
      "a path inside the work tree",
    ],
    [
      "a short hash",
      (each: string) => each.replace("data: []", 'data:\n  - path: "x"\n    blake3: "abc"\n    size: 1'),
      "not a hash",
    ],
    [
      "another key deeper in",
      (each: string) =>
        each.replace("data: []", `data:\n  - path: "x"\n    blake3: "${"a".repeat(64)}"\n    size: 1\n    f0iles: 2`),
      "not of this format",
    ],
    ["another key", (each: string) => each.replace("message:", "massage:"), "its keys are not"],
    ["version 0", (each: string) => each.replace(/^version: \d+/m, "version: 0"), "a whole number"],
    ["a model's name that is a path", (each: string) => each.replace(/^model: .*/m, 'model: "../x"'), "not a name"],
    [
      "a time without offset",
      (each: string) => each.replace(/^time: .*/m, 'time: "2026-01-01T00:00:00"'),
      "a time with offset",
    ],
    ["five megabytes", (each: string) => each + "#".repeat(5 * 1024 * 1024), "larger than 4 MiB"],
  ])("refuses %s", (_, change, reason) => expect(written(change)).toContain(reason));

  it("of format 2 refuses origins of other settings, a run's end in part, and what format 1 has a place for", () => {
    const run = {
      command: ["x"],
      folder: "",
      started: "2026-01-02T03:04:05Z",
      seconds: 1,
      secrets: [],
      changedInputs: [],
      status: 0,
      id: "a",
    };
    const text = formatPackage({ ...sample, run, params: { lr: 1, seed: 2 }, origins: { lr: "command", seed: "log" } });
    const read = (from: string, to: string): string => {
      const reading = readPackage(Buffer.from(text.replace(from, to)));
      return reading.kind === "malformed" ? reading.reason : reading.kind;
    };
    expect(read("", "")).toBe("package");
    expect(read('  seed: "log"\n', "")).toContain("a text for each of 'params'");
    expect(read('  lr: "command"\n  seed: "log"\n', '  seed: "log"\n  lr: "command"\n')).toContain(
      "a text for each of 'params'",
    );
    expect(read('  seed: "log"', '  seed: ""')).toContain("'origins' is not");
    expect(read('    id: "a"\n', "").length + read("  status: 0\n", "").length).toBeGreaterThan(20);
    expect(read("  status: 0", "  status: -1")).toContain("'status' is not");
    const saved = formatPackage({ ...sample, run: null, params: {}, notes: [] })
      .replace("mvgit: 1", "mvgit: 2")
      .replace(/^sources:/m, "origins: {}\nsources:");
    expect(readPackage(Buffer.from(saved)).kind).toBe("malformed");
  });
});

describe("a version's tag", () => {
  const tag = fc.record({ model, version, package: hash });

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(tag, (value) => {
        expect(readVersionTag(formatVersionTag(value))).toEqual({ kind: "read", value });
      }),
    );
  });

  it("has no second message", () => {
    fc.assert(
      fc.property(tag, fc.nat(), fc.constantFrom(" ", "\n", "0", "a", "\r", ""), (value, at, bit) => {
        const message = formatVersionTag(value);
        const place = at % message.length;
        const changed = message.slice(0, place) + bit + message.slice(place + (bit === "" ? 1 : 0));
        const reading = readVersionTag(changed);
        if (reading.kind === "read") expect(formatVersionTag(reading.value)).toBe(changed);
      }),
    );
  });

  it("of another's making is no version", () => {
    expect(readVersionTag("release 1\n").kind).toBe("other");
    expect(readVersionTag("x\n\nmvgit: 2\nmodel: x\n")).toEqual({ kind: "newer", version: 2 });
    expect(readVersionTag("x\n\nmvgit: 1\nmodel: x\n").kind).toBe("malformed");
  });
});
