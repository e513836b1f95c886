/** What a run writes and nobody named does not end up in Git: it is left out by name, or kept in the store. */
import * as fs from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Package } from "../../../src/values/package.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf, startTree } from "../../support/trainer.ts";

const TRAINER = `cat data/* > w.bin
mkdir -p plots/a plots/b outputs/day/.hydra wandb/run-1
for i in 1 2 3 4 5 6; do
  echo "$1 $i 0123456789012345678901234567890123456789" > plots/a/$i.png; cp plots/a/$i.png plots/b/$i.png
done
echo x > outputs/day/.hydra/config.yaml
echo y > wandb/run-1/log; echo z > wandb/debug.log
echo '{"acc": 0.9}' > metrics.json
echo small > report.txt
`;
let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox();
  box.write("work/train.sh", TRAINER);
  box.write("work/data/1", "one");
  box.write("work/wandb/run-0/log", "of before");
  fs.appendFileSync(`${box.dir}/work/.gitignore`, "wandb/\n");
  await box.git("work", ["config", "mvgit.maxFileSize", "400"]);
});
afterAll(() => box.cleanup());

interface Ran {
  package: Package;
  leftOut: { path: string; why: string; files?: number }[];
}

const run = async (...args: string[]): Promise<Ran> =>
  JSON.parse((await box.mv("work", ["--json", "run", "spam", ...args])).stdout) as Ran;
const inGit = async (): Promise<string[]> =>
  (await box.git("work", ["ls-files"])).stdout.split("\n").filter((path) => /plots|outputs|wandb|report/.test(path));

test("by default they are left out and named, with how to keep them; the next run takes none for code", async () => {
  const { package: pack, leftOut } = await run("--data", "data", "--weights", "w.bin", "--", "sh", "train.sh", "1");
  expect(leftOut).toEqual([
    { path: "outputs", size: 2, why: "tool", files: 1, isWhole: true },
    { path: "plots", size: expect.any(Number), why: "bulk", files: 12, isWhole: true },
  ]);
  expect(await inGit()).toEqual(["report.txt"]);
  const [tool = "", one = "", bulk = "", ...more] = pack.notes;
  expect(more).toEqual([]);
  expect(tool).toMatch(/^the command wrote to 'wandb\/' \(2 new files, 4 B\), where Weights & Biases puts its files /);
  expect(tool).toMatch(/^.* puts its files and which Git ignores: they are not part of this version/);
  expect(one).toMatch(
    /^1 new file in 'outputs\/' \(2 B\), where Hydra puts its files, which nobody named, is not part /,
  );
  expect(one).toMatch(/^.* nobody named, is not part of this version, nor in Git: 'mvgit add outputs' keeps it/);
  expect(bulk).toMatch(/^12 new files in 'plots\/' .*which nobody named, are not part of this version, nor in Git: /);
  expect(bulk).toMatch(/^.*, nor in Git: 'mvgit add plots' keeps them, 'git config mvgit.outputs track'/);
  const again = await run("--", "sh", "train.sh", "2");
  expect(again.leftOut.map(({ path }) => path)).toEqual(["outputs", "plots"]);
  expect(await inGit()).toEqual(["report.txt"]);
  const tree = await startTree(box, "work", "spam@v2");
  expect((await box.git("work", ["ls-tree", "-r", "--name-only", tree])).stdout).not.toMatch(/plots|outputs/);
});

test("in a scratch work tree they are gone with it, and the version says so", async () => {
  const { package: pack } = await run("--isolated", "--", "sh", "train.sh", "9");
  expect(pack.notes.filter((note) => /'(?:plots|outputs)\/'/.test(note))).toEqual([
    expect.stringContaining("gone with the scratch work tree of the run"),
    expect.stringContaining("gone with the scratch work tree of the run"),
  ]);
});

test("tracked, they are a part of the version, no weights that the next run must write, nobody's data", async () => {
  await box.git("work", ["config", "mvgit.outputs", "track"]);
  const { package: pack, leftOut } = await run("--", "sh", "train.sh", "3");
  expect(pack.weights.map(({ path, files }) => [path, files])).toEqual([
    ["w.bin", undefined],
    ["outputs", 1],
    ["plots", 12],
  ]);
  expect(leftOut).toEqual([]);
  expect(await inGit()).toEqual(["outputs.mvgit", "plots.mvgit", "report.txt"]);
  expect(await packageOf(box, "HEAD")).toMatchObject({ environment: { outputs: { tracked: ["outputs", "plots"] } } });
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  // One that writes them again has them, one that does not is not asked for them.
  expect((await run("--", "sh", "train.sh", "4")).package.weights.map(({ path }) => path)).toContain("plots");
  box.write("work/quick.sh", "echo other > w.bin\n");
  const quick = await run("--", "sh", "quick.sh");
  expect(quick.package.weights.map(({ path }) => path)).toEqual(["w.bin"]);
  box.write("work/ham.bin", "ham");
  const saved = JSON.parse((await box.mv("work", ["--json", "save", "ham", "--weights", "ham.bin"])).stdout) as Ran;
  expect(saved.package.data.map(({ path }) => path)).toEqual(["data"]);
});

test("for Git where the user wants it so, and then none is left out", async () => {
  await box.git("work", ["config", "mvgit.outputs", "git"]);
  box.write(
    "work/more.sh",
    "mkdir -p pics; for i in 1 2 3 4 5 6 7 8; do echo $i " +
      "0123456789012345678901234567890123456789012345678901234567890 > pics/$i.png; done; echo x > w.bin\n",
  );
  expect((await run("--", "sh", "more.sh")).leftOut).toEqual([]);
  expect((await box.git("work", ["ls-files", "pics"])).stdout.split("\n")).toHaveLength(9);
});
