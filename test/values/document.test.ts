import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { formatDocument, type Mapping, readDocument, type Value } from "../../src/values/document.ts";

const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const key = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/),
  fc.constantFrom("true", "no", "1", "__proto__", "- x", "a: b"),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: false }),
  ),
}));
const mapping = fc.dictionary(key, value, { maxKeys: 6 }) as fc.Arbitrary<Mapping>;

/** What JSON keeps of a value: no `-0`, no prototype. */
const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

describe("documents", () => {
  it("are read back as they were written, and as YAML", () => {
    fc.assert(
      fc.property(mapping, (data) => {
        const text = formatDocument(data);
        const reading = readDocument(text);
        expect("mapping" in reading && plain(reading.mapping)).toEqual(plain(data));
        expect(plain(parseYaml(text, { maxAliasCount: 0, uniqueKeys: true }))).toEqual(plain(data));
      }),
    );
  });

  it("accept no second encoding", () => {
    fc.assert(
      fc.property(
        mapping,
        fc.nat(),
        fc.constantFrom(" ", "\n", "#", "-", "0", '"', "{", "&a ", "\r", ""),
        (data, at, bit) => {
          const text = formatDocument(data);
          const place = at % (text.length + 1);
          const changed = text.slice(0, place) + bit + text.slice(place + (bit === "" ? 1 : 0));
          const reading = readDocument(changed);
          if ("mapping" in reading) expect(formatDocument(reading.mapping)).toBe(changed);
        },
      ),
    );
  });

  it.each([
    ["", "a value is missing"],
    ["a: 1", "line feed"],
    ["a: &x 1\n", "JSON"],
    ["a: !!js 1\n", "JSON"],
    ["a: yes\n", "JSON"],
    ["a: {b: 1}\n", "JSON"],
    ["a: 1\na: 2\n", "twice"],
    ["a: 1.0\n", "one way"],
    ["a:  1\n", "JSON"],
    ["--- 1\n", "key: value"],
    ["a:\n   b: 1\n", "line 2"],
    [
      `${Array.from({ length: 40 }, (_, level) => `${"  ".repeat(level)}a:\n`).join("")}${"  ".repeat(40)}a: 1\n`,
      "nested too deeply",
    ],
  ])("refuse %j", (text, reason) => {
    const reading = readDocument(text);
    expect("reason" in reading && reading.reason).toContain(reason);
  });
});
