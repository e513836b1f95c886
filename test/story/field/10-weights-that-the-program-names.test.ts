/** A line of MVGIT_LOG names weights; a process that runs already may be the command. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
afterEach(() => {
  box.check();
  box.cleanup();
});

const TRAINER = `name() { echo "{\\"track\\": \\"$1\\"}" >> "$MVGIT_LOG"; }
echo "$1" > w.bin
mkdir -p out/deep && echo "$1" > out/deep/a && echo b > out/b
name "$PWD/w.bin"
name out
name w.bin
name ../outside.bin
name missing.bin
name data/a.txt
name link.bin
name .envrc
touch empty.bin && name empty.bin
exit "$2"
`;

async function project(): Promise<void> {
  box = await makeSandbox({ inProcess: true });
  box.write("work/train.sh", TRAINER);
  box.write("work/data/a.txt", "1\n");
  box.write("work/.envrc", "x");
  box.write("outside.bin", "x");
  fs.symlinkSync("w.bin", join(box.dir, "work/link.bin"));
  await box.git("work", ["add", "train.sh", "link.bin", ".envrc"]);
  await box.git("work", ["commit", "-qm", "code"]);
}

const run = (word: string, status = 0): Promise<{ stderr: string }> =>
  box.mv("work", ["run", "spam", "--data", "data", "--", "sh", "train.sh", word, String(status)], status);

it("what the program names is among the weights, and what can be none is noted", async () => {
  await project();
  await run("one");
  const { weights, notes, environment } = await packageOf(box, "spam@v1");
  expect(weights.map(({ path, size, files }) => [path, size, files])).toEqual([
    ["out", 6, 2],
    ["w.bin", 4, undefined],
  ]);
  expect(environment).toMatchObject({ outputs: { tracked: ["w.bin", "out"] } });
  const named = "as weights, which are not part of this version:";
  expect(notes.map((note) => note.replace(/ '[^']*link.bin'.*/s, " a link"))).toEqual([
    `the program named '../outside.bin' ${named} it is not in the work tree`,
    `the program named 'missing.bin' ${named} it is not there`,
    "the program named a link",
    expect.stringMatching(/^the program named '\.envrc' as weights, which are not part of this version: cannot add/),
    `the program named 'empty.bin' ${named} it is empty`,
  ]);
  expect(fs.lstatSync(join(box.dir, "work/link.bin")).isSymbolicLink()).toBe(true);
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  const again = await box.mv("work", ["reproduce", "spam@v1", "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ verdict: "identical", environment: [] });
});

it("the next run need not write them, and has those that it names itself", async () => {
  await project();
  await run("one");
  await box.mv("work", ["run", "spam", "--", "sh", "-c", `echo two > w.bin; echo '{"track": "w.bin"}' >> $MVGIT_LOG`]);
  const { weights, notes } = await packageOf(box, "spam@v2");
  expect([weights.map(({ path }) => path), notes]).toEqual([["w.bin"], []]);
  await box.mv("work", ["run", "spam", "--", "sh", "-c", "echo '{\"loss\": 1}' >> $MVGIT_LOG"]);
  expect((await packageOf(box, "spam@v3")).notes).toEqual(["no weights were named: this version has none"]);
});

it("of a command that fails, and of one in a scratch work tree, they are kept as well", async () => {
  await project();
  await run("half", 3);
  const { runs } = JSON.parse((await box.mv("work", ["runs", "--json"])).stdout) as { runs: { id: string }[] };
  await box.mv("work", ["save", "--run", runs[0]?.id as string]);
  expect((await packageOf(box, "spam@v1")).weights.map(({ path }) => path)).toEqual(["out", "w.bin"]);
  await box.mv("work", ["run", "spam", "--isolated", "--", "sh", "train.sh", "apart", "0"]);
  expect((await packageOf(box, "spam@v2")).weights.map(({ path }) => path)).toEqual(["out", "w.bin"]);
});

it("weights that are named twice are there once, and a log of elsewhere names none", async () => {
  await project();
  await box.mv("work", ["run", "spam", "--data", "data", "--weights", "w.bin", "--", "sh", "train.sh", "x", "0"]);
  const { weights, environment } = await packageOf(box, "spam@v1");
  expect(weights.map(({ path }) => path).toSorted()).toEqual(["out", "w.bin"]);
  expect(environment).toMatchObject({ outputs: { tracked: ["out"] } });
  box.write("log.jsonl", '{"track": "/elsewhere/w.bin"}\n{"track": "/elsewhere/y.bin"}\n');
  box.write("work/w.bin", "other");
  await box.mv("work", ["save", "spam", "--weights", "w.bin", "--log", "../log.jsonl"]);
  expect((await packageOf(box, "spam@v2")).notes).toEqual([
    "the log names weights that were not taken ('--weights' names them here): '/elsewhere/y.bin'",
  ]);
});

it("what could not be the command of a run is attached to by nobody", async () => {
  await project();
  const own = String(process.pid);
  for (const [words, why] of [
    [[own, "--isolated", "--", "sh"], "it does not run in a scratch work tree"],
    [[own, "--grid", "a=1,2", "--", "sh", "{a}"], "it does not run in a scratch work tree"],
    [[own], "nobody says how it is started again"],
    [["4194399", "--", "sh"], "there is no such process"],
  ] as const)
    expect((await box.mv("work", ["run", "spam", "--attach", ...words], 2)).stderr).toContain(why);
});
