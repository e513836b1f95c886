/** Filters of lists: their text, what they mean, and that nobody's text costs much. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/values/version-columns.ts";
import type { VersionLine } from "../../src/values/version-line.ts";
import { type Expression, formatWhere, parseWhere, whereTest } from "../../src/values/where.ts";
import { parseNumber, parsePeriod, parseSpan } from "../../src/values/where-values.ts";
import { someLine } from "../support/version-lines.ts";

const NOW = Date.parse("2026-03-10T12:00:00Z");
const LINES: VersionLine[] = [
  someLine({
    version: 1,
    time: "2026-02-28T23:00:00+00:00",
    author: "Ada Lovelace <ada@example.com>",
    message: "the first one",
    metrics: { accuracy: 0.91, loss: 0.3, "val/f 1": 0.5 },
    params: { lr: 0.1, optimizer: "adam", "model.depth": 3, scheduler: "none", text: "0.5" },
    stages: ["production", "staging"],
    seconds: 3600,
    size: 10_000_000,
    data: [{ path: "data/train.csv", hash: "a".repeat(64), size: 5 }],
    signed: true,
    commit: "1234567890".repeat(4),
  }),
  someLine({
    version: 2,
    time: "2026-03-01T10:00:00+00:00",
    author: "Bob <bob@example.com>",
    metrics: { accuracy: 0.95, loss: "nan" },
    params: { lr: 0.01, optimizer: "SGD", ema: false },
    from: 1,
    notes: [{ text: "good on short mails", by: "Ada", time: "2026-03-02T10:00:00+00:00" }],
    retracted: { text: "leaked labels", by: "Ada", time: "2026-03-02T10:00:00+00:00" },
  }),
  someLine({ model: "ham", version: 3, time: "2026-03-09T10:00:00+00:00", metrics: { size: 7 }, params: { lr: null } }),
];

/** The numbers of the versions that are let through, or the problem's message. */
function found(text: string, lines = LINES): number[] | string {
  const compiled = whereTest(text, columnsOf(lines, { now: NOW }), { now: NOW });
  return compiled.kind === "problem"
    ? compiled.problem.message
    : lines.filter(compiled.test).map(({ version }) => version);
}

