/** What a vendor's client starts while it is asked: never a program of the current folder. */
import { exec, execFile } from "node:child_process";
import * as fs from "node:fs";
import { delimiter, join, relative } from "node:path";
import { platform } from "node:process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Limit, withinLimit } from "../../../src/store/cloud/limit.ts";
import { makeTestFolder, type TestFolder } from "../../support/test-folder.ts";
import { WaitlessClock } from "../../support/watch.ts";

let box: TestFolder;
let limit: Limit;
beforeEach(() => {
  box = makeTestFolder();
  for (const folder of ["repo", "own"]) {
    box.write(`${folder}/mvgit-helper`, `#!/bin/sh\necho ${folder}\n`);
    fs.chmodSync(join(box.dir, folder, "mvgit-helper"), 0o755);
  }
  limit = { clock: new HeldClock(), signal: new AbortController().signal, ms: 1000, late: () => new Error() as never };
});
afterEach(() => {
  vi.unstubAllEnvs();
  box.remove();
});

/** A limit that never comes. */
class HeldClock extends WaitlessClock {
  override sleep(_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  }
}

/** The current folder by a name that counts from it. */
const here = (): string => relative(process.cwd(), join(box.dir, "repo"));
const own = (): string => join(box.dir, "own");
function path(...folders: string[]): void {
  vi.stubEnv("PATH", [...folders, process.env["PATH"]].join(delimiter));
}
const asked = async (run: Promise<{ stdout: string }>): Promise<string> => (await run).stdout.trim();
const byName = (): Promise<string> => asked(promisify(execFile)("mvgit-helper"));
const byShell = (): Promise<string> => asked(promisify(exec)("mvgit-helper"));

it.skipIf(platform === "win32")("is found in absolute folders of PATH alone, and as before afterwards", async () => {
  path(here(), own());
  const before = { ...process.env };
  const both = await Promise.all([byName, byShell].map((question) => withinLimit(question, limit)));
  expect(both).toEqual(["own", "own"]);
  expect({ ...process.env }).toEqual(before);
  expect(await byName()).toBe("repo");
});

it.skipIf(platform === "win32")("is not found where PATH has no other folder", async () => {
  vi.stubEnv("PATH", here());
  await expect(withinLimit(byName, limit)).rejects.toThrow("ENOENT");
  expect(process.env["PATH"]).toBe(here());
});

it("is not looked for in the current folder by Windows, until the last question has its answer", async () => {
  const seen = (): string | undefined => process.env["NoDefaultCurrentDirectoryInExePath"];
  let answer = (): void => undefined;
  const asking = withinLimit(() => new Promise<void>((resolve) => (answer = resolve)), limit);
  expect(await withinLimit(async () => seen(), limit)).toBe("1");
  expect(seen()).toBe("1");
  answer();
  await asking;
  expect(seen()).toBeUndefined();
});
