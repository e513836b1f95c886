/** Somebody acts between the steps of a command: nothing of anybody's is lost or overwritten. */
import * as fs from "node:fs";
import { afterEach, expect, it } from "vitest";
import { runBeside, type Step, stepsOf } from "../support/adversary.ts";
import { makeSandbox, type Sandbox } from "../story/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

it("the command stands still just before a step, in worker threads too, and goes on", async () => {
  box = await makeSandbox();
  for (let i = 0; i < 450; i++) box.write(`work/data/${i}`, `row ${i}`);
  const seen: string[] = [];
  const act = ({ name, path }: Step): unknown => seen.push(`${name} ${fs.existsSync(path)}`);
  expect((await runBeside(box, "work", ["add", "data"], { where: 300, act })).status).toBe(0);
  expect((await runBeside(box, "work", ["push"], { where: "link", act })).status).toBe(0);
  // Which step of a file the 300th is depends on how the threads take turns.
  expect(new Set(seen)).toContain("link false");
  expect(new Set(seen).size).toBe(2);
  const steps = await stepsOf(box, "work", ["fetch"]);
  expect(steps.map(({ count }) => count)).toEqual(steps.map((_, i) => i + 1));
});

it("what the test throws is what the test fails with", async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "x");
  const act = (): never => {
    throw new Error("as planned");
  };
  await expect(runBeside(box, "work", ["add", "w.bin"], { where: 1, act })).rejects.toThrow("as planned");
});