describe("a filter", () => {
  it.each<[string, number[]]>([
    ["", [1, 2, 3]],
    ["accuracy > 0.9", [1, 2]],
    ["accuracy>0.9 and lr<0.05", [2]],
    ["accuracy >= 9.5e-1", [2]],
    ["ACCURACY > .9 AND Stage = Production", [1]],
    ["stage = production or stage = staging", [1]],
    ["stage != production", [2, 3]],
    ["not stage = production", [2, 3]],
    ["!(stage = production || model == ham)", [2]],
    ["stage = none", [2, 3]],
    ["stage", [1]],
    ["accuracy exists", [1, 2]],
    ["accuracy = none", [3]],
    ["accuracy != none && accuracy ≥ 0.95", [2]],
    ["loss = nan", [2]],
    ["loss < 1", [1]],
    ["metric.size = 7", [3]],
    ["size > 5 MB", [1]],
    ["size >= 10mb and size <= 10000000", [1]],
    ["duration < 2h", [1]],
    ["seconds = 1h", [1]],
    ["duration = 3600", [1]],
    ["lr = none", [3]],
    ["param.lr < 0.05", [2]],
    ["params.lr = 0.10", [1]],
    ["optimizer = Adam", [1]],
    ["optimizer ~ a*", [1]],
    ["optimizer ~ d", [1, 2]],
    ["optimizer !~ d", [3]],
    ["optimizer > b", [2]],
    ["scheduler = none", [1, 2, 3]],
    ['scheduler = "none"', [1]],
    ["text < 0.6", [1]],
    ["ema = false", [2]],
    ["ema", []],
    ["ema exists", [2]],
    ["model.depth = 3", [1]],
    ['"val/f 1" > 0.4', [1]],
    ["metric.'val/f 1' < 0.6", [1]],
    ["signed", [1]],
    ["signed = no", [2, 3]],
    ["version >= v2", [2, 3]],
    ["from = v1", [2]],
    ["label = spam@v2", [2]],
    ["note ~ short or notes = x", [2]],
    ["not retracted", [1, 3]],
    ["retracted ~ leak", [2]],
    ["author = ada", []],
    ["author = Ada Lovelace", [1]],
    ["author = ada@EXAMPLE.com", [1]],
    ["author ~ ada", [1]],
    ["message ~ 'FIRST one'", [1]],
    ["message ~ t?e*one", [1]],
    ["data ~ *.csv", [1]],
    ["data = data/train.csv", [1]],
    [`data = ${"a".repeat(64)}`, [1]],
    ["commit = 12345", [1]],
    ["time >= 2026-03-01Z", [2, 3]],
    ["time > 2026-03-01Z", [3]],
    ["time = 2026-03-01Z", [2]],
    ["time < 2026-03Z", [1]],
    ["time <= '2026-03-01 10:00Z'", [1, 2]],
    ["time ~ 2026-03", [2, 3]],
    ["time > 2 days ago", [3]],
    ["age < 2d", [3]],
    ["age > 9 days 3 hours", [1]],
    ["(version = 1 or version = 2) and not (version = 2)", [1]],
  ])("%s", (text, versions) => {
    expect(found(text)).toEqual(versions);
  });

  it.each<[string, number, string, string | null]>([
    ["acuracy > 1", 0, "no version here has 'acuracy'", "did you mean 'accuracy'?"],
    ["accuracy > high", 11, "'high' is not a number, and 'accuracy' is a score", "write it like 0.9, 1e-3 or 1_000"],
    ["accuracy >", 9, "a value is missing behind '>'", "'none' means that there is none"],
    ["accuracy > 1 lr < 2", 13, "'and' or 'or' is missing before 'lr'", null],
    ["accuracy > 1 (lr < 2)", 13, "'and' or 'or' is missing before '('", "a value with such a sign stands in quotes"],
    ["(accuracy > 1", 0, "a '(' has no ')' behind it", null],
    ["accuracy > 1)", 12, "a ')' has no '(' before it", null],
    ["and", 0, "a name is missing, before 'and'", "write it like 'accuracy > 0.9 and stage = production'"],
    [
      "lr and",
      6,
      "a name is missing after 'and', before the end",
      "write it like 'accuracy > 0.9 and stage = production'",
    ],
    ["0.9 < accuracy", 0, "a name stands before the operator, and a value behind it", "write 'accuracy > 0.9'"],
    ["message ~ 'x", 10, "a quote has no end", "end it with ', or put the whole value in other quotes"],
    ["stage > a", 8, "'stage' has no order", "write 'stage = …' or 'stage ~ …'"],
    ["age = 7d", 6, "an age is never met exactly", "write 'age < 7d'"],
    ["age < 7", 6, "'7' is not an age", "write it like '7d', '12h' or '2 weeks'"],
    ["time > soon", 7, "'soon' is not a time", "write it as 2026-03-01, '2026-03-01 14:30' or '2 weeks ago'"],
    ["time > 2026-02-30", 7, "'2026-02-30' is not a time", null],
    ["size > big", 7, "'big' is not a size", null],
    ["signed > 1", 9, "'signed' is true or false", null],
    ["lr < none", 5, "'none' has no order", "write '= none' or '!= none'"],
    ["two words > 1", 4, "an operator is missing between 'two' and 'words'", null],
  ])("refuses %s", (text, at, message, hint) => {
    const compiled = whereTest(text, columnsOf(LINES, { now: NOW }), { now: NOW });
    expect(compiled).toMatchObject({ kind: "problem", problem: { at, message } });
    if (hint !== null) expect(compiled).toMatchObject({ problem: { hint } });
  });

  it("asks which is meant where a score and a setting have one name", () => {
    const lines = [someLine({ metrics: { lr: 1 }, params: { lr: 2 } })];
    const compiled = whereTest("lr = 1", columnsOf(lines, { now: NOW }), { now: NOW });
    expect(compiled).toMatchObject({
      problem: { message: "'lr' is the name of a score and a setting", hint: "write 'metric.lr' or 'param.lr'" },
    });
    expect(found("metric.lr = 1 and param.lr = 2", lines)).toEqual([1]);
  });

  it("finds nothing that an object has by itself", () => {
    expect(found("constructor = none or __proto__ exists")).toContain("no version here has 'constructor'");
    const own = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, number>;
    expect(found("__proto__ = 1 and constructor = 2", [someLine({ metrics: own })])).toEqual([1]);
  });

  it("bounds length and depth, and takes no time for either", () => {
    expect(found("x".repeat(5000))).toBe("it is longer than 4096 characters");
    for (const deep of ["(".repeat(4000), "not ".repeat(1000), `${"!".repeat(4000)}signed`])
      expect(found(deep)).toBe("it is nested more than 50 levels deep");
    expect(found(`${"(".repeat(50)}signed${")".repeat(50)}`)).toEqual([1]);
    const message = "ab".repeat(500_000);
    const before = performance.now();
    expect(found(`message ~ ${"*a".repeat(240)}c`, [someLine({ message })])).toEqual([]);
    expect(found(`message ~ ${"a".repeat(4000)}`, [someLine({ message })])).toEqual([]);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

const names = fc.oneof(
  fc.constantFrom("lr", "accuracy", "stage", "metric.loss", "val/f 1", "and", "", "x y"),
  fc.string({ maxLength: 8 }),
);
const word = fc.record({ text: names, quoted: fc.boolean(), at: fc.constant(0), length: fc.constant(0) });
const value = fc.oneof(
  fc.record({
    text: fc.constantFrom("0.9", "none", "10 MB", "Ada Lovelace", "not good", "exists"),
    quoted: fc.constant(false),
    at: fc.constant(0),
    length: fc.constant(0),
  }),
  fc.record({
    text: fc.string({ maxLength: 8 }),
    quoted: fc.constant(true),
    at: fc.constant(0),
    length: fc.constant(0),
  }),
);
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant("is" as const), name: word }),
    fc.record({ kind: fc.constant("exists" as const), name: word }),
    fc.record({
      kind: fc.constant("compare" as const),
      name: word,
      operator: fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "~", "!~" as const),
      value,
    }),
    fc.record({ kind: fc.constant("not" as const), part: tie("expression") }),
    fc.record({
      kind: fc.constantFrom("any" as const, "all" as const),
      parts: fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

/** Without places; whether a name is quoted counts only for what it must be. */
function plain(each: Expression): unknown {
  switch (each.kind) {
    case "any":
    case "all":
      return { kind: each.kind, parts: each.parts.map(plain) };
    case "not":
      return { kind: "not", part: plain(each.part) };
    case "is":
    case "exists":
      return { kind: each.kind, name: each.name.text };
    case "compare":
      return { ...each, name: each.name.text, value: { text: each.value.text, quoted: each.value.quoted } };
  }
}

/** What an expression of versions' numbers means, in the plainest way. */
function naive(each: Expression, line: VersionLine): boolean {
  switch (each.kind) {
    case "any":
      return each.parts.some((part) => naive(part, line));
    case "all":
      return each.parts.every((part) => naive(part, line));
    case "not":
      return !naive(each.part, line);
    case "is":
    case "exists":
      return true;
    case "compare": {
      const [a, b] = [line.version, Number(each.value.text)];
      const all = {
        "=": a === b,
        "!=": a !== b,
        "<": a < b,
        "<=": a <= b,
        ">": a > b,
        ">=": a >= b,
        "~": false,
        "!~": true,
      };
      return all[each.operator];
    }
  }
}

describe("of any expression", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(expression, (each) => {
        const parsed = parseWhere(formatWhere(each));
        if (parsed.kind === "problem") throw new Error(`${formatWhere(each)}: ${parsed.problem.message}`);
        expect(plain(parsed.expression)).toEqual(plain(each));
      }),
    );
  });

  it("never throws, whatever the text", () => {
    const parts = fc.constantFrom("(", ")", "and", "or", "not", "=", "<", "~", "'", '"', "a", "1", " ", "\\", "exists");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts, { maxLength: 30 }).map((all) => all.join(" ")),
        ),
        (text) => {
          const result = found(text);
          const parsed = parseWhere(text);
          if (parsed.kind !== "problem" || text.trim() === "") return;
          expect(result).toBe(parsed.problem.message);
          expect(parsed.problem.at).toBeGreaterThanOrEqual(0);
          expect(parsed.problem.at + parsed.problem.length).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });

  it("means what its parts mean", () => {
    const { numbers } = fc.letrec<{ numbers: Expression }>((tie) => ({
      numbers: fc.oneof(
        { maxDepth: 4 },
        fc
          .tuple(fc.constantFrom("=", "!=", "<", "<=", ">", ">=" as const), fc.nat(6))
          .map(([operator, number]): Expression => {
            const at = { at: 0, length: 0, quoted: false };
            return {
              kind: "compare",
              operator,
              name: { text: "version", ...at },
              value: { text: String(number), ...at },
            };
          }),
        fc.record({ kind: fc.constant("not" as const), part: tie("numbers") }),
        fc.record({
          kind: fc.constantFrom("any" as const, "all" as const),
          parts: fc.array(tie("numbers"), { minLength: 2, maxLength: 3 }),
        }),
      ),
    }));
    const lines = [0, 1, 2, 3, 4, 5, 6].map((version) => someLine({ version }));
    fc.assert(
      fc.property(numbers, (each) => {
        expect(found(formatWhere(each), lines)).toEqual(
          lines.filter((line) => naive(each, line)).map(({ version }) => version),
        );
      }),
    );
  });
});

