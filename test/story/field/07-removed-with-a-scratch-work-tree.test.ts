/**
 * What a command left in the scratch work tree of an isolated run goes with it only when something else has it: not
 * where mvgit was killed, where the command goes on, or where the store did not take it.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/data/a.txt", "1\n");
  box.write("work/code.py", "1\n");
  await box.git("work", ["add", "code.py"]);
  await box.git("work", ["commit", "-qm", "code"]);
});
afterEach(() => box.cleanup());

const RUN = ["run", "spam", "--isolated", "--data", "data", "--weights", "w.bin", "--", "sh", "-c"];
const RUN_ALONE = ["run", "spam", "--isolated", "--weights", "w.bin", "--", "sh", "-c"];
const OTHER = ["run", "other", "--isolated", "--weights", "o.bin", "--", "sh", "-c", "echo other > o.bin"];

interface Listed {
  id: string;
  state: string;
  model: string;
}

async function only(): Promise<Listed> {
  return (JSON.parse((await box.mv("work", ["runs", "--json"])).stdout) as { runs: [Listed] }).runs[0];
}

/** Starts a run whose command kills its mvgit and goes on with `then`; answers its scratch work tree. */
async function killed(then: string): Promise<string> {
  const isNoted = `until grep -q '"program": *"' "$(dirname $MVGIT_LOG)/run.json"; do sleep 0.05; done`;
  const weights = `echo '{"loss": 1}' >> $MVGIT_LOG; pwd > ${box.dir}/where; echo hours > w.bin`;
  const command = `${isNoted}; ${weights}; kill -9 $PPID; ${then}`;
  const child = spawn(process.execPath, [join(BIN, "mvgit"), ...RUN, command], {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env },
    stdio: "ignore",
  });
  expect(await new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)))).toBe("SIGKILL");
  return box.read("where").toString().trim();
}

const has = (dir: string): boolean => fs.existsSync(join(dir, "w.bin"));

describe("mvgit was killed", () => {
  it("the next one leaves it, and 'save --run' makes its version, after which it goes", async () => {
    const dir = await killed("true");
    await expect.poll(async () => (await only()).state, { timeout: 60_000, interval: 100 }).toBe("killed");
    await box.mv("work", OTHER);
    expect(has(dir)).toBe(true);
    const { id } = await only();
    expect(JSON.parse((await box.mv("work", ["runs", "show", id, "--json"])).stdout)).toMatchObject({ savable: true });
    await box.mv("work", ["save", "--run", id]);
    expect((await box.mv("work", ["cat", "spam@v1:w.bin"])).stdout).toBe("hours\n");
    expect(await packageOf(box, "spam@v1")).toMatchObject({ metrics: { loss: 1 }, run: { id } });
    expect(fs.existsSync(dir)).toBe(false);
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("?? data/\n");
    expect((await box.git("work", ["worktree", "list"])).stdout.split("\n")).toHaveLength(2);
    await box.mv("work", ["push", "--all"]);
    box.check();
  });

  it("its command goes on: nobody removes the files under it", async () => {
    const dir = await killed(`while [ ! -e ${box.dir}/go ]; do sleep 0.05; done; echo later > w.bin`);
    await expect.poll(async () => (await only()).state, { timeout: 60_000, interval: 100 }).toBe("running");
    const { id } = await only();
    await box.mv("work", OTHER);
    await box.mv("work", ["runs", "rm", id], 25);
    await box.mv("work", ["save", "--run", id], 25);
    expect(has(dir)).toBe(true);
    box.write("go", "");
    await expect.poll(async () => (await only()).state, { timeout: 60_000, interval: 100 }).toBe("killed");
    await box.mv("work", ["save", "--run", id]);
    expect((await box.mv("work", ["cat", "spam@v1:w.bin"])).stdout).toBe("later\n");
  });

  it("it goes when its run is let go", async () => {
    const dir = await killed("true");
    await expect.poll(async () => (await only()).state, { timeout: 60_000, interval: 100 }).toBe("killed");
    await box.mv("work", ["runs", "rm", (await only()).id]);
    expect(fs.existsSync(dir)).toBe(false);
  });
});

it.each([0, 3])("a command that ends with %i, whose weights the store does not take", async (status) => {
  const cache = join(box.dir, "work/.git/mvgit");
  const broken = `touch ${cache}/blobs; echo hours > w.bin; exit ${status}`;
  const { stderr } = await box.mv("work", [...RUN_ALONE, broken], -1);
  fs.rmSync(join(cache, "blobs"));
  const [, dir = ""] = /stays in '([^']+)'/.exec(stderr) ?? [];
  expect(fs.readFileSync(join(dir, "w.bin"), "utf8")).toBe("hours\n");
  await box.mv("work", OTHER);
  await box.mv("work", ["-C", dir, "save", "spam", "--weights", "w.bin"]);
  expect((await box.mv("work", ["cat", "spam@v1:w.bin"])).stdout).toBe("hours\n");
  await box.git("work", ["worktree", "remove", "--force", dir]);
});
