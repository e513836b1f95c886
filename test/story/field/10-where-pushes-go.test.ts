/** A clone may push to another place than it fetches from: what was pushed is asked for where it went. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true, hooks: true });
  await box.git(".", ["init", "-q", "--bare", "other.git"]);
  for (const version of [1, 2]) await save(`weights ${version}`);
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "--no-verify", "-u", "origin", "main", "--tags"]);
  await box.git("other.git", ["fetch", "-q", "../host.git", "refs/*:refs/*"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

async function save(weights: string): Promise<void> {
  box.write("work/w.bin", weights);
  await box.mv("work", ["save", "m", "--weights", "w.bin"]);
}
const events = async (folder: string): Promise<string> =>
  (await box.git(folder, ["tag", "-l", "m#*"])).stdout.trim().replaceAll("\n", " ");
const config = (...args: string[]): Promise<unknown> => box.git("work", ["config", ...args]);
const promote = async (version: string, status = 0): Promise<string> =>
  (await box.mv("work", ["promote", version, "production", "--no-commit"], status)).stderr;

const WAYS: [string, () => Promise<unknown>][] = [
  ["remote.origin.pushurl", () => config("remote.origin.pushurl", "../other.git")],
  ["pushInsteadOf", () => config("url.../other.git.pushInsteadOf", "../host.git")],
];

describe.each(WAYS)("a clone that pushes elsewhere by %s", (_, set) => {
  beforeEach(set);

  it("moves a stage where it pushes, and goes on from there", async () => {
    await promote("m@v1");
    await promote("m@v2");
    expect(await events("other.git")).toBe("m#production#1 m#production#2");
    expect(await events("host.git")).toBe("");
  });

  it("loses a race against who moved it there, and sees the winner", async () => {
    await promote("m@v1");
    for (const folder of ["work"]) await box.git(folder, ["tag", "-d", "m#production#1"]);
    fs.rmSync(join(box.dir, "work/.git/mvgit/seen.json"), { force: true });
    expect((await box.mv("work", ["rollback", "m", "production"], 21)).stderr).toContain("was moved meanwhile");
    expect(await events("work")).toBe("m#production#1");
  });

  it("gives no number that is taken there, and no gc of the remote passes over commits there", async () => {
    await box.git("work", ["clone", "-q", "../other.git", "../clone"]);
    await box.git("clone", ["commit", "-q", "--allow-empty", "-m", "of another"]);
    await box.git("clone", ["tag", "-a", "-m", "x", "m@v3"]);
    await box.git("clone", ["push", "-q", "origin", "main", "m@v3"]);
    await save("third");
    expect((await box.git("work", ["tag", "-l", "m@*"])).stdout).toBe("m@v1\nm@v2\nm@v4\n");
    expect((await box.mv("work", ["gc", "--remote", "--dry-run"], 1)).stderr).toMatch(/of 'origin'.* is not here/);
  });
});

it("several places to push to, of which one is fetched from: that one says who won", async () => {
  await config("--add", "remote.origin.pushurl", "../other.git");
  await config("--add", "remote.origin.pushurl", "../host.git");
  await promote("m@v1");
  expect([await events("host.git"), await events("other.git")]).toEqual(["m#production#1", "m#production#1"]);
});

it.each([
  ["beginning", "url.../other.insteadOf", "../host"],
  ["whole", "url.../other.git.insteadOf", "../host.git"],
])(
  "pre-push asks the very place that is pushed to, where the %s address is one for fetching",
  async (_, key, value) => {
    await config("url.../host.git.pushInsteadOf", "../upstream.git");
    await config(key, value);
    await config("remote.origin.url", "../upstream.git");
    await box.git("work", ["checkout", "-q", "-b", "side"]);
    box.write("work/s.bin", "of the side");
    await box.mv("work", ["add", "s.bin"]);
    await box.git("work", ["commit", "-qm", "side"]);
    await box.git("work", ["push", "-q", "--no-verify", "file://" + join(box.dir, "other.git"), "side"]);
    fs.renameSync(join(box.dir, "store"), join(box.dir, "away"));
    const { stderr } = await box.git("work", ["push", "origin", "side"], 1);
    expect(stderr).toContain("not known to be stored: 's.bin'");
    expect((await box.git("host.git", ["branch", "--list", "side"])).stdout).toBe("");
  },
);
