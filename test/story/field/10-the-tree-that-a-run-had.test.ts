/**
 * What the work tree had when a run began, and Git does not keep: the scratch work tree of `reproduce` has it, or the
 * version says that it has not.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Mapping } from "../../../src/values/document.ts";
import { readTreeRecord } from "../../../src/values/tree-record.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

const TRAIN = `set -e
echo started > logs/today.log
echo step > out/a/b/step
echo cached > scratchpad/x
echo more > scratchpad/run/1/x
cat lib/code.txt lib/new.txt lib/deep/d.txt vendor/tool.txt hidden/h.txt > models/deep/w.bin
ls -d out/* >> models/deep/w.bin
`;

async function makeRepository(folder: string, files: Record<string, string>): Promise<void> {
  await box.git(".", ["init", "-q", folder]);
  for (const [path, text] of Object.entries(files)) box.write(`${folder}/${path}`, text);
  await box.git(folder, ["add", "."]);
  await box.git(folder, ["commit", "-q", "-m", "first"]);
}

it(
  "empty folders, the weights' folder, submodules and repositories inside, as they were; what is not on the " +
    "machine is named",
  async () => {
    box = await makeSandbox();
    await makeRepository("tool", { "tool.txt": "tool 1\n" });
    await box.git("work", ["submodule", "add", "-q", `${box.dir}/tool`, "vendor"]);
    await makeRepository("work/lib", { "code.txt": "lib 1\n", "gone.txt": "x" });
    await makeRepository("work/lib/deep", { "d.txt": "deep 1\n" });
    await makeRepository("work/hidden", { "h.txt": "hidden 1\n" });
    box.write("work/.gitignore", "/hidden/\n/scratchpad/\n/models/\nconfig.local\n__pycache__/\n");
    box.write("work/config.local", "private");
    box.write("work/scratchpad/env/pyvenv.cfg", "home = /nowhere\n");
    box.write("work/scratchpad/env/lib/x.py", "");
    box.write("work/train.sh", TRAIN);
    for (const folder of ["logs", "out/a/b", "out/c", "scratchpad/run/1", "__pycache__", "models/deep"])
      fs.mkdirSync(join(box.dir, "work", folder), { recursive: true });
    // Beyond their commits.
    box.write("work/lib/new.txt", "not committed\n");
    box.write("work/lib/code.txt", "lib 1, edited\n");
    fs.rmSync(join(box.dir, "work/lib/gone.txt"));
    box.write("work/vendor/tool.txt", "tool 1, edited\n");
    await box.mv("work", ["run", "spam", "--weights", "models/deep/w.bin", "--", "sh", "train.sh"]);
    const { environment } = await packageOf(box, "spam@v1");
    const record = readTreeRecord(environment as Mapping);
    expect(record?.folders).toEqual(
      expect.arrayContaining(["logs", "out/a/b", "out/c", "scratchpad/run/1", "models/deep"]),
    );
    expect([record?.environments, record?.folders.join()]).toEqual([
      ["scratchpad/env"],
      expect.not.stringContaining("env"),
    ]);
    expect(record?.ignored).toContain("config.local");
    expect(record?.ignored.join()).not.toContain("pycache");
    expect(record?.repositories.map(({ path, kind, patch }) => [path, kind, patch !== null])).toEqual([
      ["vendor", "submodule", true],
      ["lib", "nested", true],
      ["lib/deep", "nested", false],
      ["hidden", "ignored", false],
    ]);
    expect((await box.git("work/lib", ["status", "--porcelain"])).stdout).toBe(
      " M code.txt\n D gone.txt\n?? deep/\n?? new.txt\n",
    );

    // The machine goes on.
    await box.git("work/lib", ["add", "-A", "code.txt", "gone.txt", "new.txt"]);
    await box.git("work/lib", ["commit", "-q", "-m", "second"]);
    await box.git("work", ["submodule", "deinit", "-q", "-f", "vendor"]);
    for (const folder of ["logs", "out", "scratchpad"]) fs.rmSync(join(box.dir, "work", folder), { recursive: true });
    const again = JSON.parse((await box.mv("work", ["--json", "reproduce", "spam@v1"])).stdout) as {
      verdict: string;
      code: string[];
    };
    expect(again).toMatchObject({ verdict: "identical", code: [] });
    expect((await box.git("work/lib", ["worktree", "list"])).stdout.split("\n").length).toBe(2);

    fs.renameSync(join(box.dir, "work/lib"), join(box.dir, "elsewhere"));
    const without = await box.mv("work", ["reproduce", "spam@v1"], 1);
    expect(without.stderr).toContain("the repository 'lib' is not as it was: its commit");
    expect(without.stderr).toContain("files that Git ignores are not there (then: 'config.local'");
    expect(without.stdout).toContain("differs, first in the code: lib");
  },
);

it("a repository inside of which a version can keep too little is refused by name before anything runs", async () => {
  box = await makeSandbox();
  await makeRepository("work/lib", { "code.txt": "1" });
  box.write("work/lib/large.bin", Buffer.alloc(100_000));
  const run = ["run", "spam", "--weights", "w.bin", "--", "sh", "-c", "echo ran > ran; echo 1 > w.bin"];
  const refused = await box.mv("work", run, 1);
  expect(refused.stderr).toContain(
    "cannot make a version: 'lib' is a repository of its own, and its changes, such as 'large.bin', are " +
      ("larger " + "than the 64 KiB that a version keeps, or no text\nhint: commit it there ('git -C lib commit'), ") +
      "or let Git ignore 'lib'",
  );
  fs.rmSync(join(box.dir, "work/lib/large.bin"));
  box.write("work/lib/key.txt", "token = ghp_0123456789abcdefghij0123456789abcdef\n");
  expect((await box.mv("work", run, 1)).stderr).toContain("holds what looks like a secret");
  fs.rmSync(join(box.dir, "work/lib"), { recursive: true });
  await box.git(".", ["init", "-q", "work/new"]);
  box.write("work/new/file", "1");
  expect((await box.mv("work", run, 1)).stderr).toContain(
    "'new' is a repository of its own, and it has files and no commit yet",
  );
  expect(box.exists("work/ran")).toBe(false);
  // Ignored, it is told of.
  box.write("work/.gitignore", "/new/\n");
  await box.mv("work", run);
  expect((await packageOf(box, "spam@v1")).notes).toContainEqual(
    expect.stringContaining("'new', which Git ignores, is a repository of its own: it has files and no commit yet"),
  );
});

it("a script outside of the work tree is no part of it, which is noted", async () => {
  box = await makeSandbox();
  box.write("elsewhere.sh", "echo weights > w.bin\n");
  box.write("work/here.sh", "sh ../elsewhere.sh\n");
  await box.mv("work", ["run", "spam", "--weights", "w.bin", "--", "sh", "../elsewhere.sh"]);
  await box.mv("work", ["run", "spam", "--", "sh", "here.sh"]);
  const told = "'../elsewhere.sh' is outside of the work tree, and not recorded: put it there";
  expect((await packageOf(box, "spam@v1")).notes).toContain(told);
  expect((await packageOf(box, "spam@v2")).notes).not.toContain(told);
});