describe("what people type behind an operator", () => {
  it("reads numbers", () => {
    expect(
      ["1e-3", "1_000", "-.5", "+3", "inf", "-Infinity", "1e", "1__0", "0x10", "", "1,5"].map(parseNumber),
    ).toEqual([0.001, 1000, -0.5, 3, Infinity, -Infinity, null, null, null, null, null]);
  });

  it("reads spans of time", () => {
    expect(["90s", "2 min", "1h30m", "1 day 2 hours", "2.weeks", "1mo", "5 parsecs", "7", "d"].map(parseSpan)).toEqual([
      90_000,
      120_000,
      5_400_000,
      93_600_000,
      1_209_600_000,
      2_629_746_000,
      null,
      null,
      null,
    ]);
  });

  it("reads times as stretches, in the zone that they name or the reader's", () => {
    const iso = (text: string) => {
      const period = parsePeriod(text, NOW);
      return period && [period.from, period.to].map((time) => new Date(time).toISOString().slice(0, 19));
    };
    expect(iso("2026Z")).toEqual(["2026-01-01T00:00:00", "2027-01-01T00:00:00"]);
    expect(iso("2026-12Z")).toEqual(["2026-12-01T00:00:00", "2027-01-01T00:00:00"]);
    expect(iso("2026-02-28+01:00")).toEqual(["2026-02-27T23:00:00", "2026-02-28T23:00:00"]);
    expect(iso("2026-03-01T14:30-0230")).toEqual(["2026-03-01T17:00:00", "2026-03-01T17:01:00"]);
    expect(iso("2026-03-01 14:30:59z")).toEqual(["2026-03-01T14:30:59", "2026-03-01T14:31:00"]);
    expect(iso("1.week.ago")).toEqual(["2026-03-03T12:00:00", "2026-03-03T12:00:00"]);
    expect(parsePeriod("2026-03-01", NOW)).toEqual({
      from: new Date(2026, 2, 1).getTime(),
      to: new Date(2026, 2, 2).getTime(),
    });
    expect(parsePeriod("yesterday", NOW)?.to).toBe(parsePeriod("today", NOW)?.from);
    for (const text of ["2026-13", "2026-02-30", "2026-1-1T", "tomorrow", "26-01-01", "", "2026-03-01 25:00"])
      expect(parsePeriod(text, NOW)).toBe(null);
  });
});
