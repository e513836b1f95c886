/** The real DVC and git-lfs, where they are: MVGIT_DVC or `dvc` on PATH, MVGIT_GIT_LFS or `git-lfs` on PATH. */
import * as fs from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Ran, runProgram } from "../support/cli.ts";
import { findProgram } from "../support/foreign.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";

const dvc = findProgram("dvc", "MVGIT_DVC");
const lfs = findProgram("git-lfs", "MVGIT_GIT_LFS");
let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
  const folders = [dvc, lfs].filter((file) => file !== null).map((file) => dirname(file));
  box.env["PATH"] = [
    join(import.meta.dirname, "../../bin"),
    dirname(process.execPath),
    ...folders,
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
  ].join(delimiter);
  box.env["DVC_NO_ANALYTICS"] = "1";
});
afterEach(() => box.cleanup());

async function run(folder: string, program: string, args: readonly string[]): Promise<Ran> {
  const ran = await runProgram(program, args, { cwd: join(box.dir, folder), env: box.env });
  expect(ran.status, `${program} ${args.join(" ")}: ${ran.stdout}${ran.stderr}`).toBe(0);
  return ran;
}

function fill(folder: string): Buffer {
  const weights = someBytes(3_000_000);
  box.write(`${folder}/models/the weights.bin`, weights);
  for (const [path, text] of Object.entries({
    "a.csv": "1\r\n",
    "sub/é ü.csv": "2\n",
    "sub/empty": "",
    "z'q\".txt": "3",
  }))
    box.write(`${folder}/data/${path}`, text);
  return weights;
}

const same = async (a: string, b: string): Promise<void> =>
  void (await run(".", "diff", ["-r", "-x", "*.mvgit", "-x", ".gitignore", a, b]));

it.skipIf(dvc === null)(
  `DVC to mvgit and back, exactly${dvc === null ? " (skipped: no dvc on PATH, nor in MVGIT_DVC)" : ""}`,
  async () => {
    const program = dvc as string;
    await run("work", program, ["init", "-q"]);
    fill("work");
    await run("work", program, ["add", "-q", "data", "models/the weights.bin"]);
    fs.mkdirSync(join(box.dir, "dvc-store"));
    await run("work", program, ["remote", "add", "-q", "--local", "-d", "shelf", "../dvc-store"]);
    await run("work", program, ["push", "-q"]);
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", "DVC"]);
    // From the remote alone, as in a clone that never pulled.
    fs.rmSync(join(box.dir, "work/.dvc/cache"), { recursive: true });
    fs.renameSync(join(box.dir, "work/data"), join(box.dir, "data"));
    fs.renameSync(join(box.dir, "work/models/the weights.bin"), join(box.dir, "weights"));
    await box.mv("work", ["import", "dvc", "--commit"]);
    await box.mv("work", ["checkout"]);
    await same("data", "work/data");
    await same("weights", "work/models/the weights.bin");
    await box.mv("work", ["convert", "--to", "dvc", "../back"]);
    expect((await box.git("back", ["diff", "--name-only", "HEAD", "HEAD~2", "--", "*.dvc", ".dvc"])).stdout).toBe("");
    await run("back", program, ["checkout", "-q"]);
    expect((await run("back", program, ["status"])).stdout).toContain("up to date");
    await same("data", "back/data");
    await same("weights", "back/models/the weights.bin");
  },
  300_000,
);

it.skipIf(dvc === null)(
  "what mvgit tracked first, DVC checks out, pushes and " +
    `pulls${dvc === null ? " (skipped: no dvc on PATH, nor in MVGIT_DVC)" : ""}`,
  async () => {
    const program = dvc as string;
    fill("work");
    await box.mv("work", ["add", "data", "models/the weights.bin"]);
    await box.git("work", ["commit", "-qm", "mvgit"]);
    await box.mv("work", ["convert", "--to", "dvc", "../copy"]);
    fs.mkdirSync(join(box.dir, "dvc-store"));
    await run("copy", program, ["remote", "add", "-q", "--local", "-d", "shelf", "../dvc-store"]);
    await run("copy", program, ["push", "-q"]);
    fs.rmSync(join(box.dir, "copy/.dvc/cache"), { recursive: true });
    await run("copy", program, ["pull", "-q"]);
    await same("work/data", "copy/data");
    await run("copy", program, ["add", "-q", "data", "models/the weights.bin"]);
    expect((await box.git("copy", ["status", "--short"])).stdout).toBe("");
  },
  300_000,
);

it.skipIf(lfs === null)(
  `Git LFS to mvgit and back, exactly${lfs === null ? " (skipped: no git-lfs on PATH, nor in MVGIT_GIT_LFS)" : ""}`,
  async () => {
    await box.git("work", ["lfs", "install", "--local"]);
    await box.git("work", ["lfs", "track", "*.bin", "data/**"]);
    fill("work");
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", "LFS"]);
    await run(".", "cp", ["-r", "work", "before"]);
    box.env["GIT_LFS_SKIP_SMUDGE"] = "1";
    await box.git(".", ["clone", "-q", "work", "clone"]);
    // The clone has pointers only: git-lfs is asked to fetch.
    expect((await box.mv("clone", ["import", "lfs", "--commit"])).stdout).toContain("missing 0 files");
    await same("before/data", "clone/data");
    await same("before/models/the weights.bin", "clone/models/the weights.bin");
    await box.mv("clone", ["convert", "--to", "lfs", "../back"]);
    await box.git("back", ["lfs", "install", "--local"]);
    await box.git("back", ["lfs", "checkout"]);
    await box.git("back", ["lfs", "fsck"]);
    expect((await box.git("back", ["status", "--short"])).stdout).toBe("");
    await same("before/data", "back/data");
    await same("before/models/the weights.bin", "back/models/the weights.bin");
    const pointers = async (folder: string, revision: string): Promise<string> =>
      (await box.git(folder, ["ls-tree", "-r", revision, "--", "data", "models"])).stdout.replace(
        /^.*\.gitignore\n/gm,
        "",
      );
    expect(await pointers("back", "HEAD")).toBe(await pointers("work", "HEAD"));
  },
  300_000,
);
