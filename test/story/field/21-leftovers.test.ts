/** What killed processes left is gone after the next command that cleans, and what living ones have is left to them. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { nameOfOwner } from "../../../src/base/processes.ts";
import { BIN, runProgram } from "../../support/cli.ts";
import { type Step, stepsOf } from "../../support/adversary.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

const files = (folder: string): string[] => fs.readdirSync(join(box.dir, folder)).toSorted();
const DAYS = 24 * 3600;

async function killedAt(step: Step, args: readonly string[]): Promise<void> {
  const ran = await runProgram(
    "/bin/sh",
    ["-c", '"$@"; exit $?', "sh", process.execPath, join(BIN, "mvgit"), ...args],
    { cwd: join(box.dir, "work"), env: { ...box.env, MVGIT_FAULT: `kill@${step.count}` } },
  );
  expect(ran.status).toBe(137);
}

/** The last step that meets such a path. */
async function stepAt(args: readonly string[], path: RegExp): Promise<Step> {
  return (await stepsOf(box, "work", args)).filter((step) => path.test(step.path)).at(-1) as Step;
}

it("tables of stats and candidates for a lock that were being written", async () => {
  box = await makeSandbox();
  for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i}`);
  const restore = box.keep();
  for (const [path, folder] of [
    [/stat\/folder-/, "work/.git/mvgit/stat"],
    [/stat\/targets/, "work/.git/mvgit/stat"],
    [/mvgit\/lock\./, "work/.git/mvgit"],
  ] as const) {
    restore();
    const step = await stepAt(["add", "data"], path);
    restore();
    await killedAt(step, ["add", "data"]);
    const left = files(folder).filter((name) => /-[0-9a-f]{16}$/.test(name));
    expect(left.length, String(path)).toBeGreaterThan(0);
    const living = `folder-${"0".repeat(32)}.${nameOfOwner()}`;
    box.write(`${folder}/${living}`, "being written");
    await box.mv("work", ["gc"]);
    expect(files(folder).filter((name) => /-[0-9a-f]{16}$/.test(name))).toEqual([living]);
    fs.rmSync(join(box.dir, folder, living));
    await box.mv("work", ["add", "data"]);
  }
});

it("temporary repositories, for as long as nobody works in them", async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "weights");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  const get = (out: string): string[] => [
    "get",
    join(box.dir, "host.git"),
    "main",
    "-o",
    `../${out}`,
    "--remote",
    join(box.dir, "store"),
    "--only",
    "w.bin",
  ];
  const scratch = (): string[] => files(".tmp").filter((name) => name.startsWith("mvgit-"));
  await killedAt(await stepAt(get("first"), /first\/.*blobs/), get("second"));
  const [dead = "", ...more] = scratch();
  expect([dead, more]).toEqual([expect.stringMatching(/^mvgit-git-/), []]);
  const [living, old, young] = [`mvgit-git-${nameOfOwner()}`, "mvgit-git-AbCdEf", "mvgit-git-GhIjKl"];
  for (const name of [living, old, young]) box.write(`.tmp/${name}/HEAD`, "ref: refs/heads/main\n");
  fs.utimesSync(join(box.dir, ".tmp", old), Date.now() / 1000 - 4 * DAYS, Date.now() / 1000 - 4 * DAYS);
  fs.symlinkSync(join(box.dir, "work"), join(box.dir, ".tmp", dead.replace(/[0-9a-f]{16}$/, "0".repeat(16))));
  await box.mv("work", get("second"));
  const links = scratch().filter((name) => fs.lstatSync(join(box.dir, ".tmp", name)).isSymbolicLink());
  expect(scratch().filter((name) => !links.includes(name))).toEqual([young, living].toSorted());
  expect(box.exists("work/w.bin")).toBe(true);
});
