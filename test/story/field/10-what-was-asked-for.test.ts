/**
 * What was named once is there, or is refused before anything runs, or is told each time: never passed over without a
 * word.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
const exists = (path: string): boolean => fs.existsSync(join(box.dir, "work", path));
const run = (args: readonly string[], status = 0): ReturnType<Sandbox["mv"]> =>
  box.mv("work", ["run", "spam", ...args], status);
const TRAIN = ["--weights", "weights.bin", "--", "sh", "-c", "echo x >> weights.bin; touch ran"];

drawTests(2);

shareSandbox(async () => {
  box = await makeSandbox();
  box.write("work/conf/a.yaml", "lr: 0.1\n");
  box.write("work/conf/bad.yaml", "lr: [\n");
  box.write("work/conf/data.csv", "lr\n1\n");
  box.write("work/conf/file", "");
  box.write("work/folder.json/x", "");
  fs.symlinkSync("a.yaml", join(box.dir, "work/conf/link.yaml"));
  fs.symlinkSync("conf", join(box.dir, "work/linked"));
  return box;
});

it("a file of settings or scores that is not there, or cannot be read, is refused before anything runs", async () => {
  const cases: [string, string, RegExp][] = [
    ["--params", "conf/gone.yaml", /settings from 'conf\/gone.yaml': it is not there/],
    ["--params", "conf/bad.yaml", /cannot be read/],
    ["--params", "conf/data.csv", /it ends in none of/],
    ["--params", "conf", /ends in none of/],
    ["--params", "folder.json", /no regular file/],
    ["--params", "conf/link.yaml", /no regular file/],
    ["--params", "linked/a.yaml", /link/],
    ["--metrics", "out/scores.txt", /it ends in none of/],
    ["--metrics", "folder.json", /it is a folder/],
    ["--metrics", "conf/file/m.json", /'conf\/file' is a file/],
    ["--metrics", "conf/link.yaml", /it is a link/],
    ["--metrics", "linked/m.json", /link/],
  ];
  for (const [option, path, told] of cases) {
    const { stderr, status } = await run([option, path, ...TRAIN], /^(?:linked|conf\/file)\//.test(path) ? 1 : 2);
    expect([path, status === 0, stderr]).toEqual([path, false, expect.stringMatching(told)]);
  }
  expect(
    (await box.mv("work", ["save", "spam", "--weights", "conf/file", "--metrics", "out/scores.json"], 2)).stderr,
  ).toContain("scores from 'out/scores.json'");
  expect((await run(["--env", "NOT_SET_HERE", ...TRAIN], 1)).stderr).toContain(
    "'--env' names what is no variable here: NOT_SET_HERE",
  );
  expect([exists("ran"), exists("weights.bin"), (await box.git("work", ["tag"])).stdout]).toEqual([false, false, ""]);
});

it("scores that the command did not write are told and asked for each time; settings gone are refused", async () => {
  const first = await run(["--params", "conf/a.yaml", "--metrics", "out/scores.json", ...TRAIN]);
  expect(first.stderr).toContain("no metrics were taken from 'out/scores.json'");
  const second = await run([]);
  expect(second.stderr).toContain("no metrics were taken from 'out/scores.json'");
  const { sources, notes } = await packageOf(box, "spam@v2");
  expect([sources, notes.join()]).toEqual([
    { params: ["conf/a.yaml"], metrics: ["out/scores.json"] },
    expect.stringContaining("out/scores.json"),
  ]);
  fs.rmSync(join(box.dir, "work/conf/a.yaml"));
  fs.rmSync(join(box.dir, "work/ran"));
  const gone = await run([], 2);
  expect(gone.stderr).toMatch(
    /settings from 'conf\/a.yaml': it is not there[^]*the version before has settings from it; [^]*'--params none'/,
  );
  expect(exists("ran")).toBe(false);
  await run(["--params", "none", "--metrics", "none"]);
  expect(await packageOf(box, "spam@v3")).toMatchObject({
    params: {},
    sources: { params: [], metrics: [] },
    notes: [],
  });
});

it("settings that were found by their usual name, and are gone, are told; '--best' stays asked for", async () => {
  box.write("work/params.yaml", "lr: 1\n");
  await run(["--best", "accuracy", ...TRAIN]);
  fs.rmSync(join(box.dir, "work/params.yaml"));
  const { stderr } = await run([]);
  expect(stderr).toMatch(/'params.yaml', from which the version before has settings, is gone/);
  expect(stderr).toContain("'--best accuracy' chose nothing");
  expect((await packageOf(box, "spam@v2")).notes.join()).toContain("'params.yaml'");
  expect((await run(["--best", "none"])).stderr).not.toContain("--best");
});
