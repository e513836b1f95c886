import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asLabel,
  asModelName,
  asStageName,
  asVersionNumber,
  eventRef,
  formatLabel,
  type Label,
  type ModelName,
  parseLabel,
  readRef,
  remarkRef,
  type StageName,
  versionRef,
} from "../../src/values/label.ts";

const model = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/) as unknown as fc.Arbitrary<ModelName>;
const stage = model as unknown as fc.Arbitrary<StageName>;
const number = fc.integer({ min: 1, max: 999_999_999 });

const HOSTILE = [
  "",
  ".",
  "..",
  "-x",
  "../x",
  "a/b",
  "a b",
  "HEAD",
  "A",
  "a@{1}",
  "a..b",
  "a.lock",
  "a.",
  ".a",
  "_a",
  "a~1",
  "a^",
  "a:b",
  "a?",
  "a*",
  "a[b",
  "a\\b",
  "a\n",
  "\u0000",
  "é",
  "a\u202eb",
  "a".repeat(65),
  "a".repeat(1_000_000),
];

describe("names", () => {
  it.each(HOSTILE.map((name) => [name.slice(0, 20), name]))("refuses %j", (_, name) => {
    expect(asModelName(name)).toBeNull();
    expect(asStageName(name)).toBeNull();
  });

  it.each(["a", "0", "spam-detector", "v1.2_x", "a.b", "a".repeat(64)])("takes %j", (name) =>
    expect(asModelName(name)).toBe(name),
  );
});

describe("labels", () => {
  it("are read back as what was formatted", () => {
    const label: fc.Arbitrary<Label> = fc.oneof(
      fc.record({ kind: fc.constant("version" as const), model, version: number }),
      fc.record({ kind: fc.constant("latest" as const), model }),
      fc.record({ kind: fc.constant("stage" as const), model, stage }),
    );
    fc.assert(
      fc.property(label, (each) => {
        expect(asLabel(formatLabel(each))).toEqual(each);
      }),
    );
  });

  it("refuse what is none: a version of 0, of ten digits, two marks, a bad name", () => {
    for (const text of [
      "spam@v0",
      "spam@v01",
      "spam@v1234567890",
      "spam@1",
      "spam@v1#production",
      "spam##x",
      "#x",
      "spam#",
    ])
      expect(() => parseLabel(text), text).toThrow(expect.objectContaining({ code: "usage" }));
    expect(() => parseLabel("../x@v1")).toThrow(expect.objectContaining({ code: "usage" }));
    expect(parseLabel("spam")).toEqual({ kind: "latest", model: "spam" });
    for (const text of ["0", "v0", "-1", "1e3", "1.0", " 1", "v 1", "1234567890"])
      expect(asVersionNumber(text), text).toBeNull();
  });
});

describe("refs", () => {
  it("are read back as what they were made of", () => {
    fc.assert(
      fc.property(model, stage, number, (name, at, count) => {
        expect(readRef(versionRef(name, count))).toEqual({ kind: "version", model: name, version: count });
        const remark = { kind: "remark", model: name, version: count, number: 7 };
        expect(readRef(remarkRef(name, count, 7))).toEqual(remark);
        expect(readRef(eventRef(name, at, count))).toEqual({ kind: "event", model: name, stage: at, number: count });
      }),
    );
  });

  it.each([
    "refs/heads/spam@v1",
    "refs/tags/spam@v01",
    "refs/tags/spam@v1/x",
    "refs/tags/spam@v1#0",
    "refs/tags/spam@v1#01",
    "refs/tags/spam@v1#1#2",
    "refs/tags/x/spam@v1",
    "refs/tags/spam#a",
    "refs/tags/spam#a#0",
    "refs/tags/spam#a#1#2",
    "refs/tags/spam@v1^{}",
    "refs/tags/Spam#a#1",
    "refs/heads/refs/tags/spam#a#1",
  ])("takes %s for nothing of mvgit's", (name) => {
    expect(readRef(name)).toBeNull();
  });
});
