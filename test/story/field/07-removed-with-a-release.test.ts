/**
 * A release of `get` goes some changes later, but not with what an application wrote into it through the links of DIR.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDeployment } from "../../support/deployment.ts";
import type { Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
beforeAll(async () => void (box = await makeDeployment(4)));
afterAll(() => box.cleanup());

const get = (version: number): ReturnType<Sandbox["mv"]> =>
  box.mv(".", ["get", "host.git", `spam@v${version}`, "-o", "dir", "--remote", "store"]);

it("what others wrote into a release, or changed in it, is moved aside and named", async () => {
  await get(1);
  box.write("dir/model/cache/index.bin", "the application's");
  fs.rmSync(join(box.dir, "dir/model/tok/a.json"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  box.write("dir/model/tok/a.json", "edited");
  await get(2);
  const { stderr } = await get(3);
  const last = await get(4);
  const [, aside = ""] =
    /what others wrote into an earlier release was moved to '([^']+)'/.exec(stderr + last.stderr) ?? [];
  const files = fs
    .readdirSync(aside, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(aside.length + 1));
  expect(files.sort()).toEqual(["model/cache/index.bin", "model/tok/a.json"]);
  expect(fs.readFileSync(join(aside, "model/cache/index.bin"), "utf8")).toBe("the application's");
  // A release that nobody touched goes as a whole, without a word.
  const again = await get(1);
  expect(again.stderr).not.toContain("moved to");
  expect(
    fs.readdirSync(join(box.dir, "dir/.mvgit-release")).filter((name) => name.startsWith("displaced-")),
  ).toHaveLength(1);
});

it.each(["another file", "another file of the same size"])(
  "%s that was moved into the place of one, and is older than the release, stays",
  async (name) => {
    await get(1);
    const text = name.endsWith("size") ? box.read("dir/model/tok/a.json").toString().replace(/./g, "x") : "edited";
    const old = join(box.dir, "old.json");
    fs.writeFileSync(old, text);
    fs.utimesSync(old, 1_600_000_000, 1_600_000_000);
    fs.renameSync(old, join(box.dir, "dir/model/tok/a.json"));
    const told = [await get(2), await get(3), await get(4)].map(({ stderr }) => stderr).join("");
    const [, aside = ""] = /what others wrote into an earlier release was moved to '([^']+)'/.exec(told) ?? [];
    expect(fs.readFileSync(join(aside, "model/tok/a.json"), "utf8")).toBe(text);
  },
);
