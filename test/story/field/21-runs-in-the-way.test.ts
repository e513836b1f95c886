/** What stood in the way of runs: thousands of pointers, weights in weights, and sparse checkout. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
drawTests(2);

beforeEach(async () => void (box = await makeSandbox()));
afterEach(() => box.cleanup());

/** How often git is started while mvgit does this. */
async function starts(args: readonly string[]): Promise<number> {
  const log = join(box.dir, "starts");
  fs.rmSync(log, { force: true });
  box.write(
    "count/git",
    `#!/bin/sh\necho x >> '${log}'\nexec /usr/bin/env -u X git_real "$@"\n`.replace(
      "/usr/bin/env -u X git_real",
      "'" + REAL + "'",
    ),
  );
  fs.chmodSync(join(box.dir, "count/git"), 0o755);
  const before = box.env["PATH"];
  box.env["PATH"] = `${box.dir}/count:/usr/local/bin:/usr/bin:/bin`;
  await box.mv("work", args);
  if (before === undefined) delete box.env["PATH"];
  else box.env["PATH"] = before;
  return box.read("starts").toString().trim().split("\n").length;
}

const REAL = ["/usr/local/bin/git", "/usr/bin/git", "/bin/git"].find((each) => fs.existsSync(each)) as string;

it("many single pointers cost no start of git each", async () => {
  const some = async (count: number): Promise<number[]> => {
    for (let at = 0; at < count; at++) box.write(`work/d/${at}.bin`, `${at}`);
    const counted = [await starts(["add", "--glob", "d/*.bin"])];
    await box.git("work", ["commit", "-qam", "data"]);
    return [
      ...counted,
      await starts(["run", `model-${count}`, "--weights", "w.bin", "--", "sh", "-c", `echo ${count} > w.bin`]),
    ];
  };
  const few = await some(3);
  for (const [at, count] of (await some(300)).entries()) expect(count).toBeLessThan((few[at] as number) + 5);
  expect(
    new Set((await box.git("work", ["show", "HEAD:.mvgit/models/model-300.yaml"])).stdout.match(/\bd\/[0-9]+\.bin\b/g))
      .size,
  ).toBe(300);
});

it("weights in weights are refused before the command starts, as those that hold what is tracked are", async () => {
  const mark = ["--", "sh", "-c", "touch ran"];
  for (const weights of [
    ["out", "out/a.bin"],
    ["out/deep/a.bin", "out"],
  ]) {
    const { stderr } = await box.mv(
      "work",
      ["run", "spam", ...weights.flatMap((each) => ["--weights", each]), ...mark],
      2,
    );
    expect(stderr).toContain("lie in 'out', which is named as well");
  }
  box.write("work/out/a.bin", "a");
  await box.mv("work", ["add", "out/a.bin"]);
  expect((await box.mv("work", ["run", "spam", "--weights", "out", ...mark], 1)).stderr).toContain(
    "hold 'out/a.bin', which is tracked on its own",
  );
  expect(box.exists("work/ran")).toBe(false);
  await box.mv("work", ["run", "spam", "--weights", "out/a.bin", "--weights", "out/a.bin", ...mark]);
  expect((await packageOf(box, "HEAD")).weights.map(({ path }) => path)).toEqual(["out/a.bin"]);
});

it("a folder and a file in it are one to 'add' and as data", async () => {
  box.write("work/data/a", "1");
  box.write("work/data/b", "2");
  await box.mv("work", ["add", "data/a", "data"]);
  expect((await box.mv("work", ["ls"])).stdout).toMatch(/data/);
  expect(box.exists("work/data/a.mvgit")).toBe(false);
  box.write("work/more/a", "1");
  await box.mv("work", ["run", "spam", "--data", "more/a", "--data", "more", "--", "true"]);
  expect((await packageOf(box, "HEAD")).data.map(({ path }) => path)).toEqual(["more"]);
});

it(
  "sparse checkout leaves data out of a run, which says so; what is named all the same is refused with a hint " +
    "that helps",
  async () => {
    for (const path of ["here/a.bin", "there/b.bin"]) box.write(`work/${path}`, path);
    await box.mv("work", ["add", "here/a.bin", "there/b.bin"]);
    await box.git("work", ["commit", "-qam", "data"]);
    await box.git("work", ["sparse-checkout", "set", "here"]);
    const { stderr } = await box.mv("work", ["run", "spam", "--weights", "w.bin", "--", "sh", "-c", "echo w > w.bin"]);
    expect(stderr).toContain("sparse checkout leaves 'there/b.bin' out of the work tree: no data of this version");
    expect((await packageOf(box, "HEAD")).data.map(({ path }) => path)).toEqual(["here/a.bin"]);
    expect((await box.git("work", ["ls-tree", "-r", "--name-only", "HEAD"])).stdout).toContain("there/b.bin.mvgit");
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    await box.mv("work", ["save", "spam", "--weights", "w.bin"]);
    for (const verb of [
      ["run", "spam", "--data", "there/b.bin", "--", "true"],
      ["save", "spam", "--data", "there/b.bin", "--weights", "w.bin"],
    ]) {
      const refused = await box.mv("work", verb, 1);
      expect(refused.stderr).toContain("sparse checkout leaves it out of the work tree");
      expect(refused.stderr).toContain("git sparse-checkout add");
    }
  },
);
