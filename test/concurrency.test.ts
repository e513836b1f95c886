/** Many processes, one cache, one remote. */
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { mvgit } from "./support/cli.ts";
import { makeSandbox, type Sandbox, someBytes } from "./story/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

it("eight processes add the same and different files, then push at once", async () => {
  box = await makeSandbox();
  const same = someBytes(100_000);
  for (let i = 0; i < 8; i++) {
    box.write(`work/own-${i}.bin`, someBytes(50_000));
    box.write(`work/same-${i}.bin`, same);
  }
  const work = { cwd: join(box.dir, "work"), env: box.env };
  const added = await Promise.all(Array.from({ length: 8 }, (_, i) => mvgit(["add", `own-${i}.bin`, `same-${i}.bin`], work)));
  expect(added.map((each) => `${each.status}${each.stderr}`)).toEqual(Array(8).fill("0"));
  const ignored = box.read("work/.gitignore").toString().split("\n").filter(Boolean);
  expect(new Set(ignored).size).toBe(16);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("16 tracked paths, all clean");
  const pushed = await Promise.all(Array.from({ length: 8 }, () => mvgit(["push"], work)));
  expect(pushed.map((each) => `${each.status}${each.stderr}`)).toEqual(Array(8).fill("0"));
  expect((await box.mv("work", ["push", "--verify"])).stdout).toContain("9 blobs read there and found right");
}, 120_000);
