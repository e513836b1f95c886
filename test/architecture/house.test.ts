/** The checks of the lint that are the project's own find what they are there for. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { limitFaults, roomFaults, tightened } from "../../.ci/check-house.mjs";
import { circles, measure, spread } from "../../.ci/figures.mjs";
import { parseText } from "../../.ci/sources.mjs";
import config from "../../vitest.config.ts";
import { ROOT } from "../support/cli.ts";

const LAYERS = [
  { why: "low", rooms: { base: {} } },
  { why: "beside", rooms: { git: {}, program: {} } },
  { why: "high", rooms: { files: { door: ["*.ts", "*/import.ts"] } } },
  { why: "top", rooms: { cli: {} } },
];

it.each([
  ["src/base/a.ts", "src/git/b.ts", "src/base/a.ts: imports src/git/b.ts, which is above it: low"],
  ["src/git/a.ts", "src/program/b.ts", "src/git/a.ts: imports src/program/b.ts, which stands beside it: beside"],
  [
    "src/cli/a.ts",
    "src/files/checkout/plan.ts",
    "src/cli/a.ts: imports src/files/checkout/plan.ts, which is not of the door of 'files' (*.ts, */import.ts)",
  ],
  [
    "src/other/a.ts",
    "src/base/b.ts",
    "src/other/a.ts: no rule names the room 'other': give it a layer in .ci/rooms.mjs",
  ],
  ["src/cli/a.ts", "test/support/cli.ts", "src/cli/a.ts: imports test/support/cli.ts, which is not of src/"],
  ["src/cli/a.ts", "?", "src/cli/a.ts: imports what no literal names: nobody can follow it"],
  [
    "src/cli/a.js",
    "src/base/b.ts",
    "src/cli/a.js: src/ holds TypeScript alone, and elements of the page stand in src/page",
  ],
  ["src/cli/a.ts", "src/files/add.ts", null],
  ["src/cli/a.ts", "src/files/dvc/import.ts", null],
  ["src/files/add.ts", "src/files/checkout/plan.ts", null],
  ["src/program/run.ts", "src/base/disk.ts", null],
])("%s may import %s: %s", (path, to, fault) => {
  expect(roomFaults([{ path, imports: [{ to }] }], LAYERS)).toEqual(fault === null ? [] : [fault]);
});

it("limits are held, each by its name; counts are only ever lowered, goals of a spread stay", () => {
  const limits = { src: { "lines of a file": { most: 400 }, "nested ternaries": 2 } };
  const above = { src: { "lines of a file": { most: 401 }, "nested ternaries": 3 } };
  expect(limitFaults(above, limits)).toEqual([
    "src, lines of a file, most: 401, the limit is 400",
    "src, nested ternaries: 3, the limit is 2",
  ]);
  expect(tightened(above, limits)).toEqual(limits);
  const below = { src: { "lines of a file": { most: 390 }, "nested ternaries": 0 } };
  expect(limitFaults(below, limits)).toEqual([]);
  expect(tightened(below, limits)).toEqual({ src: { "lines of a file": { most: 400 }, "nested ternaries": 0 } });
});

it("a file is measured: lines, functions, nested ternaries in brackets or not, classes that nobody described", () => {
  const text = [
    "/** Said. */",
    "export class Said {}",
    "export class Unsaid {}",
    "class Own {}",
    "const a = b ? 1 : c ? 2 : 3;",
    "const d = b ? (c ? 1 : 2) : 3;",
    "const e = b ? [c ? 1 : 2] : f(c ? 1 : 2);",
    "function g(h: number, i: number): number {",
    "  return h;",
    "}",
    `// ${"x".repeat(120)}`,
    "",
  ].join("\n");
  const { lines, long, functions, nested, bareClasses } = measure(parseText("src/a.ts", text));
  expect({ lines, long, nested, functions, bareClasses }).toEqual({
    lines: 11,
    long: [11],
    nested: [5, 6],
    functions: [{ line: 8, lines: 3, parameters: 2 }],
    bareClasses: [{ line: 3, name: "Unsaid" }],
  });
});

