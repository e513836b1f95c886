/** mvgit's own files and locks are named in one place, and documented as they are. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CACHE_FILES, CLONE_FILES, LOCK_ORDER, WORK_TREE_FILES } from "../../src/values/own-files.ts";

const ROOT = join(import.meta.dirname, "../..");
const OWNER = "values/own-files.ts";

/** Git's folder, and behind it mvgit's, in whichever way the two are put together. */
const JOINED = /\b(?:commonDir|gitDir)\b[\s,)}+]+["'`]?\/?mvgit\b/;

it("no other module joins a name to the folders of mvgit's own", () => {
  const src = join(ROOT, "src");
  const joining = fs
    .readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && name !== OWNER)
    .filter((name) => JOINED.test(fs.readFileSync(join(src, name), "utf8")));
  expect(joining).toEqual([]);
});

it.each([
  'join(place.commonDir, "mvgit", "x")',
  'resolve(repo.git.place.gitDir,\n  "mvgit/x")',
  "`${place.gitDir}/mvgit/x`",
  'place.gitDir + "/mvgit/x"',
])("sees %j", (code) => {
  expect(code).toMatch(JOINED);
});

const document = fs.readFileSync(join(ROOT, "docs/own-files.md"), "utf8");

/** The rows of the table below a heading: a name, and what it is. */
function rowsOf(heading: string): [name: string, what: string][] {
  const section = document.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` \| (.+?) \|$/gm)].map(([, name = "", what = ""]) => [name, what]);
}

it.each([
  ["Of a clone", CLONE_FILES],
  ["Of a work tree", WORK_TREE_FILES],
  ["Of a cache", CACHE_FILES],
])("%s: docs/own-files.md has what the code has", (heading, files) => {
  expect(rowsOf(heading)).toEqual(Object.entries(files));
});

it("every lock stands in the order, in the code as in docs/own-files.md", () => {
  const named = [...Object.keys({ ...CLONE_FILES, ...WORK_TREE_FILES, ...CACHE_FILES })].filter((name) =>
    name.endsWith("lock"),
  );
  expect([...named, "bases.lock"].toSorted()).toEqual([...LOCK_ORDER].toSorted());
  expect(rowsOf("Locks").map(([name]) => name)).toEqual([...LOCK_ORDER]);
});
