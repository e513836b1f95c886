/** What decides about bytes is read by commands whose output is made for programs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";

/** Commands of Git whose output is for people: settings change it. */
const PORCELAIN =
  /(?:run|runGit|gitFields|rawDiff)\(\s*\[(?:[^\]]*?,)?\s*"(?:log|status|show|branch|diff|describe|whatchanged|shortlog|reflog|stash|blame|grep|annotate|name-rev|cherry)"/;

it("no source reads the output of a command of Git's that is for people", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((name) => PORCELAIN.test(readFileSync(join(ROOT, "src", name), "utf8")))).toEqual([]);
  expect(PORCELAIN.test('git.run(["log", "-1"])') && PORCELAIN.test('runGit([...OPTIONS, "status"], {})')).toBe(true);
});

/** A revision that Git would take for a file of that name as well, and refuse: nothing says where revisions end. */
const AMBIGUOUS = /\["rev-list"(?![^\]]*(?:"--"|"--stdin"|"--all"))[^\]]*\]/;

it("no revision can be taken for a file that is called the same", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  expect(files.filter((name) => AMBIGUOUS.test(readFileSync(join(ROOT, "src", name), "utf8")))).toEqual([]);
  expect(AMBIGUOUS.test('git.run(["rev-list", "--count", "HEAD"])')).toBe(true);
});

it("nor does a hook", () => {
  const texts = readdirSync(join(ROOT, "hooks")).map((name) => readFileSync(join(ROOT, "hooks", name), "utf8"));
  expect(texts.filter((text) => /\bgit (?:-\S+ )*(?:log|status|show|branch|diff|reflog)(?![-\w])/.test(text))).toEqual(
    [],
  );
});

it("git is started at one place, in the environment that is made there", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const starts = files.filter((name) =>
    /\b(?:spawn|execFile|exec|fork)(?:Sync)?\(/.test(
      readFileSync(join(ROOT, "src", name), "utf8").replaceAll(/\.exec\(/g, ""),
    ),
  );
  expect(starts.filter((name) => name.startsWith("git/"))).toEqual(["git/run.ts"]);
});