it.each(["class A {}\nexport { A };", "export default class A {}", "export const A = class {};"])(
  "a class that nobody described is found in %j",
  (text) => {
    expect(measure(parseText("src/a.ts", text)).bareClasses).toMatchObject([{ name: "A" }]);
    expect(measure(parseText("src/a.ts", `/** Said. */\n${text}`)).bareClasses).toEqual([]);
  },
);

it.each(["(b ? 1 : 2) as number", "(b ? 1 : 2)!", "(b ? 1 : 2) satisfies number"])("%s nests a choice", (inner) => {
  expect(measure(parseText("src/a.ts", `const a = b ? (${inner}) : 3;`)).nested).toEqual([1]);
});

it("a rule that a comment switches off is found", () => {
  const off = (text: string): number[] => measure(parseText("src/a.ts", `/** A. */\n// ${text}\nf();\n`)).switches;
  for (const text of ["oxlint-disable-next-line", "eslint-disable", "@ts-ignore", "@ts-nocheck"])
    expect(off(text)).toEqual([2]);
  expect(off("the lint is on")).toEqual([]);
});

it.each([
  ["import(`./b.ts`);", "src/b.ts"],
  ["import(name);", "?"],
  ['createRequire(import.meta.url)("./b.ts");', "src/b.ts"],
  ['new Worker(new URL("./b.ts", import.meta.url));', "src/b.ts"],
  ['type A = import("./b.ts").A;', "src/b.ts"],
  ['import "mvgit";', "mvgit"],
  ['export * from "/src/b.ts";', "/src/b.ts"],
])("%s imports %s", (text, to) => {
  expect(measure(parseText("src/a.ts", text)).imports).toMatchObject([{ to }]);
});

it("what is of a package, and what is no import, imports nothing of the project", () => {
  const text = 'import "yargs";\nimport "node:fs";\nsay("see ./b.ts");\nawait import("yaml");\n';
  expect(measure(parseText("src/a.ts", text)).imports).toEqual([]);
});

it("circles of imports are found, through types as well, and through import() where they are asked for", () => {
  const text = 'import type { A } from "./b.ts";\nexport { c } from "./c.ts";\nawait import("./d.ts");\n';
  const first = measure(parseText("src/a.ts", text));
  expect(first.imports.map(({ to, isLazy }) => `${to}${isLazy ? " lazily" : ""}`)).toEqual([
    "src/b.ts",
    "src/c.ts",
    "src/d.ts lazily",
  ]);
  const back = (path: string): { path: string; imports: { to: string; isLazy: boolean }[] } => ({
    path,
    imports: [{ to: "src/a.ts", isLazy: false }],
  });
  expect(circles([first, back("src/b.ts")], { lazy: false })).toEqual([["src/a.ts", "src/b.ts"]]);
  expect(circles([first, back("src/d.ts")], { lazy: false })).toEqual([]);
  expect(circles([first, back("src/d.ts")], { lazy: true })).toEqual([["src/a.ts", "src/d.ts"]]);
});

it("a spread is the median, the 95th of 100, and the most", () => {
  expect(spread(Array.from({ length: 100 }, (_, at) => 100 - at))).toEqual({ median: 51, p95: 96, most: 100 });
  expect(spread([])).toEqual({ median: 0, p95: 0, most: 0 });
});

it("a test that puts a module in another one's place shares its process with no other", () => {
  const shared = config.test?.projects?.find(
    (each) => typeof each === "object" && "test" in each && each.test?.isolate === false,
  );
  const apart = (shared as { test: { exclude: string[] } }).test.exclude.flatMap((glob) => {
    const [, before = "", names = "", behind = ""] = /^(.*)\{(.*)\}(.*)$/.exec(glob) ?? [null, "", "", glob];
    return names.split(",").map((name) => `${before}${name}${behind}`);
  });
  const isApart = (path: string): boolean =>
    apart.some(
      (glob) => glob === path || (glob.endsWith("/**/*.test.ts") && path.startsWith(glob.split("**")[0] ?? "")),
    );
  const mocking = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .map((path) => join("test", path))
    .filter((path) => path.endsWith(".test.ts") && /^vi\.mock\(/m.test(readFileSync(join(ROOT, path), "utf8")));
  expect(mocking.length).toBeGreaterThan(1);
  expect(mocking.filter((path) => !isApart(path))).toEqual([]);
  expect(isApart("test/values/label.test.ts")).toBe(false);
});
