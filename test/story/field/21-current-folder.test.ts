/**
 * A current folder that was removed, or may not be entered: one message, and everything that does not need it works.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIN, type Ran, ROOT, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox();
});
afterAll(() => box.cleanup());

/** In a folder that is gone by then. */
function inRemoved(args: readonly string[]): Promise<Ran> {
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
  return runProgram("/bin/sh", ["-c", script, "sh", process.execPath, ...args], { cwd: box.dir, env: box.env });
}

const MVGIT = join(BIN, "mvgit");

describe("a current folder that was removed", () => {
  it.each([
    ["status"],
    ["add", "w.bin"],
    ["pull"],
    ["gc"],
    ["run", "m", "--", "true"],
    ["-C", "below", "status"],
    ["init"],
    ["get", "x", "m@v1", "-o", "y"],
  ])("%s %s", async (...args) => {
    const { status, stderr, stdout } = await inRemoved([MVGIT, ...args]);
    expect([status, stdout]).toEqual([20, ""]);
    expect(stderr).toMatch(/^error: the current folder cannot be used: it was removed.*\nhint: .*'cd'.*\n$/);
  });

  it("says so in JSON, and in the words of a hook", async () => {
    const json = JSON.parse((await inRemoved([MVGIT, "status", "--json"])).stdout) as { error: { code: string } };
    expect(json.error.code).toBe("not-a-repository");
    const hook = await inRemoved([MVGIT, "hook", "pre-commit"]);
    expect([hook.status, hook.stderr]).toEqual([
      20,
      expect.stringMatching(/^mvgit: error: the current folder cannot be used.*\nmvgit: hint: .*\n$/),
    ]);
  });

  it("matters to nobody who names another, or needs none", async () => {
    expect((await inRemoved([MVGIT, "-C", join(box.dir, "work"), "status"])).status).toBe(0);
    expect((await inRemoved([MVGIT, "--version"])).status).toBe(0);
    expect((await inRemoved([MVGIT, "help", "add"])).status).toBe(0);
    expect((await inRemoved([MVGIT, "nonsense"])).status).toBe(2);
  });

  it("is an MvgitError of the library's", async () => {
    const script =
      `import(${JSON.stringify(join(ROOT, "dist/index.js"))}).then((lib) => ` +
      `lib.openRepository("x")).catch((error) => console.log(error.code))`;
    expect((await inRemoved(["-e", script])).stdout.trim()).toBe("not-a-repository");
  });
});

const IS_ROOT = process.getuid?.() === 0;

it.skipIf(!IS_ROOT)(
  `a current folder that this user may not enter${IS_ROOT ? "" : " (skipped: it takes root to become somebody else)"}`,
  async () => {
    const closed = join(box.dir, "closed");
    fs.mkdirSync(closed, { mode: 0o700 });
    fs.chmodSync(box.dir, 0o755);
    const script = 'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"';
    const { status, stderr } = await runProgram("/bin/sh", ["-c", script, "sh", process.execPath, MVGIT, "status"], {
      cwd: closed,
      env: { ...box.env, HOME: "/nonexistent", XDG_CACHE_HOME: "/nonexistent" },
    });
    expect(stderr).not.toMatch(/bug|    at /);
    expect([20, 22]).toContain(status);
  },
);
