/**
 * One Ctrl-C on a terminal ends a command in the middle of a file of many gigabytes, says so at once, and leaves
 * nothing that looks done.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIN, hermeticEnv, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

/** Nobody reads holes of this size before they are told to stop. */
const HUGE = 24 * 1024 ** 3;
const hasScript =
  (
    await runProgram("sh", ["-c", "command -v script && script -qec true /dev/null"], { cwd: "/" }).catch(() => ({
      status: 1,
    }))
  ).status === 0;
const ONLY = hasScript ? "" : " (skipped: 'script' is not here)";

let box: Sandbox;
let before: string;
beforeAll(async () => {
  box = await makeSandbox();
  // Blobs of holes, whose names are not those of their bytes: nobody comes so far as to see it.
  const [here, there] = ["a", "b"].map((digit) => digit.repeat(64)) as [string, string];
  for (const [name, hash] of [
    ["here.bin", here],
    ["there.bin", there],
  ] as const)
    box.write(`work/${name}.mvgit`, `mvgit: 1\nblake3: ${hash}\nsize: ${HUGE}\n`);
  box.write("work/.gitignore", "/here.bin\n/there.bin\n/new.bin\n");
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-qm", "huge"]);
  box.write("work/small", "x");
  await box.mv("work", ["add", "small"]);
  await box.mv("work", ["push", "small"]);
  for (const file of [
    `work/.git/mvgit/blobs/aa/${"a".repeat(62)}`,
    `store/blobs/bb/${"b".repeat(62)}`,
    "work/new.bin",
    "work/there.bin",
  ])
    makeHoles(join(box.dir, file));
  before = await state();
});
afterAll(() => box.cleanup());

function makeHoles(file: string): void {
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, "");
  fs.truncateSync(file, HUGE);
}

async function state(): Promise<string> {
  return (await box.git("work", ["status", "--porcelain", "--ignored"])).stdout;
}

interface Stopped {
  status: number | null;
  /** Seconds from the signal to the end. */
  seconds: number;
  words: string;
}

/** Runs it on a terminal, and sends the signal when it is so far that it shows how far it is. */
function stopped(args: readonly string[], send: (child: ChildProcess) => void): Promise<Stopped> {
  const line = [process.execPath, join(BIN, "mvgit"), ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", `stty cols 200; exec ${line}`, "/dev/null"], {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env, SHELL: "/bin/sh", NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let words = "";
  let sent = 0;
  child.stdout.on("data", (part: Buffer) => {
    words += part.toString();
    if (sent === 0 && /B\/s/.test(words)) {
      sent = performance.now();
      send(child);
    }
  });
  // A test that fails must not fill a disk.
  const limit = setTimeout(() => spawn("pkill", ["-KILL", "-P", String(child.pid)]), 15_000);
  child.on("close", () => clearTimeout(limit));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) =>
      resolve({
        status,
        seconds: (performance.now() - sent) / 1000,
        words: words.replace(/\u001b\[[0-9;]*[A-Z]/gi, "\n"),
      }),
    );
  });
}

const ctrlC = (child: ChildProcess): void => void child.stdin?.write("\u0003");

/** Those that leave each other alone, at once: each shows its progress after half a second. */
const COMMANDS: readonly (readonly string[])[][] = [
  [["add", "new.bin"], ["fsck"], ["fetch", "there.bin"], ["export", "HEAD", "-o", "../out"]],
  [["push"], ["fsck", "--remote"], ["checkout", "here.bin"], ["convert", "../copy", "--to", "lfs"]],
  [["pull", "there.bin"], ["status", "--verify"], ["diff"]],
];

describe("Ctrl-C in a file of 24 GiB", () => {
  it.skipIf(!hasScript).each(COMMANDS)(`ends %j, %j, %j and %j${ONLY}`, async (...commands) => {
    await Promise.all(
      commands
        .filter((each) => Array.isArray(each))
        .map(async (args) => {
          const { status, seconds, words } = await stopped(args, ctrlC);
          const said = `${args.join(" ")}: ${words.slice(-2000)}`;
          expect(words, said).toMatch(/\nstopping\r?\n/);
          expect(words, said).toMatch(/error: stopped by SIGINT/);
          expect(status, said).toBe(130);
          // By hand it is less than one; here others are at work as well.
          expect(seconds, said).toBeLessThan(10);
        }),
    );
    expect(await state()).toBe(before);
  });

  it.skipIf(!hasScript)(`keeps what was fetched, to be gone on with${ONLY}`, () => {
    const parts = fs
      .readdirSync(join(box.dir, "work/.git/mvgit/tmp"))
      .filter((name) => name.startsWith(`part.${"b".repeat(64)}`));
    expect(parts).not.toEqual([]);
  });
});
