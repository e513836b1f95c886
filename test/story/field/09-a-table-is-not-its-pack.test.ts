/** A table says what a pack held once: what counts as there is in a pack that is there, with the size that it had. */
import * as fs from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";

let box: Sandbox;
const packs = (): string[] =>
  (fs.readdirSync(join(box.dir, "store/packs"), { recursive: true }) as string[])
    .filter((name) => name.length > 60)
    .map((name) => join(box.dir, "store/packs", name));

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  for (let at = 0; at < 12; at++) box.write(`work/many/${at}`, `file ${at} of many`);
  await box.mv("work", ["save", "m", "--weights", "many"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "--follow-tags", "origin", "main"]);
  return box;
});

const WAYS: [string, (file: string) => void][] = [
  ["gone", (file) => fs.rmSync(file)],
  ["empty", (file) => fs.truncateSync(file)],
  ["cut short", (file) => fs.truncateSync(file, 200)],
  ["longer than it was", (file) => fs.appendFileSync(file, "more")],
];

describe.each(WAYS)("a pack that is %s", (_, damage) => {
  beforeEach(() => {
    for (const file of packs()) {
      fs.chmodSync(file, 0o644);
      damage(file);
    }
  });

  it("is none that a push, a promotion or an audit relies on, and a push mends it", async () => {
    expect((await box.mv("work", ["promote", "m@v1", "production", "--no-commit"], 23)).stderr).toContain(
      "is not all in remote 'store'",
    );
    expect((await box.mv("work", ["audit", "--json"], -1)).stdout).toMatch(/"blob-missing","subject":"m@v1"/);
    const { stdout, stderr } = await box.mv("work", ["push"]);
    expect(stderr).toMatch(/(?:missing|damaged) pack: 'packs/);
    expect(stdout).toMatch(/^pushed 1[2-4] blobs/m);
    await box.mv("work", ["promote", "m@v1", "production", "--no-commit"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.mv("clone", ["init", "--no-hooks", "--remote", "../store"]);
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/many/7").toString()).toBe("file 7 of many");
  });

  it("is none that a copy to there relies on, nor what a fetch would bring", async () => {
    await box.mv("work", ["remote", "add", "second", "../second"]);
    await box.mv("work", ["push", "--remote", "second"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.mv("clone", ["init", "--no-hooks", "--remote", "../store"]);
    expect((await box.mv("clone", ["fetch", "--dry-run"], -1)).status).not.toBe(0);
    await box.mv("work", ["remote", "copy", "second", "store"]);
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/many/7").toString()).toBe("file 7 of many");
  });
});
