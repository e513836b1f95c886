/**
 * What a disk may answer at any step of any command: told as that, never as a bug; no file is left; the same command
 * finishes the work.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, afterAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { sample, stepsOf } from "../support/adversary.ts";
import { failingAt } from "../support/crash.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { THOROUGH } from "../support/thorough.ts";

/** How names begin or end of what was being written: beside a target, as a lock, in a scratch folder. */
const BEGUN = [
  /\.[0-9]+\.[0-9]*-[0-9a-f]*-[0-9]*-[0-9a-f]{16}/,
  /\.mvgit-[0-9a-f]{16}/,
  /lock\.[0-9a-f]{16}/,
  /mvgit-(?:git|mlflow|reproduce)-/,
];

/** What the system may say, and the exit statuses that fit it. 0: what failed was of no consequence. */
const CODES: Record<string, readonly number[]> = {
  ENOSPC: [25, 0],
  EIO: [25, 0],
  EACCES: [22, 0],
  EROFS: [1, 22, 0],
  EDQUOT: [25, 0],
};
const NAMES = Object.keys(CODES);

/** Where every command that writes cleans up after those that ended. */
const OWN = /^work\/\.git\/mvgit\/(?:(?:tmp|stat)\/|index-)/;

interface Command {
  args: readonly string[];
  /** Other than the work tree. */
  folder?: string;
  prepare?(box: Sandbox): Promise<unknown>;
}

const added = async (box: Sandbox): Promise<void> => {
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "one"]);
};
const pushed = async (box: Sandbox): Promise<void> => {
  await added(box);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
};
const versioned = async (box: Sandbox): Promise<void> => {
  await pushed(box);
  await box.mv("work", ["save", "m", "--weights", "w.bin"]);
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main", "--tags"]);
};
const remove = (box: Sandbox, ...paths: string[]): void =>
  paths.forEach((path) => fs.rmSync(join(box.dir, path), { recursive: true }));

const COMMANDS: Record<string, Command> = {
  init: { args: ["init"], folder: "fresh", prepare: (box) => box.git(".", ["init", "-q", "fresh"]) },
  "remote add": { args: ["remote", "add", "second", "../second"] },
  "hooks install": { args: ["hooks", "install"] },
  add: { args: ["add", "w.bin", "data"] },
  push: { args: ["push"], prepare: added },
  fetch: { args: ["fetch"], prepare: async (box) => (await pushed(box), remove(box, "work/.git/mvgit")) },
  checkout: { args: ["checkout"], prepare: async (box) => (await pushed(box), remove(box, "work/w.bin", "work/data")) },
  "checkout --force": {
    args: ["checkout", "--force"],
    prepare: async (box) => (await pushed(box), box.write("work/w.bin", "mine"), box.write("work/data/1", "mine")),
  },
  gc: {
    args: ["gc"],
    prepare: async (box) => {
      await added(box);
      const old = new Date(Date.now() - 40 * 24 * 3600 * 1000);
      const hash = hashBytes(Buffer.from("of nobody"));
      const blob = `work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;
      box.write(blob, "of nobody");
      fs.utimesSync(join(box.dir, blob), old, old);
    },
  },
  fsck: { args: ["fsck"], prepare: added },
  save: { args: ["save", "m", "--weights", "w.bin"], prepare: pushed },
  run: { args: ["run", "m", "--weights", "w.bin", "--", "sh", "-c", "echo trained > w.bin"], prepare: pushed },
  promote: { args: ["promote", "m@v1", "production"], prepare: versioned },
  export: { args: ["export", "m@v1", "-o", "../out"], prepare: versioned },
  get: { args: ["get", "../host.git", "m@v1", "-o", "../out", "--remote", "../store"], prepare: versioned },
};

describe.each(Object.entries(COMMANDS))("%s", (_, { args, folder = "work", prepare }) => {
  let box: Sandbox;
  let restore: () => void;
  beforeAll(async () => {
    box = await makeSandbox({ inProcess: true, inMemory: true });
    box.write("work/w.bin", "weights");
    for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i}`);
    await prepare?.(box);
    restore = box.keep();
  });
  afterEach(() => restore());
  afterAll(() => box.cleanup());

  /** Everything of the sandbox's that looks like what was being written. */
  const leftovers = (): string[] =>
    fs
      .readdirSync(box.dir, { recursive: true, encoding: "utf8" })
      .filter((path) => BEGUN.some((name) => name.test(path)) && !path.includes("/part."));

  it("whatever the disk answers at a step", async () => {
    const steps = await stepsOf(box, folder, args);
    restore();
    for (const [index, { count, name, path }] of sample(steps, 3).entries()) {
      const code = NAMES[index % NAMES.length] as string;
      const ran = await failingAt(box, { args, folder }, [code, count]);
      const where = `${code} at ${count}, ${name} '${path}': ${ran.stdout}${ran.stderr}`;
      expect(CODES[code], where).toContain(ran.status);
      expect(ran.stderr, where).not.toContain("bug");
      // What could not be removed, of a gc or of another command that failed halfway, is removed by the next.
      if (name !== "unlink")
        expect(
          leftovers().filter((file) => !OWN.test(file)),
          where,
        ).toEqual([]);
      await box.mv(folder, args, -1);
      if (THOROUGH) await box.mv("work", ["gc"]);
      if (THOROUGH) expect(leftovers(), where).toEqual([]);
      const again = await box.mv(folder, ["status", "--check"], -1);
      expect([0, 1, 20], `${where}${again.stderr}`).toContain(again.status);
      box.check();
      restore();
    }
  }, 600_000);
});
