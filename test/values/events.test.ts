import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hash } from "../../src/values/hash.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";
import {
  type Event,
  formatEvent,
  formatRemark,
  readEvent,
  readRemark,
  readVersionTag,
  type Remark,
  type RemarkKind,
  TAG_MESSAGE_CAP,
} from "../../src/values/tag-message.ts";

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/);
const number = fc.integer({ min: 1, max: 999_999_999 });
const oid = fc.stringMatching(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/) as fc.Arbitrary<Hash>;
const reason = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.trim());
const held = fc.oneof(fc.record({ version: number, package: hash }), fc.constant({ version: null, package: null }));

const event: fc.Arbitrary<Event> = fc
  .record({
    model: name as unknown as fc.Arbitrary<ModelName>,
    stage: name as unknown as fc.Arbitrary<StageName>,
    number,
    before: fc.option(number),
    previous: fc.option(oid),
    reason,
    held,
  })
  .map(({ held: { version, package: pack }, ...rest }) => ({ ...rest, version, package: pack }));

const remark: fc.Arbitrary<Remark> = fc
  .record({
    model: name as unknown as fc.Arbitrary<ModelName>,
    version: number,
    number,
    kind: fc.constantFrom<RemarkKind>("note", "retract", "restore"),
    retracted: fc.boolean(),
    package: hash,
    previous: fc.option(oid),
    text: reason,
  })
  .filter(({ kind, text }) => kind === "restore" || text !== "");

describe("a remark's message", () => {
  it("is read back as what was formatted, and is neither an event nor a version to anybody", () => {
    fc.assert(
      fc.property(remark, (each) => {
        const message = formatRemark(each);
        expect(readRemark(message)).toEqual({ kind: "read", value: each });
        expect([readEvent(message).kind, readVersionTag(message).kind]).toEqual(["malformed", "malformed"]);
      }),
    );
  });

  it("has no second encoding, and says something", () => {
    const said = {
      model: "spam" as ModelName,
      version: 3,
      number: 1,
      kind: "retract",
      retracted: true,
      package: "a".repeat(64) as Hash,
      previous: null,
      text: "learned from\nthe test mails",
    } as const;
    const message = formatRemark(said);
    expect(message).toContain("text: learned from%0Athe test mails\n");
    for (const [from, to] of [
      ["yes", "true"],
      ["%0A", "%0a"],
      ["v3: retracted", "v4: retracted"],
      ["kind: retract", "kind: toString"],
      ["version: v3", "version: none"],
    ] as const)
      expect(readRemark(message.replace(from, to)), to).toMatchObject({ kind: "malformed" });
    expect(readRemark(formatRemark({ ...said, text: "" }))).toEqual({ kind: "malformed", reason: "it says nothing" });
  });
});

describe("an event's message", () => {
  it("is read back as what was formatted", () => {
    fc.assert(
      fc.property(event, (each) => {
        expect(readEvent(formatEvent(each))).toEqual({ kind: "read", value: each });
      }),
    );
  });

  it("has no second encoding: whatever is changed in it is refused, or says something else", () => {
    fc.assert(
      fc.property(
        event,
        fc.nat(),
        fc.constantFrom("", " ", "0", "a", "\n", "\r", "\u0000", "v", ":"),
        fc.nat({ max: 1 }),
        (each, where, put, cut) => {
          const message = formatEvent(each);
          const at = where % (message.length + 1);
          const changed = message.slice(0, at) + put + message.slice(at + cut);
          const reading = readEvent(changed);
          if (changed !== message && reading.kind === "read") expect(formatEvent(reading.value)).toBe(changed);
          if (changed !== message && reading.kind === "read") expect(reading.value).not.toEqual(each);
        },
      ),
    );
  });

  const plain = formatEvent({
    model: "spam" as ModelName,
    stage: "production" as StageName,
    number: 2,
    version: 3,
    before: 1,
    package: "a".repeat(64) as Hash,
    previous: "b".repeat(40),
    reason: "why",
  });

  it.each<[string, string, string]>([
    ["a subject that says another version", plain.replace("production: v3", "production: v4"), "malformed"],
    [
      "a package without a version",
      plain.replace("version: v3", "version: none").replace(": v3 (", ": none ("),
      "malformed",
    ],
    ["an upper-case hash", plain.replace("package: aa", "package: AA"), "malformed"],
    ["an unknown key", `${plain}zzz: 1\n`, "malformed"],
    ["a key twice", plain.replace("stage: production\n", "stage: production\nstage: production\n"), "malformed"],
    ["keys out of order", plain.replace(/(model: .*\n)(package: .*\n)/, "$2$1"), "malformed"],
    ["an event of number 0", plain.replace("event: 2", "event: 0"), "malformed"],
    ["no last line end", plain.slice(0, -1), "malformed"],
    ["text behind it", `${plain}\nand more\n`, "malformed"],
    ["CRLF", plain.replaceAll("\n", "\r\n"), "other"],
    ["a newer format", plain.replace("mvgit: 1", "mvgit: 2"), "newer"],
    ["a person's own tag", "release 2\n\nmvgit is great\n", "other"],
    ["more than the cap", `${plain.slice(0, -1)}${"x".repeat(TAG_MESSAGE_CAP)}\n`, "other"],
    ["nothing", "", "other"],
  ])("%s", (_, message, kind) => expect(readEvent(message).kind).toBe(kind));

  it("is no version's, and a version's is no event's", () => {
    expect(readVersionTag(plain).kind).toBe("malformed");
    expect(readEvent(`spam v1\n\nmvgit: 1\nmodel: spam\npackage: ${"a".repeat(64)}\nversion: 1\n`).kind).toBe(
      "malformed",
    );
  });
});
