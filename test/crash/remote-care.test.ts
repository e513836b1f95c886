/**
 * Care of a remote, killed or failing at every step that changes a disk: run again, it converges, and nothing needed is
 * lost.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fsck } from "../../src/care/fsck.ts";
import { remoteCopy } from "../../src/care/remote-copy.ts";
import { type Crash, failAtEveryStep, type Holds, killAtEveryStep } from "../support/crash.ts";
import { type AgedRemote, folderRemote } from "../support/aged-remote.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let place: AgedRemote;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true, inMemory: true });
  place = folderRemote(box);
});
afterEach(() => box.cleanup());

const blobs = (): string[] => place.names().filter((name) => name.startsWith("blobs/"));
async function commit(text: string): Promise<void> {
  box.write("work/w.bin", text);
  box.write("work/data/a", `${text} a`);
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", text]);
  await box.mv("work", ["push"]);
}

const WAYS: [string, (crash: Crash, holds: Holds) => Promise<void>][] = [
  ["killed", (crash, holds) => killAtEveryStep(box, crash, holds)],
  ["failing", (crash, holds) => failAtEveryStep(box, ["EIO", 1, 2], crash, holds)],
];

describe.each(WAYS)("%s at every step", (_, stop) => {
  it("of gc --remote", async () => {
    await commit("kept");
    const needed = blobs();
    await commit("regretted");
    await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
    await box.git("work", ["update-ref", "-d", "ORIG_HEAD"]);
    await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
    place.age(15);
    fs.rmSync(join(box.dir, "work/.git/mvgit/claims"));
    await stop({ args: ["gc", "--remote"], least: 10, most: 20 }, async (told) => {
      expect(blobs(), told).toEqual(expect.arrayContaining(needed));
      const { stdout } = await box.mv("work", ["gc", "--remote", "--json"]);
      expect(JSON.parse(stdout).left.blobs, told).toBe(0);
      expect(blobs(), told).toEqual(needed);
      expect(place.names(), told).not.toContain("gc/mark");
    });
  }, 600_000);
});

it("killed at every step of push --repair: the good copy is in the cache, and the next push brings it", async () => {
  await commit("weights");
  const all = blobs();
  const { hash } = JSON.parse((await box.mv("work", ["ls", "w.bin", "--json"])).stdout).tracked[0] as { hash: string };
  const file = join(box.dir, "store/blobs", hash.slice(0, 2), hash.slice(2));
  fs.chmodSync(file, 0o644);
  fs.writeFileSync(file, "Weights");
  await killAtEveryStep(box, { args: ["push", "--repair"], least: 5, most: 12 }, async (told) => {
    await box.mv("work", ["push", "--repair"]);
    expect(fs.readFileSync(file, "utf8"), told).toBe("weights");
  });
  expect(blobs()).toEqual(all);
  await box.mv("work", ["fsck"]);
}, 300_000);

it("killed at every step of remote copy: run again, it brings the rest, and the new place lacks nothing", async () => {
  await commit("weights");
  const all = blobs();
  fs.mkdirSync(join(box.dir, "new"));
  await box.mv("work", ["remote", "add", "new", "../new"]);
  const there = (): string[] =>
    fs
      .readdirSync(join(box.dir, "new"), { recursive: true, encoding: "utf8" })
      .filter((name) => /^blobs\/..\/[0-9a-f]{62}$/.test(name))
      .toSorted();
  const [from, to] = ["store", "new"];
  const how = { from, to, everything: false, offline: true, dryRun: false };
  await killAtEveryStep(box, { args: ["remote", "copy", from, to], least: 10, most: 16 }, async (told) => {
    expect((await remoteCopy(await box.open(), how)).lacking, told).toEqual([]);
    expect(there(), told).toEqual(all);
    expect((await fsck(await box.open(), { remote: to, all: true })).findings, told).toEqual([]);
  });
}, 300_000);
