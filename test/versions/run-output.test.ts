/** The end of what a run printed: as a terminal would show it, bounded, and without what signs somebody in. */
import * as fs from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ModelName } from "../../src/values/label.ts";
import type { Repo } from "../../src/repo/repo.ts";
import { registerRun, type RunEntry } from "../../src/repo/runs.ts";
import { RunGrowth } from "../../src/versions/run-growth.ts";
import { outputFile, runOutput } from "../../src/versions/run-output.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let repo: Repo;
let run: RunEntry;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  Object.assign(box.env, { API_TOKEN: "correct-horse-battery" });
  repo = await box.open();
  run = await registerRun(repo, {
    ...{ model: "spam" as ModelName, command: ["x"], folder: "", isolated: true },
    ...{ settings: {}, outputs: [], log: null },
  });
});
afterAll(async () => {
  await run.forget();
  box.cleanup();
});

const print = (text: string): void => fs.appendFileSync(outputFile(repo, run.record.id), text);
const read = (): ReturnType<typeof runOutput> => runOutput(repo, run.record.id);

it("is none where it was not kept", () => {
  expect(read()).toMatchObject({ kept: false, lines: [], cut: false });
});

it("has no colours, of a bar of progress its last state, and no secret", () => {
  print("\x1b[32mepoch 1\x1b[0m\r\n  1 %\r 50 %\r100 %\ntoken correct-horse-battery\nhttps://me:s3cretpw@host/x\nlast");
  const { lines } = read();
  expect([lines[0], lines[1], lines[4]]).toEqual(["epoch 1", "100 %", "last"]);
  expect(lines.join("\n")).not.toMatch(/correct-horse|s3cretpw/);
});

it("is told of as it grows, and is bounded", () => {
  const growth = new RunGrowth(repo);
  growth.look();
  print(`\n${"x".repeat(90)}\n`.repeat(5000));
  expect(growth.look()).toEqual([{ id: run.record.id, what: "grew" }]);
  print("the end\n");
  const { lines, cut, kept } = read();
  expect([lines.length, lines.at(-1), cut, kept]).toEqual([200, "the end", true, true]);
});
