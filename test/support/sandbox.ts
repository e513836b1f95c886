/** A folder of the test's own with repositories, a remote's folder and a Git host in it. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Watch } from "../../src/base/watch.ts";
import { init } from "../../src/care/init.ts";
import { Repo } from "../../src/repo/repo.ts";
import { check, findAll } from "./checker.ts";
import { BIN, hermeticEnv, mvgit, type Ran, runProgram } from "./cli.ts";
import { inMemory, makeTestFolder, type TestFolder } from "./test-folder.ts";
import { testWatch } from "./watch.ts";

export interface Sandbox extends Omit<TestFolder, "remove"> {
  /** Runs mvgit in a folder of the sandbox; its exit status must be `status`; -1: any will do. */
  mv(folder: string, args: readonly string[], status?: number): Promise<Ran>;
  /** As `mv`, for git. */
  git(folder: string, args: readonly string[], status?: number): Promise<Ran>;
  /** Opens the repository in a folder of the sandbox as the library does, in this process, with a `Watch` for tests. */
  open(folder?: string, watch?: Watch): Promise<Repo>;
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
}

export interface SandboxOptions {
  /** With mvgit's hooks installed; they start the real program. */
  hooks?: boolean;
  /** Of Git's objects: `sha256`. */
  objectFormat?: string;
  /** `mv` runs the command line in this process (`in-process.ts`): for stories that ask nothing of a process. */
  inProcess?: boolean;
  /** In memory where that can be: for tests that stop a command at every step, whose disk nobody else looks at. */
  inMemory?: boolean;
}

/** What Git is told in every sandbox. */
const SETTINGS = '[user]\n\tname = T\n\temail = t@example.com\n[protocol "file"]\n\tallow = always\n';

/** `work` is a repository with `store` as its remote and `host.git` as its Git host; made without starting mvgit. */
export async function makeSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { remove, ...folder } = makeTestFolder(SETTINGS, options.inMemory === true ? inMemory() : undefined);
  const { dir, env } = folder;
  // What a killed program leaves goes with the sandbox.
  env["TMPDIR"] = join(dir, ".tmp");
  fs.mkdirSync(env["TMPDIR"]);
  const run = async (ran: Promise<Ran>, status: number): Promise<Ran> => {
    const result = await ran;
    if (status >= 0) expect(result.status, `${result.stdout}\n${result.stderr}`).toBe(status);
    return result;
  };
  const start = options.inProcess === true ? (await import("./in-process.ts")).mvgitHere : mvgit;
  let excuse: string | null = null;
  let kept: string | null = null;
  const sandbox: Sandbox = {
    ...folder,
    mv: (folder, args, status = 0) => run(start(args, { cwd: join(dir, folder), env }), status),
    git: (folder, args, status = 0) => run(runProgram("git", args, { cwd: join(dir, folder), env }), status),
    open: (name = "work", watch = testWatch()) =>
      Repo.open({ cwd: join(dir, name), env: { ...hermeticEnv(dir), ...env }, watch }),
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
      const hasHooks =
        options.hooks === true && ["blobs", "packs"].some((kind) => fs.existsSync(join(dir, "store", kind)));
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
        if (kept !== null) fs.rmSync(kept, { recursive: true, force: true });
        remove();
      }
    },
  };
  const format = options.objectFormat ? [`--object-format=${options.objectFormat}`] : [];
  await sandbox.git(".", ["init", "-q", "--bare", ...format, "host.git"]);
  await sandbox.git(".", ["init", "-q", ...format, "work"]);
  await sandbox.git("work", ["remote", "add", "origin", "../host.git"]);
  const program = { node: execPath, script: join(BIN, "mvgit") };
  await init(await sandbox.open(), { remote: "../store", hooks: options.hooks === true, program });
  return sandbox;
}

/**
 * One sandbox for all tests of a file, or of a `describe`: made once, put back as `make` left it after each test,
 * checked and removed at the end. `timeout`: of making it, in milliseconds.
 */
export function shareSandbox(make: () => Promise<Sandbox>, timeout?: number): void {
  let box: Sandbox;
  let restore: () => void;
  beforeAll(async () => {
    box = await make();
    restore = box.keep();
  }, timeout);
  afterEach(() => restore());
  afterAll(() => box.cleanup());
}

/** Bytes that no other test has. */
export function someBytes(size: number): Buffer {
  return randomBytes(size);
}
