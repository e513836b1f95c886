/** The commits that two sides have in common, over histories of any shape. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GitProgram } from "../../src/git/program.ts";
import type { Oid } from "../../src/git/reader.ts";
import { commitsHere, commonHistory } from "../../src/repo/common-history.ts";
import { hermeticEnv } from "../support/cli.ts";

let dir: string;
let git: GitProgram;
/** Commits in the order of their making, and for each the places of its parents. */
let commits: Oid[];
const PARENTS = Array.from({ length: 24 }, (_, i) => {
  if (i === 0 || i === 7) return [];
  return i % 5 === 0 ? [i - 1, Math.floor(i / 2)] : [Math.max(0, i - 1 - ((i * 7) % 3))];
});

beforeAll(async () => {
  dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-common-")));
  const env = hermeticEnv(dir);
  const run = (args: readonly string[], input = ""): string =>
    execFileSync("git", args, { cwd: dir, env, input }).toString();
  run(["init", "-q"]);
  const text = PARENTS.map((parents, i) => {
    const from = parents.map((parent, at) => `${at === 0 ? "from" : "merge"} :${parent + 1}\n`).join("");
    return (
      `commit refs/heads/b${i}\nmark :${i + 1}\ncommitter T <t@example.com> ${1_700_000_000 + i} +0000\ndata ` +
      `1\nx\n${from}\n`
    );
  });
  run(["fast-import", "--quiet", "--force"], text.join(""));
  commits = PARENTS.map((_, i) => run(["rev-parse", `refs/heads/b${i}`]).trim() as Oid);
  git = await GitProgram.open(dir, env);
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

function closure(from: Iterable<number>): Set<number> {
  const found = new Set<number>();
  for (const waiting = [...from]; waiting.length > 0;) {
    const at = waiting.pop() as number;
    if (!found.has(at)) waiting.push(...(found.add(at), PARENTS[at] as number[]));
  }
  return found;
}

it("is what both reach, and no more", async () => {
  const side = fc.uniqueArray(fc.nat({ max: PARENTS.length - 1 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(side, side, async (some, others) => {
      const oids = (places: readonly number[]): Oid[] => places.map((at) => commits[at] as Oid);
      const found = await commonHistory(git, oids(some), oids(others));
      const both = [...closure(some)].filter((at) => closure(others).has(at));
      expect([...closure(found.map((oid) => commits.indexOf(oid)))].toSorted()).toEqual(both.toSorted());
    }),
    { numRuns: 40 },
  );
}, 60_000);

it("leaves out what is not here, and what is no commit", async () => {
  const blob = execFileSync("git", ["hash-object", "-w", "--stdin"], { cwd: dir, env: hermeticEnv(dir), input: "x" })
    .toString()
    .trim();
  const nowhere = "1".repeat(40);
  expect(await commitsHere(git, [nowhere, blob, commits[3] as string])).toEqual([commits[3]]);
  expect(
    await commonHistory(
      git,
      [nowhere, commits[3] as string],
      [blob, nowhere, commits[4] as string, commits[3] as string],
    ),
  ).toEqual([commits[3]]);
});
