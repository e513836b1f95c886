/**
 * Git's `--all` means the heads of every work tree, also of one that another git makes just now, whose head is no
 * commit yet.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { gitFields, runGit } from "../../src/git/run.ts";
import { hermeticEnv } from "../support/cli.ts";

let dir: string;
let call: { cwd: string; env: Record<string, string> };
beforeAll(async () => {
  dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-test-")));
  call = { cwd: join(dir, "work"), env: hermeticEnv(dir) };
  fs.mkdirSync(call.cwd);
  await runGit(["init", "-q"], call);
  await runGit(["commit", "-q", "--allow-empty", "-m", "x"], call);
  await runGit(["worktree", "add", "-q", "--detach", join(dir, "other")], call);
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

it("a command that meets it waits until it is whole", async () => {
  const head = join(call.cwd, ".git/worktrees/other/HEAD");
  const whole = fs.readFileSync(head, "utf8");
  const lines = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const part of gitFields(["rev-list", "--all"], call, "\n")) found.push(...part);
    return found;
  };
  for (const list of [async () => (await runGit(["rev-list", "--all"], call)).stdout.toString().split("\n"), lines]) {
    fs.writeFileSync(head, `${"0".repeat(40)}\n`);
    const mended = setTimeout(() => fs.writeFileSync(head, whole), 300);
    expect((await list()).filter(Boolean)).toEqual([whole.trim()]);
    clearTimeout(mended);
  }
});

it("one that stays broken is told", async () => {
  fs.writeFileSync(join(call.cwd, ".git/worktrees/other/HEAD"), `${"0".repeat(40)}\n`);
  await expect(runGit(["rev-list", "--all"], call)).rejects.toThrow("bad object worktrees/other/HEAD");
}, 30_000);
