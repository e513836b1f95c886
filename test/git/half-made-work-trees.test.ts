/** Git's `--all` means the heads of every work tree, also of one that another git makes just now, which is in part. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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

/** What is in part, as `git worktree add` leaves it for a moment: the file and its bytes. */
const IN_PART: [name: string, bytes: string][] = [
  ["HEAD", `${"0".repeat(40)}\n`],
  ["commondir", ""],
];

describe.each(IN_PART)("%s in part", (name, bytes) => {
  const file = (): string => join(call.cwd, ".git/worktrees/other", name);
  let whole: string;
  beforeAll(() => (whole = fs.readFileSync(file(), "utf8")));
  afterEach(() => fs.writeFileSync(file(), whole));
  const all = async (): Promise<string[]> =>
    (await runGit(["rev-list", "--all"], call)).stdout.toString().split("\n").filter(Boolean);
  const fields = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const part of gitFields(["rev-list", "--all"], call, "\n")) found.push(...part);
    return found.filter(Boolean);
  };

  it.each([
    ["at once", all],
    ["as it comes", fields],
  ])("is waited for by who reads %s", async (_, read) => {
    const commits = await read();
    expect(commits).toHaveLength(1);
    fs.writeFileSync(file(), bytes);
    const mended = setTimeout(() => fs.writeFileSync(file(), whole), 300);
    expect(await read()).toEqual(commits);
    clearTimeout(mended);
  });
});

it("what would be an answer is no answer of a work tree in part", async () => {
  fs.writeFileSync(join(call.cwd, ".git/worktrees/other/commondir"), "");
  const mended = setTimeout(() => fs.writeFileSync(join(call.cwd, ".git/worktrees/other/commondir"), "../..\n"), 300);
  const { status } = await runGit(["worktree", "list"], { ...call, answers: [0, 128] });
  clearTimeout(mended);
  expect(status).toBe(0);
});

it("one that stays in part is told", async () => {
  fs.writeFileSync(join(call.cwd, ".git/worktrees/other/commondir"), "");
  await expect(runGit(["rev-list", "--all"], call)).rejects.toThrow("failed to read .git/worktrees/other/commondir");
}, 30_000);
