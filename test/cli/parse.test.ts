import { describe, expect, test } from "vitest";
import { nearest } from "../../src/base/nearest.ts";
import { count, dryRun, flag, list, maybe, off, value } from "../../src/cli/options.ts";
import { checkOperands, findName, operandLimits, parse } from "../../src/cli/parse.ts";

const OPTIONS = {
  glob: flag("patterns"),
  hooks: off("no hooks"),
  remote: maybe("NAME", "remote"),
  message: value("TEXT", "message", "m"),
  data: list("P", "data"),
  jobs: count("N", "jobs", { short: "j" }),
  dryRun,
};

function values(...argv: string[]): Record<string, unknown> {
  return parse(argv, OPTIONS).values;
}

describe("options", () => {
  test("have their defaults", () => {
    expect(values()).toMatchObject({
      glob: false,
      hooks: true,
      remote: undefined,
      message: undefined,
      data: [],
      jobs: undefined,
      dryRun: false,
    });
  });

  test("are understood in every spelling, before and after operands", () => {
    const parsed = parse(
      ["a", "--glob", "b", "--no-hooks", "-m", "text", "--data", "x", "--data=y", "-j4", "-n", "c"],
      OPTIONS,
    );
    expect(parsed.operands).toEqual(["a", "b", "c"]);
    expect(parsed.values).toMatchObject({
      glob: true,
      hooks: false,
      message: "text",
      data: ["x", "y"],
      jobs: 4,
      dryRun: true,
    });
  });

  test("an optional value may be left out", () => {
    expect(values("--remote")).toMatchObject({ remote: "" });
    expect(values("--remote", "--glob")).toMatchObject({ remote: "", glob: true });
    expect(values("--remote", "store")).toMatchObject({ remote: "store" });
  });

  test("the last one counts", () => {
    expect(values("-m", "a", "-m", "b", "--glob", "--no-glob")).toMatchObject({ message: "b", glob: false });
  });

  test.each([
    [["--globb"], "unknown option '--globb'"],
    [["--no-globb"], "unknown option '--no-globb'"],
    [["-x"], "unknown option '-x'"],
    [["-nx"], "unknown option '-x'"],
    [["--message"], "option '--message' needs a value (TEXT)"],
    [["-m"], "option '--message' needs a value (TEXT)"],
    [["-j", "many"], "option '--jobs' needs a whole number of 1 or more, not 'many'"],
    [["-j0"], "option '--jobs' needs a whole number of 1 or more, not '0'"],
    [["--jobs=1000000000"], "option '--jobs' needs a whole number from 1 to 999,999,999, not '1000000000'"],
    [["--jobs=1e3"], "option '--jobs' needs a whole number of 1 or more, not '1e3'"],
    [["--color=x"], "option '--color' is auto, always or never, not 'x'"],
    [["--constructor"], "unknown option '--constructor'"],
    [["--__proto__", "x"], "unknown option '--__proto__'"],
  ])("%j is a usage error", (argv, message) => {
    expect(() => parse(argv, OPTIONS)).toThrow(expect.objectContaining({ code: "usage", message }));
  });

  test("global ones stand anywhere; -C adds up", () => {
    const { global, operands } = parse(
      ["-C", "a", "x", "--json", "-C", "b", "-q", "-v", "--no-progress", "--color"],
      OPTIONS,
    );
    expect(operands).toEqual(["x"]);
    expect(global).toMatchObject({
      directory: ["a", "b"],
      json: true,
      quiet: true,
      verbose: true,
      progress: false,
      color: "always",
    });
    expect(parse([], OPTIONS).global).toMatchObject({ directory: [], progress: undefined, color: "auto" });
  });
});

describe("operands", () => {
  test("stay what was typed", () => {
    const typed = ["007", "1e3", "0x10", "1.10", "true", "-", "a=b", "a b", "", "ключ"];
    expect(parse(typed, OPTIONS).operands).toEqual(typed);
  });

  test("after -- begin with what they like, in order", () => {
    expect(parse(["a", "--", "--glob", "-n", "--", "b"], OPTIONS)).toMatchObject({
      operands: ["a", "--glob", "-n", "--", "b"],
      values: { glob: false, dryRun: false },
    });
    expect(parse(["--", "--color"], OPTIONS).operands).toEqual(["--color"]);
  });

  test.each([
    ["", 0, 0],
    ["PATH...", 1, Infinity],
    ["[PATH...]", 0, Infinity],
    ["NAME URL", 2, 2],
    ["[REV] [PATH...]", 0, Infinity],
    ["[A [B]]", 0, 2],
    ["bash|zsh|fish", 1, 1],
  ])("'%s' takes %d to %d", (usage, least, most) => {
    expect(operandLimits(usage)).toEqual({ least, most });
  });

  test("too few and too many are usage errors", () => {
    expect(() => checkOperands("mv", "A B", ["x"])).toThrow("'mvgit mv' needs B");
    expect(() => checkOperands("mv", "A B", ["x", "y", "z"])).toThrow("'mvgit mv' does not take 'z'");
    checkOperands("mv", "A B", ["x", "y"]);
  });
});

describe("the name of the command", () => {
  test.each([
    [["add", "x"], 0],
    [["-C", "dir", "add"], 2],
    [["-q", "--json", "--color=never", "add"], 3],
    [["--color", "add"], 1],
    [["--", "add"], -1],
    [[], -1],
  ])("in %j is at %d", (argv, at) => {
    expect(findName(argv)).toBe(at);
  });

  test("is guessed when it is near", () => {
    const names = ["add", "status", "checkout", "push", "pull", "fetch", "ls", "cat", "rm", "mv"];
    expect(nearest("stauts", names)).toBe("status");
    expect(nearest("chekcout", names)).toBe("checkout");
    expect(nearest("psuh", names)).toBe("push");
    expect(nearest("ad", names)).toBe("add");
    expect(nearest("bisect", names)).toBeNull();
    expect(nearest("x".repeat(100_000), names)).toBeNull();
  });
});
