/**
 * That V8 of the Node at hand still has the setting by which a long command's heap stays small. How small is measured
 * (docs/storage.md): the heap of one run alone says too little.
 */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { keepHeapSmall } from "../../src/base/heap.ts";

it("what is no longer used goes sooner in a program that asks for it", async () => {
  expect(execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" })).toMatch(/^ +--heap-growing-percent /m);
  // An unknown flag would be told on stderr by whatever long command comes.
  const said = execFileSync(process.execPath, ["--heap-growing-percent=50", "-p", "1"], { encoding: "utf8" });
  expect(said).toBe("1\n");
  keepHeapSmall(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
});
