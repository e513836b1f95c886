/** Texts that are made to take for ever, to use up the stack, or to reach a prototype. */
import { describe, expect, it } from "vitest";
import { asLabel, asModelName, nextNumber, parseLabel, readRef } from "../../src/values/label.ts";
import { readDocument } from "../../src/values/document.ts";
import { readPackage } from "../../src/values/package.ts";
import { readRules } from "../../src/values/policy.ts";
import {
  flatten,
  metricsOf,
  parseCsvMetrics,
  parseExactJson,
  parseLooseJson,
} from "../../src/values/recorded-values.ts";
import { RunLog } from "../../src/values/run-log.ts";
import type { StageName } from "../../src/values/label.ts";
import { readStages } from "../../src/values/stages-file.ts";
import { readYaml } from "../../src/values/strict-yaml.ts";

const MIB = 1024 * 1024;

describe("JSON and CSV that a program or a repository brings", () => {
  it("a text of a million escaped quotes that nobody closes is looked at once", () => {
    expect(() => parseLooseJson(`"${'\\"'.repeat(MIB)}`)).toThrow();
    expect(() => parseExactJson(`"1234567890123456${'\\"'.repeat(4 * MIB)}`)).toThrow();
  });

  it("a line of lists in lists is one that cannot be read, not the end of the run", () => {
    const log = new RunLog();
    log.add(`{"a": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    log.add(`{"params": {"a": ${"[".repeat(100_000)}${"]".repeat(100_000)}}}`);
    log.add('{"loss": 1}');
    expect([log.malformed, log.metrics]).toEqual([2, { loss: 1 }]);
  });

  it("names like those of a prototype are names", () => {
    const log = new RunLog();
    log.add('{"__proto__": 1, "constructor": 2, "params": {"__proto__": 3, "toString": 4}}');
    expect([Object.entries(log.metrics), Object.entries(log.params)]).toEqual([
      [
        ["__proto__", 1],
        ["constructor", 2],
      ],
      [
        ["__proto__", 3],
        ["toString", 4],
      ],
    ]);
    expect(Object.entries(parseCsvMetrics("__proto__,a\n1,2\n") ?? {})).toEqual([
      ["__proto__", 1],
      ["a", 2],
    ]);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it("names that grow with each level are cut as they grow", () => {
    let value: Record<string, unknown> = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`x${at}`, 1]));
    for (let level = 0; level < 30; level++) value = { ["k".repeat(4000)]: value };
    expect(Object.keys(flatten(value)).every((name) => name.length <= 4096)).toBe(true);
  });

  it("a CSV of line feeds, of one endless row, and one with blanks at its ends", () => {
    expect(parseCsvMetrics("\n".repeat(8 * MIB))).toBe(null);
    expect(parseCsvMetrics(`a\n${"1,".repeat(4 * MIB)}`)).toBe(null);
    expect(parseCsvMetrics("\n a\tb\n\t2\n \n")).toEqual({ b: 2 });
  });

  it("whole numbers that JavaScript cannot hold stay what they are among settings", () => {
    expect(
      flatten(
        parseExactJson(
          '{"seed": 12345678901234567890, "n": 9007199254740991, "x": 0.123456789012345, "l": [1, ' +
            '12345678901234567890], "t": "12345678901234567890"}',
        ),
      ),
    ).toEqual({
      seed: "12345678901234567890",
      n: 9007199254740991,
      x: 0.123456789012345,
      l: '[1,"12345678901234567890"]',
      t: "12345678901234567890",
    });
    expect(metricsOf({ a: -0, b: 1e308 })).toEqual({ a: -0, b: 1e308 });
    const log = new RunLog();
    log.add('{"params": {"seed": 12345678901234567890}, "big": 12345678901234567890}');
    expect([log.params, log.metrics]).toEqual([
      { seed: "12345678901234567890" },
      { big: Number("12345678901234567890") },
    ]);
  });
});

describe("YAML that a repository brings", () => {
  const lines = Array.from({ length: 8 }, (_, at) => `b${at}: &b${at} [${"*a,".repeat(9)}]\n`);
  const laughs = `a: &a [x,x,x]\n${lines.join("")}`;
  it.each([
    ["brackets", "[".repeat(MIB - 10)],
    ["mappings", "{a: ".repeat(200_000)],
    ["blanks", `${" ".repeat(MIB / 2)}a: 1`],
    ["aliases", laughs],
    ["a tag", "spam:\n  production: !!js/function 'x'\n"],
    ["an own tag", "spam:\n  production: !x 3\n"],
    ["two documents", "spam: {production: 1}\n---\nspam: {production: 2}\n"],
    ["a doubled model", "spam: {production: 1}\nspam: {production: 2}\n"],
    ["a doubled stage", "spam:\n  a: 1\n  a: 2\n"],
    ["more than a mebibyte", "# x\n".repeat(MIB / 2)],
    ["a prototype", "__proto__: {production: 1}\n"],
    ["a merge", "<<: {production: 1}\n"],
    ["a path", "../x: {production: 1}\n"],
    ["a huge number", "spam: {production: 1e999}\n"],
    ["half a version", "spam: {production: 1.5}\n"],
    ["no number", "spam: {production: ~, staging: latest}\n"],
  ])("stages.yaml with %s is refused", async (_, text) => {
    await expect(readStages(text)).rejects.toMatchObject({ code: "setting-invalid" });
  });

  it("ten thousand lines are read in the time that they need", async () => {
    expect(await readStages(Array.from({ length: 10_000 }, (_, at) => `m${at}:\n  p: 1\n`).join(""))).toHaveLength(
      10_000,
    );
    expect((await readYaml(Array.from({ length: 20_000 }, (_, at) => `m${at}: 1\n`).join(""))).kind).toBe("value");
  });

  it("names that YAML takes for numbers are those that stand there", async () => {
    const lines = await readStages("1.0:\n  1e3: 2\n'true':\n  null: 3\n");
    expect(lines.map(({ model, stage, version }) => [model, stage, version])).toEqual([
      ["1.0", "1e3", 2],
      ["true", "null", 3],
    ]);
  });
});

describe("packages", () => {
  it.each([
    ["nesting", Array.from({ length: 1000 }, (_, at) => `${"  ".repeat(at)}a:\n`).join("")],
    ["one long key", `"${"a".repeat(3 * MIB)}": 1\n`],
    ["escapes without end", `"${'\\"'.repeat(MIB)}\n`],
    ["dashes", `a:\n${"  - ".repeat(10_000)}1\n`],
    ["too many bytes", `mvgit: 1\n${"a: 1\n".repeat(MIB)}`],
  ])("with %s are malformed, quickly", (_, text) => expect(readPackage(Buffer.from(text)).kind).toBe("malformed"));

  it("keep a key like a prototype's to themselves", () => {
    const read = readDocument('a:\n  "__proto__":\n    polluted: 1\n');
    expect("mapping" in read && Object.keys(read.mapping["a"] as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("names and numbers", () => {
  it.each([
    "../x",
    "-x",
    "HEAD",
    "a@{1}",
    "x".repeat(MIB),
    "a..b",
    "x.lock",
    "a/b",
    "a\u0000",
    "a\nb",
    "\u001b[31m",
    "",
    "__proto__",
    "Ä",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
  ])("%j names no model", (name) => {
    expect(asModelName(name)).toBe(null);
    expect(() => parseLabel(`${name}@v1`)).toThrow();
  });

  it.each([
    "refs/tags/spam@v0",
    "refs/tags/spam@v01",
    "refs/tags/spam@v1000000000",
    "refs/tags/spam#p#0",
    "refs/tags/spam#p#01",
    "refs/tags/../x@v1",
    "refs/tags/-x@v1",
    "refs/tags/a/spam@v1",
    "refs/heads/spam@v1",
    "refs/tags/spam@v1\n",
  ])("%j is none of mvgit's", (ref) => expect(readRef(ref)).toBe(null));

  it("models with dots, and one called 'latest'", () => {
    expect(asLabel("a.b@v1")).toEqual({ kind: "version", model: "a.b", version: 1 });
    expect(asLabel("latest@latest")).toEqual({ kind: "latest", model: "latest" });
  });

  it("there is none after the highest that has nine digits", () => {
    expect(nextNumber(999_999_998, "x")).toBe(999_999_999);
    expect(() => nextNumber(999_999_999, "spam#production#999999999")).toThrow("no number after");
  });
});

it("a policy of blanks is refused in the time that it needs", () => {
  const setting = { key: "mvgit.stage.production.metric", value: `a${" ".repeat(60_000)}b`, origin: "here" };
  expect(() => readRules([setting], "production" as StageName)).toThrow("which is not a score and a bound");
  expect(readRules([{ ...setting, value: "val acc >= .5" }], "production" as StageName)).toMatchObject([
    { metric: "val acc", operator: ">=", bound: 0.5 },
  ]);
});
