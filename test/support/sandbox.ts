/** A folder of the test's own with repositories, a remote's folder and a Git host in it. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { check, findAll } from "./checker.ts";
import { mvgit, type Ran, runProgram } from "./cli.ts";

export interface Sandbox {
  dir: string;
  /** Runs mvgit in a folder of the sandbox; its exit status must be `status`; -1: any will do. */
  mv(folder: string, args: readonly string[], status?: number): Promise<Ran>;
  /** As `mv`, for git. */
  git(folder: string, args: readonly string[], status?: number): Promise<Ran>;
  /** Writes a file, by its path in the sandbox. */
  write(path: string, bytes: string | Uint8Array): void;
  read(path: string): Buffer;
  exists(path: string): boolean;
  /** Remembers everything as it is now; what it answers brings that back, for the next test. */
  keep(): () => void;
  /**
   * That everything which Git names here is there, and is what it is called, by a checker that knows nothing of mvgit's
   * code.
   */
  check(): void;
  /** `cleanup` does not check this sandbox: the test damages, hides or forges what would be looked at. */
  unchecked(why: string): void;
  /** Checks (not in `field`), and removes everything. */
  cleanup(): void;
  env: Record<string, string>;
}

/** `work` is a repository with `store` as its remote and `host.git` as its Git host. */
export async function makeSandbox(options: { hooks?: boolean; objectFormat?: string } = {}): Promise<Sandbox> {
  const dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-test-")));
  const env: Record<string, string> = {
    HOME: dir,
    GIT_CONFIG_GLOBAL: join(dir, ".gitconfig"),
    XDG_CACHE_HOME: join(dir, ".cache"),
    TMPDIR: join(dir, ".tmp"),
  };
  // What a killed program leaves goes with the sandbox.
  fs.mkdirSync(join(dir, ".tmp"));
  fs.writeFileSync(
    join(dir, ".gitconfig"),
    '[init]\n\tdefaultBranch = main\n[user]\n\tname = T\n\temail = t@example.com\n[protocol "file"]\n\tallow ' +
      ("= " + "always\n"),
  );
  const run = async (ran: Promise<Ran>, status: number): Promise<Ran> => {
    const result = await ran;
    if (status >= 0) expect(result.status, `${result.stdout}\n${result.stderr}`).toBe(status);
    return result;
  };
  let excuse: string | null = null;
  let kept: string | null = null;
  const sandbox: Sandbox = {
    dir,
    env,
    mv: (folder, args, status = 0) => run(mvgit(args, { cwd: join(dir, folder), env }), status),
    git: (folder, args, status = 0) => run(runProgram("git", args, { cwd: join(dir, folder), env }), status),
    write(path, bytes) {
      fs.mkdirSync(dirname(join(dir, path)), { recursive: true });
      fs.writeFileSync(join(dir, path), bytes);
    },
    read: (path) => fs.readFileSync(join(dir, path)),
    exists: (path) => fs.existsSync(join(dir, path)),
    keep() {
      kept = fs.mkdtempSync(`${dir}-kept-`);
      execFileSync("cp", ["-a", `${dir}/.`, kept]);
      const keptEnv = { ...env };
      return () => {
        for (const name of fs.readdirSync(dir)) fs.rmSync(join(dir, name), { recursive: true });
        execFileSync("cp", ["-a", `${kept}/.`, dir]);
        for (const name of Object.keys(env)) delete env[name];
        Object.assign(env, keptEnv);
      };
    },
    check() {
      const host = join(dir, "host.git");
      const hasHooks = options.hooks === true && fs.existsSync(join(dir, "store", "blobs"));
      expect(
        check({ ...findAll(dir), ...(hasHooks ? { host: { repo: host, store: join(dir, "store") } } : {}) }),
      ).toEqual([]);
    },
    unchecked(why) {
      excuse = why;
    },
    cleanup() {
      try {
        // What field reports tell of is damage, as a rule; their tests call 'check' where it must hold.
        const isField = expect.getState().testPath?.includes("/field/") === true;
        if (excuse === null && !isField && fs.existsSync(dir)) sandbox.check();
      } finally {
        for (const each of [dir, kept]) if (each !== null) fs.rmSync(each, { recursive: true, force: true });
      }
    },
  };
  const format = options.objectFormat ? [`--object-format=${options.objectFormat}`] : [];
  await sandbox.git(".", ["init", "-q", "--bare", ...format, "host.git"]);
  await sandbox.git(".", ["init", "-q", ...format, "work"]);
  await sandbox.git("work", ["remote", "add", "origin", "../host.git"]);
  await sandbox.mv("work", ["init", "--remote", "../store", ...(options.hooks === true ? [] : ["--no-hooks"])]);
  return sandbox;
}

/** Bytes that no other test has. */
export function someBytes(size: number): Buffer {
  return randomBytes(size);
}
