/** A repository for transcripts: same names, bytes and dates each time. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { runProgram, transcript } from "./cli.ts";
import { makeTestFolder } from "./test-folder.ts";

export interface SmallRepo {
  /** The top of the work tree. */
  top: string;
  /** Runs shell commands there that must succeed and whose output does not matter. */
  prepare(...commands: readonly string[]): Promise<void>;
  /** What a user would have seen of these commands, in a folder of the work tree. */
  tell(commands: readonly string[], folder?: string): Promise<string>;
  cleanup(): void;
}

/** `work` with its remote in the folder `store` beside it; no hooks. */
export async function smallRepo(): Promise<SmallRepo> {
  const { dir, env, remove } = makeTestFolder();
  const top = join(dir, "work");
  fs.mkdirSync(top);
  const repo: SmallRepo = {
    top,
    async prepare(...commands) {
      const ran = await runProgram("/bin/sh", ["-ec", commands.join("\n")], { cwd: top, env });
      expect(ran.status, ran.stdout + ran.stderr).toBe(0);
    },
    async tell(commands, folder = "") {
      const cwd = join(top, folder);
      return (await transcript({ cwd, env }, ...commands)).replaceAll(dirname(top), "<dir>");
    },
    cleanup: remove,
  };
  await repo.prepare(
    "git init -q",
    "mvgit init --no-hooks --remote ../store",
    `git config -f .mvgit/config mvgit.repository ${"0123456789abcdef".repeat(2)}`,
    "git add .mvgit/config",
  );
  return repo;
}
