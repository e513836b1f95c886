/**
 * What was decided on is looked at again where it is done: a file, folder or link that came meanwhile is kept, and
 * named.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runBeside, sample, type Step, stepsOf, type Where } from "../../support/adversary.ts";
import type { Ran } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
let restore: () => void;

/**
 * `first` and `second` differ in `w.bin` and in files of `ds`; `second` has `gone` no more. All of it is checked out as
 * of `first`.
 */
drawTests(3);

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const name of ["w.bin", "ds/a", "ds/b", "ds/gone", "stale/x", "stale/y"])
    box.write(`work/${name}`, `first ${name}`);
  fs.chmodSync(at("work/ds/b"), 0o644);
  await box.mv("work", ["add", "w.bin", "ds", "stale"]);
  await box.git("work", ["commit", "-qm", "first"]);
  await box.git("work", ["tag", "first"]);
  for (const name of ["w.bin", "ds/a", "ds/new"]) box.write(`work/${name}`, `second ${name}`);
  fs.rmSync(at("work/ds/gone"));
  await box.mv("work", ["add", "w.bin", "ds"]);
  await box.mv("work", ["rm", "stale"]);
  await box.git("work", ["commit", "-qam", "second"]);
  await box.git("work", ["tag", "second"]);
  await box.git("work", ["checkout", "-q", "first"]);
  await box.mv("work", ["checkout"]);
  await box.git("work", ["checkout", "-q", "second"]);
  fs.mkdirSync(at("outside"));
  box.write("outside/a", "outside");
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

const at = (path: string): string => join(box.dir, path);
const text = (path: string): string => box.read(path).toString();

/** Runs `mvgit checkout` and acts once, at the first step that fits. */
async function checkoutBeside(
  fits: (step: Step) => boolean,
  act: () => void,
  where: Where = "*",
  args = ["checkout"],
): Promise<Ran> {
  let isDone = false;
  const ran = await runBeside(box, "work", args, {
    where,
    act(step) {
      if (isDone || !fits(step)) return;
      isDone = true;
      act();
    },
  });
  expect(isDone, "the adversary found its step").toBe(true);
  return ran;
}

/** Has mvgit know the files again, which are others for the system since they were copied. */
async function learn(): Promise<void> {
  await box.git("work", ["checkout", "-q", "first"]);
  await box.mv("work", ["status"]);
  await box.git("work", ["checkout", "-q", "second"]);
}

/** A write as an editor does it, which leaves another file of another time under the name. */
function save(path: string, bytes: string): void {
  box.write(`${path}.part`, bytes);
  fs.renameSync(at(`${path}.part`), at(path));
}

