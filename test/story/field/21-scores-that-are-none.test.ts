/** What a run cannot take of a file of scores or settings is told, by file and key: nothing is lost without a word. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunLog } from "../../../src/values/run-log.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
beforeEach(async () => void (box = await makeSandbox()));
afterEach(() => box.cleanup());

const HUGE = "9".repeat(400);

describe.each([
  [
    "metrics.json",
    `{"acc": 0.5, "name": "resnet", "per class": [1, 2], "done": true, "none": null, "a": {"b": 1}, "a.b": ` +
      ("2, " + `"acc2": 1, "acc2": 3, "big": ${HUGE}, "odd": NaN}`),
    { acc: 0.5, "a.b": 2, acc2: 3, big: "inf", odd: "nan" },
    [
      "'name' is a text",
      "'per class' is a list",
      "'done' is true or false",
      "'none' is empty",
      "'a.b' stands there twice",
      "'acc2' stands there twice",
      "is too large for a number",
    ],
  ],
  [
    "metrics.yaml",
    "acc: 0.5\nname: resnet\nlist: [1]\ndone: true\nnone:\na: {b: 1}\na.b: 2\nday: 2026-01-01\n",
    { acc: 0.5, "a.b": 2 },
    [
      "'name' is a text",
      "'list' is a list",
      "'done' is true or false",
      "'none' is empty",
      "'a.b' stands there twice",
      "'day' is a text",
    ],
  ],
  [
    "metrics.toml",
    'acc = 0.5\nname = "resnet"\nlist = [1]\ndone = true\n"a.b" = 2\n[a]\nb = 1\n',
    { acc: 0.5, "a.b": 1 },
    ["'name' is a text", "'list' is a list", "'done' is true or false", "'a.b' stands there twice"],
  ],
  [
    "metrics.csv",
    "epoch,name,acc,acc\n1,x,0.1,0.2\n2,y,0.3,0.4\n",
    { epoch: 2, acc: 0.4 },
    ["'name' is a text", "'acc' stands there twice"],
  ],
])("%s", (file, text, metrics, told) => {
  it("gives its scores, and says which values are none", async () => {
    box.write("made", text);
    const { stderr } = await box.mv("work", ["run", "spam", "--metrics", file, "--", "cp", "../made", file]);
    const pack = await packageOf(box, "spam@v1");
    expect(pack.metrics).toEqual(metrics);
    const note = pack.notes.find((each) => each.includes(`'${file}'`));
    for (const each of told) expect(note).toContain(each);
    expect(stderr).toContain(`not all of '${file}' was taken as scores`);
  });
});

it("a file of scores alone is taken without a word, and one with many names lists a few", async () => {
  box.write(
    "metrics.json",
    '{"acc": 0.5, "deep": {"loss": [0.1, 0.2].length}}'.replace("[0.1, 0.2].length", "-Infinity"),
  );
  await box.mv("work", ["run", "spam", "--", "cp", "../metrics.json", "metrics.json"]);
  expect((await packageOf(box, "spam@v1")).notes).toEqual(["no weights were named: this version has none"]);
  box.write(
    "metrics.json",
    JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`n${at}`, "text"]))),
  );
  await box.mv("work", ["run", "spam", "--", "cp", "../metrics.json", "metrics.json"]);
  expect((await packageOf(box, "spam@v2")).notes.find((each) => each.includes("'metrics.json'"))).toMatch(
    /'n9' is a text; and 30 more$/,
  );
});

it("settings of one name, and what MVGIT_LOG was given besides scores, are told as well", async () => {
  box.write("work/params.yaml", "a: {b: 1}\na.b: 2\nlist: [1, 2]\nname: x\n");
  await box.mv("work", [
    "run",
    "spam",
    "--",
    "sh",
    "-c",
    `echo '{"step": 1, "loss": 2, "phase": "warm-up"}' >> $MVGIT_LOG; echo ` +
      `'{"step": 2, "loss": 1, "phase": "rest"}' >> $MVGIT_LOG`,
  ]);
  const { notes, params } = await packageOf(box, "spam@v1");
  expect(params).toEqual({ "a.b": 2, list: "[1,2]", name: "x" });
  expect(notes).toContain("not all of 'params.yaml' was taken as settings: 'a.b' stands there twice: the last counts");
  expect(notes).toContain("not all of 'MVGIT_LOG' was taken as scores and settings: 'phase' is a text");
});

it("more names of scores than are kept are counted among them", () => {
  const log = new RunLog();
  for (let at = 0; at < 5003; at++) log.add(`{"s${at}": 1}`);
  expect([Object.keys(log.metrics).length, log.lost.length]).toEqual([5000, 3]);
});
