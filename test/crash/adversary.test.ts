/**
 * Somebody acts between the steps of a command: writes, links, renames, moves a ref, runs another command. Nothing of
 * anybody's is lost or overwritten, and the checker finds nothing wrong afterwards. `MVGIT_TESTS=thorough` takes
 * every step instead of a few.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { runBeside, sample, type Step, stepsOf } from "../support/adversary.ts";
import { ageBlobs } from "../support/aged-cache.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);

describe("the adversary itself", () => {
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

/** Somebody's bytes are in one of the files, or kept in the cache under their hash. */
function isKept(bytes: string, ...files: readonly string[]): boolean {
  const hash = hashBytes(Buffer.from(bytes));
  const holds = (file: string): boolean => fs.existsSync(at(file)) && box.read(file).toString() === bytes;
  return files.some(holds) || box.exists(`work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);
}

/** What somebody does, and what must be so afterwards. */
interface Act {
  act(step: Step): unknown;
  holds?(status: number, step: Step): unknown;
}

const writes = (...paths: readonly string[]): Act => ({
  act: ({ count }) => paths.forEach((path) => box.write(path, `somebody's ${path} ${count}`)),
  holds: (_, { count }) =>
    paths.forEach((path) => expect(isKept(`somebody's ${path} ${count}`, path), path).toBe(true)),
});
/** As an editor saves: a new file, renamed over the old one. */
const renames = (path: string): Act => ({
  act({ count }) {
    box.write("aside", `saved ${count}`);
    if (fs.existsSync(join(at(path), ".."))) fs.renameSync(at("aside"), at(path));
    else box.write(path, `saved ${count}`);
  },
  holds: (_, { count }) => expect(isKept(`saved ${count}`, path)).toBe(true),
});
const swapsForLink: Act = {
  act() {
    box.write("private/1", "nobody's business");
    box.write("private/new", "nobody's business");
    if (fs.existsSync(at("work/data"))) fs.renameSync(at("work/data"), at("moved"));
    fs.symlinkSync(at("private"), at("work/data"));
  },
  holds() {
    expect(fs.readdirSync(at("private")).toSorted()).toEqual(["1", "new"]);
    for (const name of ["1", "new"]) expect(box.read(`private/${name}`).toString()).toBe("nobody's business");
  },
};
const others = (...args: readonly string[]): Act => ({ act: () => box.mv("work", args, -1) });
const commits: Act = {
  act: async () => {
    box.write("work/note", "theirs");
    await box.git("work", ["add", "note"]);
    await box.git("work", ["commit", "-qm", "theirs"], -1);
  },
  holds: async () => expect((await box.git("work", ["log", "--all", "--format=%s"])).stdout).toContain("theirs"),
};

const movesTag: Act = {
  act: () => box.git("host.git", ["update-ref", "refs/tags/m@v1", "refs/heads/main"]),
  // Whole and right, or not shown at all.
  holds: (status) =>
    expect([status === 0, box.exists("out/w.bin") && box.read("out/w.bin").toString()]).toEqual([
      status === 0,
      status === 0 && "weights two",
    ]),
};

interface Beside {
  args: readonly string[];
  prepare(): Promise<unknown>;
  acts: Record<string, Act>;
}

async function twoCommits(isPushed = true): Promise<void> {
  for (const round of ["one", "two"]) {
    box.write("work/w.bin", `weights ${round}`);
    for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i} ${round}`);
    if (round === "one") box.write("work/data/only-then", "row of one");
    else fs.rmSync(at("work/data/only-then"));
    await box.mv("work", ["add", "w.bin", "data"]);
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", round]);
  }
  if (!isPushed) return;
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
}
const back = async (): Promise<void> => {
  await twoCommits();
  await box.git("work", ["checkout", "-q", "HEAD~1"]);
};
const saved = async (): Promise<void> => {
  await twoCommits();
  await box.mv("work", ["save", "m", "--weights", "w.bin"]);
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main", "--tags"]);
};
const unneeded = async (): Promise<void> => {
  await twoCommits();
  const hash = hashBytes(Buffer.from("of before"));
  box.write(`work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`, "of before");
  ageBlobs(at("work/.git/mvgit"), 40);
};

const BESIDE: Record<string, Beside> = {
  checkout: {
    args: ["checkout"],
    prepare: back,
    acts: {
      writes: writes("work/w.bin", "work/data/1", "work/data/new"),
      "saves as an editor does": renames("work/data/2"),
      "swaps a folder for a link": swapsForLink,
      "collects garbage": others("gc"),
      "makes a commit": commits,
    },
  },
  "checkout --force": {
    args: ["checkout", "--force"],
    prepare: back,
    acts: {
      writes: writes("work/w.bin", "work/data/1", "work/data/new"),
      "saves as an editor does": renames("work/w.bin"),
    },
  },
  pull: {
    args: ["pull"],
    prepare: async () => {
      await back();
      fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
    },
    acts: {
      writes: writes("work/w.bin", "work/data/1"),
      "collects garbage": others("gc"),
      "fetches as well": others("fetch"),
    },
  },
  gc: {
    args: ["gc"],
    prepare: unneeded,
    acts: {
      "adds what was of nobody's": {
        act: async () => {
          box.write("work/again.bin", "of before");
          await box.mv("work", ["add", "again.bin"]);
          await box.git("work", ["commit", "-qm", "again"]);
        },
      },
      "stashes an addition": {
        act: async () => {
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
    prepare: () => twoCommits(false),
    acts: {
      "pushes as well": others("push", "--all"),
      "makes a commit": commits,
      writes: writes("work/w.bin", "work/data/1"),
    },
  },
  run: {
    args: ["run", "m", "--data", "data", "--weights", "w.bin", "--", "sh", "-c", "echo trained > w.bin"],
    prepare: () => twoCommits(),
    acts: { writes: writes("work/note", "work/data/new"), "makes a commit": commits, "collects garbage": others("gc") },
  },
  get: {
    args: ["get", "../host.git", "m@v1", "-o", "../out", "--remote", "../store"],
    prepare: saved,
    acts: { "moves the tag on the host": movesTag, "writes into the folder": writes("out/mine.txt") },
  },
};

describe.each(Object.entries(BESIDE))("beside %s", (_, { args, prepare, acts }) => {
  let restore: () => void;
  let steps: Step[];
  beforeAll(async () => {
    box = await makeSandbox({ inProcess: true, inMemory: true });
    await prepare();
    restore = box.keep();
    steps = await stepsOf(box, "work", args);
    expect(steps.length).toBeGreaterThan(3);
    restore();
  });
  afterEach(() => restore());
  afterAll(() => box.cleanup());

  it.each(Object.entries(acts))(
    "somebody %s",
    async (__, { act, holds }) => {
      let acted = 0;
      for (const step of sample(steps, 3, ["git push"])) {
        const ran = await runBeside(box, "work", args, { where: step.count, act });
        const where = `at ${step.count}, ${step.name} '${step.path}': exit ${ran.status} ${ran.stdout}${ran.stderr}`;
        expect(ran.status, where).not.toBe(70);
        // What is remembered of files and remotes makes a command some steps shorter; nobody acted then.
        acted += ran.steps.length;
        if (ran.steps.length === 0) {
          restore();
          continue;
        }
        try {
          await holds?.(ran.status, step);
          box.check();
        } catch (error) {
          throw new Error(`${where}\n${String(error)}`, { cause: error });
        }
        restore();
      }
      expect(acted).toBeGreaterThan(1);
    },
    600_000,
  );
});