describe("a file that is written while it is checked out stays, is named, and the rest is done", () => {
  it.each([
    ["after it was looked at", ({ name, path }: Step): boolean => name === "create" && path.includes("/mvgit/tmp/")],
    ["right before the rename", ({ name, path }: Step): boolean => name === "rename" && path.endsWith("/work/w.bin")],
  ])("a single file, %s", async (_, fits) => {
    for (const write of [
      (): void => box.write("work/w.bin", "mine, in place"),
      (): void => save("work/w.bin", "mine, saved anew"),
    ]) {
      restore();
      const { status, stderr } = await checkoutBeside(fits, write);
      expect(status).toBe(1);
      expect(stderr).toContain("'w.bin' changed while the command ran, and was left as it is now");
      expect(text("work/w.bin")).toMatch(/^mine/);
      expect(text("work/ds/a")).toBe("second ds/a");
    }
  });

  it("a file in a folder; then one that came where none was", async () => {
    const changed = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.endsWith("/ds/a"),
      () => box.write("work/ds/a", "mine"),
    );
    expect(changed.status).toBe(1);
    expect(changed.stderr).toContain("'ds/a' changed while the command ran");
    expect([text("work/ds/a"), text("work/ds/new"), text("work/w.bin")]).toEqual([
      "mine",
      "second ds/new",
      "second w.bin",
    ]);
    restore();
    const came = await checkoutBeside(
      ({ name, path }) => name === "link" && path.endsWith("/ds/new"),
      () => box.write("work/ds/new", "mine"),
    );
    expect(came.status).toBe(1);
    expect(came.stderr).toContain("'ds/new' changed while the command ran");
    expect(text("work/ds/new")).toBe("mine");
  });

  it("a file that the folder no longer has, and new ones in a folder that goes", async () => {
    await learn();
    const gone = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.endsWith("/ds/a"),
      () => box.write("work/ds/gone", "mine"),
    );
    expect(gone.status).toBe(1);
    expect(text("work/ds/gone")).toBe("mine");
    restore();
    const stale = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.endsWith("/ds/a"),
      () => {
        box.write("work/stale/y", "mine");
        box.write("work/stale/deep/new", "mine as well");
      },
    );
    expect(stale.status).toBe(1);
    expect([text("work/stale/y"), text("work/stale/deep/new")]).toEqual(["mine", "mine as well"]);
    expect(box.exists("work/stale/x")).toBe(false);
    expect((await box.mv("work", ["checkout"])).stdout).toContain("left 'stale' alone");
  });

  it("between the look aside and the removal", async () => {
    await learn();
    const { status } = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.includes("/aside."),
      () => save("work/ds/gone", "mine"),
    );
    expect(status).toBe(1);
    expect(text("work/ds/gone")).toBe("mine");
  });

  it("a folder that became a file where a file was to be made", async () => {
    fs.rmSync(at("work/w.bin"));
    const { status, stderr } = await checkoutBeside(
      ({ name, path }) => name === "link" && path.endsWith("/work/w.bin"),
      () => box.write("work/w.bin/inner", "mine"),
    );
    expect(status).toBe(1);
    expect(stderr).toContain("'w.bin' changed");
    expect(text("work/w.bin/inner")).toBe("mine");
  });

  it("also with --force, which was given for what stood there before", async () => {
    box.write("work/w.bin", "known to the plan");
    const { status, stdout } = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.endsWith("/work/w.bin"),
      () => box.write("work/w.bin", "mine"),
      "*",
      ["checkout", "--force"],
    );
    expect(status).toBe(1);
    expect(text("work/w.bin")).toBe("mine");
    const hash = /cat --hash ([0-9a-f]+)/.exec(stdout)?.[1] as string;
    expect((await box.mv("work", ["cat", "--hash", hash])).stdout).toBe("known to the plan");
  });

  it("many small files at once: those that were written stay", async () => {
    const all = Array.from({ length: 450 }, (_, i) => `work/many/f${i}`);
    for (const path of all) box.write(path, `first ${path}`);
    await box.mv("work", ["add", "many"]);
    await box.git("work", ["commit", "-qm", "third"]);
    for (const path of all) box.write(path, `other ${path}`);
    await box.mv("work", ["add", "many"]);
    await box.git("work", ["commit", "-qam", "fourth"]);
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    const ran = await checkoutBeside(
      () => true,
      () => {
        for (const path of all) if (text(path).startsWith("other")) box.write(path, `mine ${path}`);
      },
      800,
    );
    expect(ran.status, ran.stderr).toBe(1);
    for (const path of all) expect([`first ${path}`, `mine ${path}`]).toContain(text(path));
    expect(ran.stderr).toMatch(/more files changed while the command ran/);
  });
});

describe("whatever the step at which somebody writes", () => {
  const paths = ["w.bin", "ds/a", "ds/b", "ds/new", "ds/gone", "ds/other", "stale/x", "stale/y", "stale/other"].map(
    (name) => `work/${name}`,
  );

  it.each([
    ["in place", (path: string): void => box.write(path, `mine ${path}`)],
    ["as another file", (path: string): void => save(path, `mine ${path}`)],
  ])("%s, nothing of it is lost", async (_, write) => {
    await learn();
    const steps = await stepsOf(box, "work", ["checkout"]);
    for (const { count, name } of sample(steps.slice(0, -1), 6)) {
      restore();
      await learn();
      await checkoutBeside(
        () => true,
        () => paths.forEach(write),
        count,
      );
      for (const path of paths) expect(text(path), `at step ${count}, ${name}`).toBe(`mine ${path}`);
    }
  });
});

