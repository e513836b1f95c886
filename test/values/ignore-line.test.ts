import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ignoreLine, withIgnoreLines, withoutIgnoreLines } from "../../src/values/ignore-line.ts";
import { name } from "../property/paths.ts";

describe("ignore lines", () => {
  it.each([
    ["weights.bin", "/weights.bin"],
    ["#a", "/#a"],
    ["!a", "/!a"],
    ["a b", "/a b"],
    ["a  ", "/a\\ \\ "],
    ["  a", "/  a"],
    ["a*b?[c]", "/a\\*b\\?\\[c]"],
    ["a\nb", "/a?b"],
    ["é", "/é"],
  ])("%j is ignored by %j", (file, line) => expect(ignoreLine(file)).toBe(line));

  it.each([
    ["", "/a\n/b\n"],
    ["x\n", "x\n/a\n/b\n"],
    ["x", "x\n/a\n/b\n"],
    ["x\r\ny\r\n", "x\r\ny\r\n/a\r\n/b\r\n"],
    ["x\r\ny", "x\r\ny\r\n/a\r\n/b\r\n"],
    ["/a\n", "/a\n/b\n"],
    ["/b\r\n/a", "/b\r\n/a"],
    ["# /a\n a\n", "# /a\n a\n/a\n/b\n"],
    ["\n\n", "\n\n/a\n/b\n"],
  ])("added to %j", (text, expected) => {
    expect(withIgnoreLines(text, ["/a", "/b", "/a"])).toBe(expected);
    expect(withIgnoreLines(expected, ["/a", "/b"])).toBe(expected);
  });

  it.each([
    ["/a\n", ""],
    ["x\n/a\ny", "x\ny"],
    ["x\r\n/a\r\n", "x\r\n"],
    ["x\n/a", "x\n"],
    ["/a\n/a\n/ab\n a\n", "/ab\n a\n"],
    ["# mine\n", "# mine\n"],
  ])("removed from %j", (text, expected) => {
    expect(withoutIgnoreLines(text, ["/a"])).toBe(expected);
  });

  it("keeps every other byte of a text through adding and removing", () => {
    const texts = fc
      .array(fc.constantFrom("x", "/a", "#", "\n", "\r\n", " ", "é", "!/a"), { maxLength: 20 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, name, (text, file) => {
        const line = ignoreLine(file);
        const added = withIgnoreLines(text, [line]);
        expect(added.startsWith(text)).toBe(true);
        expect(withIgnoreLines(added, [line])).toBe(added);
        if (!text.split(/\r?\n/).includes(line))
          expect(withoutIgnoreLines(added, [line]).replace(/\r?\n$/, "")).toBe(text.replace(/\r?\n$/, ""));
      }),
    );
  });
});

describe("with the git program", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mvgit-ignore-"));
    env = {
      PATH: process.env["PATH"],
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: join(folder, "config"),
      LC_ALL: "C",
    };
    execFileSync("git", ["init", "-q", "work"], { cwd: folder, env });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Those of the paths that Git ignores when the lines are in `.gitignore` at the top. */
  function ignored(lines: string, paths: readonly string[]): Set<string> {
    writeFileSync(join(folder, "work/.gitignore"), lines);
    const input = paths.map((path) => `./${path}\0`).join("");
    const options = { cwd: join(folder, "work"), env, input };
    const output = execFileSync(
      "sh",
      ["-c", "git check-ignore --no-index -z --stdin || test $? = 1"],
      options,
    ).toString();
    return new Set(
      output
        .split("\0")
        .filter((path) => path !== "")
        .map((path) => path.replace(/^\.\//, "")),
    );
  }

  it("a line ignores its file, in this folder only, and not its pointer", () => {
    fc.assert(
      fc.property(name, fc.constantFrom("\n", "\r\n"), (file, end) => {
        const others = [`sub/${file}`, `${file}.mvgit`, `x${file}`, `${file}x`];
        expect([...ignored(withIgnoreLines(`# first${end}`, [ignoreLine(file)]), [file, ...others])]).toEqual([file]);
      }),
      { numRuns: 150 },
    );
  });

  it("the lines of many files ignore these and no others, line feeds aside", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          name.filter((each) => !each.includes("\n")),
          { minLength: 2, maxLength: 200 },
        ),
        (names) => {
          const tracked = names.filter((_, index) => index % 2 === 0);
          const lines = withIgnoreLines("", tracked.map(ignoreLine));
          expect([...ignored(lines, names)].toSorted()).toEqual(tracked.toSorted());
        },
      ),
      { numRuns: 30 },
    );
  });
});
