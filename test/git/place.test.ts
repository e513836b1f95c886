import { afterAll, beforeAll, expect, it } from "vitest";
import { join } from "node:path";
import { findPlace } from "../../src/git/place.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  await box.git("work", ["commit", "-q", "--allow-empty", "-m", "one"]);
  await box.git("work", ["worktree", "add", "-q", "../a\nb", "HEAD"]);
});
afterAll(() => box.cleanup());

it("finds a linked work tree, and a folder in it, with a line feed in its path", async () => {
  const top = join(box.dir, "a\nb");
  box.write("a\nb/c\nd/file", "");
  const env = { ...hermeticEnv(box.dir), ...box.env };
  const commonDir = join(box.dir, "work/.git");
  const found = await findPlace(top, env);
  expect(found).toMatchObject({ top, commonDir, prefix: "" });
  expect(found.gitDir.startsWith(join(commonDir, "worktrees"))).toBe(true);
  expect(await findPlace(join(top, "c\nd"), env)).toEqual({ ...found, prefix: "c\nd/" });
  expect((await box.mv("a\nb", ["status"])).stdout).toContain("nothing is tracked");
});
