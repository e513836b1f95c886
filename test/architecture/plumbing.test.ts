/** What decides about bytes is read by commands whose output is made for programs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";
import { allSources, callsOf, readSource, type Source, wordsOf } from "../support/source-code.ts";

const sources = allSources();

/** Commands of Git whose output is for people: settings change it. */
const PORCELAIN = new Set(
  "log status show branch diff describe whatchanged shortlog reflog stash blame grep annotate name-rev cherry".split(
    " ",
  ),
);

/** What hands its first argument to Git. */
const GIT_CALLS = new Set(["run", "runGit", "gitFields", "rawDiff"]);

function porcelainCalls(source: Source): string[] {
  return callsOf(source)
    .filter(({ name, first }) => GIT_CALLS.has(name) && wordsOf(first)?.some((word) => PORCELAIN.has(word)))
    .map(({ line }) => `${source.path}:${line}`);
}

const planted = (code: string): Source => readSource("planted.ts", code);

it("no source reads the output of a command of Git's that is for people", () => {
  expect(sources.flatMap(porcelainCalls)).toEqual([]);
  for (const code of [
    'git.run(["log", "-1"])',
    'runGit([...OPTIONS, "status"], {})',
    'await git.run(\n  [\n    // As it is.\n    ...(all ? ["--no-pager"] : []),\n    "show",\n  ],\n)',
  ])
    expect(porcelainCalls(planted(code))).toHaveLength(1);
});

/** Revisions that Git would take for a file of that name as well, and refuse: nothing says where revisions end. */
function openEnded(source: Source): string[] {
  return source.nodes.flatMap((node) => {
    const words = wordsOf(node) ?? [];
    const isEnded = ["--", "--stdin", "--all"].some((word) => words.includes(word));
    return words[0] === "rev-list" && !isEnded ? [`${source.path}:${source.lineOf(node)}`] : [];
  });
}

it("no revision can be taken for a file that is called the same", () => {
  expect(sources.flatMap(openEnded)).toEqual([]);
  expect(openEnded(planted('git.run(["rev-list", "--count", "HEAD"])'))).toHaveLength(1);
  expect(openEnded(planted('const args = [\n  "rev-list",\n  ...(all ? ["--count"] : []),\n  head,\n];'))).toHaveLength(
    1,
  );
  expect(openEnded(planted('git.run(["rev-list", head, "--"])'))).toHaveLength(0);
});

it("nor does a hook", () => {
  const texts = readdirSync(join(ROOT, "hooks")).map((name) => readFileSync(join(ROOT, "hooks", name), "utf8"));
  expect(texts.filter((text) => /\bgit (?:-\S+ )*(?:log|status|show|branch|diff|reflog)(?![-\w])/.test(text))).toEqual(
    [],
  );
});

/** Starts of a program; `exec` as a method is that of a regular expression. */
const startsProgram = (source: Source): boolean =>
  callsOf(source).some(
    ({ name, isMethod }) => /^(?:spawn|execFile|exec|fork)(?:Sync)?$/.test(name) && !(isMethod && name === "exec"),
  );

it("git is started at one place, in the environment that is made there", () => {
  const starts = sources.filter((source) => source.path.startsWith("src/git/") && startsProgram(source));
  expect(starts.map(({ path }) => path)).toEqual(["src/git/run.ts"]);
  expect(startsProgram(planted("children\n  .spawnSync(\n    program,\n  )"))).toBe(true);
  expect(startsProgram(planted("/x/.exec(text)"))).toBe(false);
});
