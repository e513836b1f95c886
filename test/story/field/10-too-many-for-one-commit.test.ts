/** The pre-commit hook minds the sum and the number of a commit's new files, each of which alone is small enough. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
let kept: () => void;
beforeAll(async () => {
  box = await makeSandbox({ hooks: true });
  box.write("work/src/train.py", "print(1)\n");
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-q", "-m", "start"]);
  await box.git("work", ["config", "mvgit.maxCommitSize", "20k"]);
  await box.git("work", ["config", "mvgit.maxNewFiles", "30"]);
  kept = box.keep();
});
afterAll(() => box.cleanup());

const pngs = (folder: string, count: number, size: number): void => {
  for (let at = 0; at < count; at++) box.write(`work/${folder}/${at}.png`, `${folder} ${at} ${"x".repeat(size)}`);
};
const commit = async (status: number, ...args: string[]): Promise<string> =>
  (await box.git("work", ["commit", "-q", "-m", "more", ...args], status)).stderr;

test("too much together is refused by folder, with the command that mends it", async () => {
  pngs("plots/epoch-1", 10, 2000);
  pngs("plots/epoch-2", 10, 2000);
  box.write("work/src/eval.py", "print(2)\n".repeat(5000));
  await box.git("work", ["add", "."]);
  const said = await commit(1);
  expect(said).toContain(
    "'plots' brings 20 new files of together 39.4 KiB, and one commit should not (mvgit.maxCommitSize is " +
      ("20.0 " + "KiB, mvgit.maxNewFiles 30)"),
  );
  expect(said).toContain("mend it with: mvgit add plots\n");
  expect(said).toContain("git commit --no-verify");
  expect(JSON.parse((await box.mv("work", ["--json", "hooks", "run"], 1)).stdout)).toMatchObject({
    findings: [{ path: "plots", kind: "too-much", command: "mvgit add plots" }],
  });
  // What it says of files that Git kept does not grow with them.
  expect((await box.mv("work", ["add", "plots"])).stdout.trimEnd().split("\n")).toEqual([
    expect.stringContaining("plots"),
    expect.stringMatching(/^Git no longer keeps .* and 10 more themselves from the next commit on$/),
  ]);
  await commit(0);
  expect((await box.git("work", ["ls-files", "plots", "plots.mvgit"])).stdout).toBe("plots.mvgit\n");
  kept();
});

test("too many are refused too, also beside others; code, attribute, --no-verify, setting let them pass", async () => {
  pngs("src", 31, 1);
  await box.git("work", ["add", "."]);
  expect(await commit(1)).toMatch(/'src' brings 31 new files of together \d+ B.*\n.*git reset -q -- src/);
  box.write("work/.gitattributes", `${box.read("work/.gitattributes").toString()}src/*.png -mvgit\n`);
  await box.git("work", ["add", "."]);
  await commit(0);
  for (let at = 0; at < 40; at++) box.write(`work/lib/${at}.ts`, `export const a = ${at};\n`);
  await box.git("work", ["add", "."]);
  await commit(0);
  pngs("icons", 40, 1);
  await box.git("work", ["add", "."]);
  await commit(1);
  await box.git("work", ["config", "mvgit.maxNewFiles", "100"]);
  await commit(0);
  await box.git("work", ["config", "mvgit.maxNewFiles", "30"]);
  pngs("more", 40, 1);
  await box.git("work", ["add", "."]);
  await commit(0, "--no-verify");
  // What was let pass once is amended, merged and moved without a word.
  await commit(0, "--amend", "--no-edit");
  await box.git("work", ["mv", "more", "moved"]);
  await commit(0);
});

test("a merge, a squash and a cherry-pick of what another branch has are not new", async () => {
  await box.git("work", ["checkout", "-q", "-b", "side", "HEAD~1"]);
  box.write("work/src/train.py", "side\n");
  await box.git("work", ["commit", "-q", "-am", "side"]);
  for (const [command, end] of [
    [
      ["merge", "main"],
      ["commit", "-q", "-m", "merged"],
    ],
    [
      ["cherry-pick", "main"],
      ["commit", "-q", "-m", "picked"],
    ],
  ] as const) {
    await box.git("work", ["checkout", "-q", "-B", "try", "side"]);
    await box.git("work", ["reset", "-q", "--hard", "side"]);
    await box.git("work", [...command], -1);
    await box.git("work", ["add", "-A"]);
    await box.git("work", [...end], -1);
    expect((await box.git("work", ["status", "--porcelain", "-uno"])).stdout).toBe("");
  }
  await box.git("work", ["checkout", "-q", "-B", "squashed", "side"]);
  await box.git("work", ["merge", "-q", "--squash", "main"], -1);
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-q", "-m", "squashed"]);
  // In CI every commit of a range is looked at.
  expect((await box.mv("work", ["hooks", "run", "--range", "main~1..main"])).stdout).toContain("nothing found");
});
