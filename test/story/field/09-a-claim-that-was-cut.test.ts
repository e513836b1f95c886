/** A claim that was cut is none: gc stops, and what it says to do leaves the blobs claimed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/w.bin", "weights");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
});
afterAll(() => box.cleanup());

it("stops gc, and is made anew by those who do what the hint says", async () => {
  const roots = join(box.dir, "store/roots");
  const claims = (): string[] =>
    fs
      .readdirSync(roots, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile() && each.name !== "since")
      .map((each) => join(each.parentPath, each.name));
  const [cut = ""] = claims();
  fs.rmSync(cut);
  fs.writeFileSync(cut, "");
  const { stderr } = await box.mv("work", ["gc", "--remote"], 24);
  expect(stderr).toContain("is damaged: its bytes do not hash to its name");
  expect(stderr).toContain("remove '.git/mvgit/claims' in their clone and push again with 'mvgit push --all'");
  fs.rmSync(join(box.dir, "work/.git/mvgit/claims"));
  await box.mv("work", ["push", "--all"]);
  fs.rmSync(cut);
  expect(claims()).toHaveLength(1);
  expect((await box.mv("work", ["gc", "--remote", "--dry-run"])).stdout).toContain("1 blob needed");
});
