/** Runs that were cut short: before the command was started, and before their version was written down. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";
import { expect, it } from "vitest";
import { markOf, type ProcessMark, stateOf } from "../../../src/base/processes.ts";
import { registerRun, runFolder } from "../../../src/repo/runs.ts";
import { checkModelName } from "../../../src/values/label.ts";
import { formatRecord } from "../../../src/values/run-record.ts";
import { listOf } from "../../../src/versions/runs-list.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/data/a.txt", "1\n");
  return box;
});

const RUN = ["run", "spam", "--data", "data", "--weights", "w.bin", "--"];
const TRAIN = [...RUN, "sh", "-c", "echo w > w.bin"];

const WISH = {
  model: checkModelName("spam"),
  command: ["true"],
  folder: "",
  isolated: false,
  settings: {},
  outputs: [],
  log: null,
};

/** A run whose mvgit is gone, and that never heard of its command, or had begun with it. */
async function cutRun(program: ProcessMark | null = null): Promise<string> {
  const repo = await box.open();
  const { record } = await registerRun(repo, WISH);
  const child = spawn("true");
  const owner = markOf(child.pid as number);
  await new Promise((resolve) => child.on("close", resolve));
  await expect.poll(() => stateOf(owner)).toBe("ended");
  const folder = runFolder(repo, record.id);
  fs.writeFileSync(join(folder, "run.json"), formatRecord({ ...record, owner, program }));
  return folder;
}

it("one that never started its command is not listed, and the next run removes it", async () => {
  const folder = await cutRun();
  expect(await listOf(await box.open(), null)).toEqual({ runs: [] });
  const told = await box.mv("work", TRAIN);
  expect(told.stderr).not.toContain("killed");
  expect(fs.existsSync(folder)).toBe(false);
});

it("one whose command logged something is listed, whatever its record lacks", async () => {
  const folder = await cutRun();
  fs.writeFileSync(join(folder, "log.jsonl"), '{"loss": 1}\n');
  expect(await listOf(await box.open(), null)).toMatchObject({ runs: [{ state: "killed", scores: { loss: 1 } }] });
});

it("one that was attached to a process that goes on is in the way, but of what that process does next", async () => {
  await cutRun(markOf(pid));
  const repo = await box.open();
  await expect(registerRun(repo, WISH)).rejects.toMatchObject({ code: "lock-held" });
  const { record } = await registerRun(repo, WISH, { attachedTo: pid });
  const { runs } = await listOf(repo, null);
  expect(runs.map(({ id, state }) => [id === record.id, state]).toSorted()).toEqual([
    [false, "killed"],
    [true, "running"],
  ]);
});

it("one whose version was not written down when its command had ended can be saved", async () => {
  const breaks = "echo w > w.bin; echo '{\"loss\": 2}' >> $MVGIT_LOG; mv ../shared ../kept; touch ../shared";
  await box.git("work", ["config", "mvgit.cacheDir", join(box.dir, "shared")]);
  await box.mv("work", [...RUN, "sh", "-c", breaks], 25);
  fs.rmSync(join(box.dir, "shared"));
  fs.renameSync(join(box.dir, "kept"), join(box.dir, "shared"));
  const { runs } = await listOf(await box.open(), null);
  expect(runs).toMatchObject([{ state: "finished", status: 0 }]);
  const id = runs[0]?.id as string;
  expect((await box.mv("work", ["runs", "show", id])).stdout).toContain(`mvgit save --run ${id}`);
  await box.mv("work", ["save", "--run", id]);
  const pack = await packageOf(box, "spam@v1");
  expect(pack).toMatchObject({ run: { id, status: 0 }, metrics: { loss: 2 }, weights: [{ path: "w.bin" }] });
  expect(pack.notes.join()).toContain("mvgit did not come to make the version when the command ended");
  expect(await listOf(await box.open(), null)).toEqual({ runs: [] });
});

it("a command that removes the folder it was started in ends as any other", async () => {
  box.write("work/sub/x/a.txt", "1\n");
  await box.mv("work/sub/x", [
    "run",
    "spam",
    "--weights",
    "../../w.bin",
    "--",
    "sh",
    "-c",
    "echo w > ../../w.bin; rm -r ../x",
  ]);
  expect((await packageOf(box, "spam@v1")).run?.folder).toBe("sub/x");
});