describe("a folder that becomes a link leads nobody out of the work tree", () => {
  it.each(["create", "rename", "link", "unlink"])("at every '%s'", async (step) => {
    fs.rmSync(at("work/ds/b"));
    let count = 0;
    await runBeside(box, "work", ["checkout"], {
      where: step,
      act() {
        // One step each: the folder is a link at one, and real again at the next.
        if (count++ % 2 === 0) {
          fs.renameSync(at("work/ds"), at("aside"));
          fs.symlinkSync(at("outside"), at("work/ds"));
        } else {
          fs.rmSync(at("work/ds"));
          fs.renameSync(at("aside"), at("work/ds"));
        }
      },
    });
    expect(count).toBeGreaterThan(0);
    expect(fs.readdirSync(at("outside"))).toEqual(["a"]);
    expect(text("outside/a")).toBe("outside");
  });

  it("a link that stays: refused, and what was written lies where the folder is now", async () => {
    const { status, stderr } = await checkoutBeside(
      ({ path }) => path.includes("/ds/a"),
      () => {
        fs.renameSync(at("work/ds"), at("aside"));
        fs.symlinkSync(at("outside"), at("work/ds"));
      },
    );
    expect(status).toBe(1);
    expect(stderr).toContain("'ds' was moved, or replaced by something else");
    expect(fs.readdirSync(at("outside"))).toEqual(["a"]);
    expect(text("outside/a")).toBe("outside");
  });
});

describe("what is beside the files", () => {
  it("lines that came to .gitignore while 'add' wrote to it stay", async () => {
    box.write("work/more.bin", "more");
    let count = 0;
    const { status } = await runBeside(box, "work", ["add", "more.bin"], {
      where: "rename",
      act({ path }) {
        if (path.endsWith("/.gitignore") && count++ === 0) fs.appendFileSync(at("work/.gitignore"), "/of-mine\n");
      },
    });
    expect([count > 0, status]).toEqual([true, 0]);
    expect(text("work/.gitignore")).toContain("/of-mine\n");
    expect(text("work/.gitignore")).toContain("/more.bin\n");
  });

  it("a pointer that was edited while it was written stays, and is named", async () => {
    box.write("work/w.bin", "third");
    const { status, stderr } = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.endsWith("w.bin.mvgit"),
      () => box.write("work/w.bin.mvgit", "edited by hand"),
      "*",
      ["add", "--as-is", "w.bin"],
    );
    expect(status).toBe(1);
    expect(stderr).toContain("the pointer 'w.bin.mvgit' is written by somebody else");
    expect(text("work/w.bin.mvgit")).toBe("edited by hand");
  });

  it("'mv' takes no name that was taken meanwhile", async () => {
    await box.mv("work", ["checkout"]);
    const { status } = await checkoutBeside(
      ({ name, path }) => name === "link" && path.endsWith("/v.bin"),
      () => box.write("work/v.bin", "mine"),
      "*",
      ["mv", "w.bin", "v.bin"],
    );
    expect(status).toBe(21);
    expect([text("work/v.bin"), text("work/w.bin")]).toEqual(["mine", "second w.bin"]);
  });

  it("'rm' removes what it looked at, and not what came instead", async () => {
    await box.mv("work", ["checkout"]);
    const { status, stderr } = await checkoutBeside(
      ({ name, path }) => name === "rename" && path.includes("/aside."),
      () => save("work/w.bin", "mine"),
      "*",
      ["rm", "w.bin"],
    );
    expect(status).toBe(1);
    expect(stderr).toContain("'w.bin' changed");
    expect(text("work/w.bin")).toBe("mine");
  });
});
