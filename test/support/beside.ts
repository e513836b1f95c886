/** What somebody does between the steps of a command, and what must be so afterwards, for the files of `test/crash`. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { runBeside, sample, type Step, stepsOf } from "./adversary.ts";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** What somebody does, and what must be so afterwards. */
export interface Act {
  act(box: Sandbox, step: Step): unknown;
  holds?(box: Sandbox, status: number, step: Step): unknown;
}

export interface Beside {
  /** Of mvgit; of the program `git` where it says so. */
  args: readonly string[];
  program?: "git";
  prepare(box: Sandbox): Promise<unknown>;
  acts: Record<string, Act>;
  /** Steps that are tried where not all are; 3 when not given. */
  steps?: number;
  /** Names of steps that are tried in any case. */
  always?: readonly string[];
}

/** Somebody's bytes are in one of the files, or kept in the cache under their hash. */
function isKept(box: Sandbox, bytes: string, ...files: readonly string[]): boolean {
  const hash = hashBytes(Buffer.from(bytes));
  const holds = (file: string): boolean =>
    fs.lstatSync(join(box.dir, file), { throwIfNoEntry: false })?.isFile() === true &&
    box.read(file).toString() === bytes;
  return files.some(holds) || box.exists(`work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);
}

/** `places`: where else a command may have brought what was written. */
export function writes(paths: readonly string[], places: readonly string[] = []): Act {
  const text = (path: string, { count }: Step): string => `somebody's ${path} ${count}`;
  return {
    act: (box, step) =>
      paths.forEach((path) => {
        // Who cannot write there, since what was a folder is a file, has lost nothing.
        try {
          box.write(path, text(path, step));
        } catch (error) {
          if (!["ENOTDIR", "EEXIST", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        }
      }),
    holds: (box, _, step) =>
      paths.forEach((path) => expect(isKept(box, text(path, step), path, ...places), path).toBe(true)),
  };
}

/** As an editor saves: a new file, renamed over the old one. */
export function renames(path: string, places: readonly string[] = []): Act {
  return {
    act(box, { count }) {
      box.write("aside", `saved ${count}`);
      if (fs.existsSync(join(box.dir, path, ".."))) fs.renameSync(join(box.dir, "aside"), join(box.dir, path));
      else box.write(path, `saved ${count}`);
    },
    holds: (box, _, { count }) => expect(isKept(box, `saved ${count}`, path, ...places)).toBe(true),
  };
}

/** What is outside stays as it is, whatever the folder is by then. */
export function swapsForLink(folder: string, names: readonly string[]): Act {
  return {
    act(box) {
      for (const name of names) box.write(`private/${name}`, "nobody's business");
      const at = join(box.dir, folder);
      if (fs.existsSync(at)) fs.renameSync(at, join(box.dir, "moved"));
      fs.symlinkSync(join(box.dir, "private"), at);
    },
    holds(box) {
      expect(fs.readdirSync(join(box.dir, "private")).toSorted()).toEqual(names.toSorted());
      for (const name of names) expect(box.read(`private/${name}`).toString()).toBe("nobody's business");
    },
  };
}

export const others = (...args: readonly string[]): Act => ({ act: (box) => box.mv("work", args, -1) });

export const commits: Act = {
  act: async (box) => {
    box.write("work/note", "theirs");
    await box.git("work", ["add", "note"]);
    await box.git("work", ["commit", "-qm", "theirs", "--no-verify", "--", "note"], -1);
  },
  holds: async (box) => {
    expect((await box.git("work", ["log", "--all", "--format=%s"])).stdout).toContain("theirs");
    expect(box.read("work/note").toString()).toBe("theirs");
  },
};

/** Stages an edit of a file that Git itself keeps. */
export const stages: Act = {
  act: async (box) => {
    box.write("work/note", "staged");
    await box.git("work", ["add", "note"], -1);
  },
  holds: async (box) => {
    expect(box.read("work/note").toString()).toBe("staged");
    const shown = await box.git("work", ["ls-files", "--", "note"]);
    expect(shown.stdout).toBe("note\n");
  },
};

/** One `describe` for each command, one test for each act: it acts at some steps, each in a state of its own. */
export function describeBeside(all: Readonly<Record<string, Beside>>): void {
  describe.each(Object.entries(all))(
    "beside %s",
    (_, { args, program, prepare, acts, steps: most = 3, always = ["git push"] }) => {
      let box: Sandbox;
      let restore: () => void;
      let steps: Step[];
      const how = program === undefined ? {} : { program };
      beforeAll(async () => {
        box = await makeSandbox({ inProcess: true, inMemory: true });
        await prepare(box);
        restore = box.keep();
        steps = await stepsOf(box, "work", args, how);
        expect(steps.length).toBeGreaterThan(0);
        restore();
      }, 120_000);
      afterEach(() => restore());
      afterAll(() => box.cleanup());

      it.each(Object.entries(acts))(
        "somebody %s",
        async (__, { act, holds }) => {
          let acted = 0;
          for (const step of sample(steps, most, always)) {
            const ran = await runBeside(box, "work", args, {
              ...how,
              where: step.count,
              act: (each) => act(box, each),
            });
            const said = `exit ${ran.status} ${ran.stdout}${ran.stderr}`;
            const where = `at ${step.count}, ${step.name} '${step.path}': ${said}`;
            expect(ran.status, where).not.toBe(70);
            // What is remembered of files and remotes makes a command some steps shorter; nobody acted then.
            acted += ran.steps.length;
            if (ran.steps.length > 0) {
              try {
                await holds?.(box, ran.status, step);
                box.check();
              } catch (error) {
                throw new Error(`${where}\n${String(error)}`, { cause: error });
              }
            }
            restore();
          }
          expect(acted).toBeGreaterThan(0);
        },
        600_000,
      );
    },
  );
}
