/**
 * Somebody acts between the steps of a command: writes, links, renames, moves a ref, runs another command. Nothing of
 * anybody's is lost or overwritten, and the checker finds nothing wrong afterwards. `MVGIT_TESTS=thorough` takes
 * every step instead of a few.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { runBeside, type Step, stepsOf } from "../support/adversary.ts";
import { ageBlobs } from "../support/aged-cache.ts";
import {
  type Act,
  type Beside,
  commits,
  describeBeside,
  others,
  renames,
  swapsForLink,
  writes,
} from "../support/beside.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

const at = (box: Sandbox, path: string): string => join(box.dir, path);

describe("the adversary itself", () => {
  let box: Sandbox;
  afterEach(() => box.cleanup());

  it("acts just before a step, in worker threads too, and the command goes on", async () => {
    box = await makeSandbox();
    for (let i = 0; i < 450; i++) box.write(`work/data/${i}`, `row ${i}`);
    const seen: string[] = [];
    const act = ({ path }: Step): unknown => seen.push(String(fs.existsSync(path)));
    expect(
      (await runBeside(box, "work", ["add", "data"], { where: 300, act: ({ count }) => seen.push(String(count)) }))
        .status,
    ).toBe(0);
    expect((await runBeside(box, "work", ["push"], { where: "link", act })).status).toBe(0);
    expect([seen[0], new Set(seen.slice(1))]).toEqual(["300", new Set(["false"])]);
    const steps = await stepsOf(box, "work", ["fetch"]);
    expect(steps.map(({ count }) => count)).toEqual(steps.map((_, i) => i + 1));
  });

  it("fails the test with what it throws", async () => {
    box = await makeSandbox();
    box.write("work/w.bin", "x");
    const act = (): never => {
      throw new Error("as planned");
    };
    await expect(runBeside(box, "work", ["add", "w.bin"], { where: 1, act })).rejects.toThrow("as planned");
  });
});

const movesTag: Act = {
  act: (box) => box.git("host.git", ["update-ref", "refs/tags/m@v1", "refs/heads/main"]),
  // Whole and right, or not shown at all.
  holds: (box, status) =>
    expect([status === 0, box.exists("out/w.bin") && box.read("out/w.bin").toString()]).toEqual([
      status === 0,
      status === 0 && "weights two",
    ]),
};

async function twoCommits(box: Sandbox, isPushed = true): Promise<void> {
  for (const round of ["one", "two"]) {
    box.write("work/w.bin", `weights ${round}`);
    for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i} ${round}`);
    if (round === "one") box.write("work/data/only-then", "row of one");
    else fs.rmSync(at(box, "work/data/only-then"));
    await box.mv("work", ["add", "w.bin", "data"]);
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", round]);
  }
  if (!isPushed) return;
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
}
const back = async (box: Sandbox): Promise<void> => {
  await twoCommits(box);
  await box.git("work", ["checkout", "-q", "HEAD~1"]);
};
const saved = async (box: Sandbox): Promise<void> => {
  await twoCommits(box);
  await box.mv("work", ["save", "m", "--weights", "w.bin"]);
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main", "--tags"]);
};
const unneeded = async (box: Sandbox): Promise<void> => {
  await twoCommits(box);
  const hash = hashBytes(Buffer.from("of before"));
  box.write(`work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`, "of before");
  ageBlobs(at(box, "work/.git/mvgit"), 40);
};

const BESIDE: Record<string, Beside> = {
  checkout: {
    args: ["checkout"],
    prepare: back,
    acts: {
      writes: writes(["work/w.bin", "work/data/1", "work/data/new"]),
      "saves as an editor does": renames("work/data/2"),
      "swaps a folder for a link": swapsForLink("work/data", ["1", "new"]),
      "collects garbage": others("gc"),
      "makes a commit": commits,
    },
  },
  "checkout --force": {
    args: ["checkout", "--force"],
    prepare: back,
    acts: {
      writes: writes(["work/w.bin", "work/data/1", "work/data/new"]),
      "saves as an editor does": renames("work/w.bin"),
    },
  },
  pull: {
    args: ["pull"],
    prepare: async (box) => {
      await back(box);
      fs.rmSync(at(box, "work/.git/mvgit/blobs"), { recursive: true });
    },
    acts: {
      writes: writes(["work/w.bin", "work/data/1"]),
      "collects garbage": others("gc"),
      "fetches as well": others("fetch"),
    },
  },
  gc: {
    args: ["gc"],
    prepare: unneeded,
    acts: {
      "adds what was of nobody's": {
        act: async (box) => {
          box.write("work/again.bin", "of before");
          await box.mv("work", ["add", "again.bin"]);
          await box.git("work", ["commit", "-qm", "again"]);
        },
      },
      "stashes an addition": {
        act: async (box) => {
          box.write("work/stashed.bin", "of before");
          await box.mv("work", ["add", "stashed.bin"]);
          await box.git("work", ["stash", "-q"]);
        },
      },
      "collects as well": others("gc"),
    },
  },
  push: {
    args: ["push", "--all"],
    prepare: (box) => twoCommits(box, false),
    acts: {
      "pushes as well": others("push", "--all"),
      "makes a commit": commits,
      writes: writes(["work/w.bin", "work/data/1"]),
    },
  },
  run: {
    args: ["run", "m", "--data", "data", "--weights", "w.bin", "--", "sh", "-c", "echo trained > w.bin"],
    prepare: (box) => twoCommits(box),
    acts: {
      writes: writes(["work/note", "work/data/new"]),
      "makes a commit": commits,
      "collects garbage": others("gc"),
    },
  },
  get: {
    args: ["get", "../host.git", "m@v1", "-o", "../out", "--remote", "../store"],
    prepare: saved,
    acts: { "moves the tag on the host": movesTag, "writes into the folder": writes(["out/mine.txt"]) },
  },
};

describeBeside(BESIDE);
