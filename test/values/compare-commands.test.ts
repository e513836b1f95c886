import fc from "fast-check";
import { expect, it } from "vitest";
import { compareMarkdown, compareText } from "../../src/cli/render/versions/compare.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import { columnsOf } from "../../src/cli/render/columns.ts";
import { compareCommands } from "../../src/values/compare-commands.ts";

type Shown = Parameters<typeof compareText>[0];

const words = fc.array(fc.constantFrom<string>("a", "b", "c", "--x", "--y"), { maxLength: 12 });

it("commands: what differs, put in the place of what was there, makes the one of the other", () => {
  fc.assert(
    fc.property(words, words, (a, b) => {
      const changes = compareCommands(a, b);
      const made = [...a];
      for (const change of changes.toReversed()) made.splice(change.at.a, change.a.length, ...change.b);
      expect(made).toEqual(b);
      expect(changes.length === 0).toBe(a.join(" ") === b.join(" "));
      for (const change of changes) expect(b.slice(change.at.b, change.at.b + change.b.length)).toEqual(change.b);
    }),
  );
  expect(compareCommands(["p", "--lr", "1", "--x"], ["p", "--lr", "2", "--x", "--amp"])).toEqual([
    { at: { a: 2, b: 2 }, a: ["1"], b: ["2"] },
    { at: { a: 4, b: 4 }, a: [], b: ["--amp"] },
  ]);
  expect(
    compareCommands(
      Array.from({ length: 30_000 }, (_, at) => String(at)),
      ["0"],
    ),
  ).toHaveLength(1);
});

const side = (version: number, command: string[], optionsKnown = true): Shown["a"] => ({
  label: `spam@v${version}`,
  model: "spam" as Shown["a"]["model"],
  version,
  time: "2026-01-02T03:04:05Z",
  author: "A <a>",
  message: "",
  command,
  optionsKnown,
});
const report = (a: string[], b: string[], more: Partial<Shown> = {}): Shown => ({
  a: side(1, a),
  b: side(2, b),
  params: [],
  words: compareCommands(a, b),
  scores: [],
  data: [],
  weights: [],
  code: [],
  environment: [],
  all: false,
  ...more,
});
const style = makeStyle({ color: false });

it("settings are never said to be the same where the commands differ", () => {
  expect(compareText(report(["x", "1"], ["x", "2"]), style)).toContain(
    "settings  no difference is known, but the commands differ\n",
  );
  expect(compareText({ ...report(["x", "1"], ["x", "2"]), a: side(1, ["x", "1"], false) }, style)).toContain(
    "the options of one were not recorded",
  );
  expect(compareMarkdown(report(["x", "1"], ["x", "2"]))).toContain("**settings**: no difference is known");
  expect(compareText(report(["x"], ["x"]), style)).toContain("settings  the same\n");
});

it("long commands show each place that differs, and hundreds of packages stay within 80 columns and a screen", () => {
  const long: string[] = Array.from({ length: 60 }, (_, at) => `--option-${at}=${at}`);
  const other: string[] = long.with(10, "--option-10=x").with(50, "--option-50=y z");
  const environment = Array.from({ length: 300 }, (_, at) => ({
    name: `python.interpreters.0.packages.a-package-with-a-long-name-${at}`,
    a: `${at}.0.0+git.0123456789abcdef0123456789abcdef`,
    b: at % 2 ? undefined : "2.0.0+local.of.somebody.with.a.long.name",
  }));
  const params = [
    {
      name: "model.encoder.layers.dropout",
      a: "a".repeat(500),
      b: "b".repeat(90),
      origins: { a: "outputs/2026-01-02/03-04-05/.hydra/config.yaml", b: "configs/experiments/with-a-long-name.yaml" },
    },
  ];
  const text = compareText(report(["python", ...long], ["python", ...other], { environment, params }), style);
  for (const line of text.split("\n")) expect(columnsOf(line), line).toBeLessThanOrEqual(80);
  expect(text.split("\n").length).toBeLessThan(60);
  for (const word of [
    "--option-10=10",
    "--option-10=x",
    "--option-50=50",
    "'--option-50=y z'",
    "... and 126 more rows; '--all' lists them",
  ])
    expect(text).toContain(word);
  expect(compareText({ ...report([], [], { environment }), all: true }, style).split("\n").length).toBeGreaterThan(300);
});
