/**
 * The hooks beside those of husky, lefthook, the Python tool pre-commit, and `core.hooksPath`: both run, whichever came
 * first.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ROOT, runProgram } from "../support/cli.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(3);

beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  // What the manager is told to run: says that it ran, keeps what it read, and ends as the file `status` says.
  box.write(
    "theirs.sh",
    `cd "${box.dir}"; echo "$1" >> ran; if [ "$1" = pre-push ]; then cat > stdin; fi; exit "$(cat status)"\n`,
  );
  box.write("status", "0");
});
afterEach(() => box.cleanup());

interface Manager {
  /** Writes its settings and lets it install itself. */
  setUp(): Promise<void>;
  /** Whether it hands on what Git says on stdin. */
  givesInput: boolean;
}

const husky: Manager = {
  givesInput: true,
  async setUp() {
    for (const name of ["pre-commit", "pre-push"]) box.write(`work/.husky/${name}`, `sh ../theirs.sh ${name}\n`);
    const { status, stderr } = await runProgram(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], {
      cwd: join(box.dir, "work"),
      env: box.env,
    });
    expect(status, stderr).toBe(0);
  },
};

/** The package's own launcher only looks for this program. */
function lefthookProgram(): string | null {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve(`lefthook-${process.platform}-${process.arch}/package.json`)),
      "bin/lefthook",
    );
  } catch {
    return null;
  }
}

const LEFTHOOK = lefthookProgram();
const lefthook: Manager = {
  givesInput: true,
  async setUp() {
    const part = (name: string): string =>
      `${name}:\n  commands:\n    theirs:\n      run: sh ../theirs.sh ${name}\n` +
      `${name === "pre-push" ? "      use_stdin: true\n" : ""}`;
    box.write("work/lefthook.yml", part("pre-commit") + part("pre-push"));
    const { status, stderr } = await runProgram(LEFTHOOK as string, ["install"], {
      cwd: join(box.dir, "work"),
      env: box.env,
    });
    expect(status, stderr).toBe(0);
  },
};

/** `MVGIT_PRE_COMMIT`, or `pre-commit` on PATH, if it starts. */
function preCommitProgram(): string | null {
  const found =
    process.env["MVGIT_PRE_COMMIT"] ??
    (process.env["PATH"] ?? "")
      .split(delimiter)
      .map((folder) => join(folder, "pre-commit"))
      .find((file) => fs.existsSync(file));
  return found !== undefined && spawnSync(found, ["--version"]).status === 0 ? found : null;
}

const PRE_COMMIT = preCommitProgram();
const preCommit: Manager = {
  // It reads it itself, and tells its hooks by variables.
  givesInput: false,
  async setUp() {
    const hook = (name: string): string =>
      `  - {id: ${name}, name: ${name}, language: system, entry: sh ../theirs.sh ${name}, always_run: true, ` +
      `pass_filenames: false, stages: [${name}]}\n`;
    box.write(
      "work/.pre-commit-config.yaml",
      `repos:\n- repo: local\n  hooks:\n${hook("pre-commit")}${hook("pre-push")}`,
    );
    box.env["PRE_COMMIT_HOME"] = join(box.dir, "pre-commit-home");
    await box.git("work", ["add", ".pre-commit-config.yaml"]);
    const { status, stderr } = await runProgram(
      PRE_COMMIT as string,
      ["install", "-t", "pre-commit", "-t", "pre-push"],
      { cwd: join(box.dir, "work"), env: box.env },
    );
    expect(status, stderr).toBe(0);
  },
};

function ranAndForget(): string[] {
  const lines = box.exists("ran") ? box.read("ran").toString().trim().split("\n") : [];
  fs.rmSync(join(box.dir, "ran"), { force: true });
  return lines;
}

/** Both run on commit and push; each can stop it; each gets what Git says. */
async function expectBoth(manager: Manager): Promise<void> {
  box.write("work/w.bin", someBytes(1000));
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-qm", "one"]);
  expect(ranAndForget()).toEqual(["pre-commit"]);
  box.write("work/big.bin", someBytes(6_000_000));
  await box.git("work", ["add", "big.bin"]);
  expect((await box.git("work", ["commit", "-qm", "big"], 1)).stderr).toContain("mend it with: mvgit add big.bin");
  expect(ranAndForget()).toEqual(["pre-commit"]);
  await box.git("work", ["rm", "-q", "--cached", "big.bin"]);
  box.write("status", "7");
  box.write("work/note", "text");
  await box.git("work", ["add", "note"]);
  await box.git("work", ["commit", "-qm", "theirs"], 1);
  await box.git("work", ["push", "-q", "origin", "main"], 1);
  expect(ranAndForget()).toEqual(["pre-commit", "pre-push"]);
  box.write("status", "0");
  await expectPush(manager);
}

async function expectPush(manager: Manager): Promise<void> {
  const blobs = join(box.dir, "work/.git/mvgit/blobs");
  fs.renameSync(blobs, join(box.dir, "away"));
  fs.rmSync(join(box.dir, "store/blobs"), { recursive: true, force: true });
  expect((await box.git("work", ["push", "-q", "origin", "main"], 1)).stderr).toContain("'w.bin'");
  fs.rmSync(blobs, { recursive: true, force: true });
  fs.renameSync(join(box.dir, "away"), blobs);
  fs.rmSync(join(box.dir, "ran"), { force: true });
  await box.git("work", ["push", "-q", "origin", "main"]);
  expect(ranAndForget()).toEqual(["pre-push"]);
  if (manager.givesInput)
    expect(box.read("stdin").toString()).toMatch(/^refs\/heads\/main [0-9a-f]{40} refs\/heads\/main 0{40}$/m);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["remote", "add", "store", "../store"]);
  await box.mv("clone", ["pull"]);
  expect(box.read("clone/w.bin").equals(box.read("work/w.bin"))).toBe(true);
}

/** The manager's hooks are alone again, and work. */
async function expectOnlyTheirs(): Promise<void> {
  await box.mv("work", ["hooks", "uninstall"]);
  box.write("work/big2.bin", someBytes(6_000_000));
  await box.git("work", ["add", "big2.bin"]);
  ranAndForget();
  await box.git("work", ["commit", "-qm", "big"]);
  expect(ranAndForget()).toEqual(["pre-commit"]);
  const left = fs.readdirSync(join(box.dir, "work/.git/hooks")).filter((name) => !name.endsWith(".sample"));
  for (const name of left)
    expect(fs.readFileSync(join(box.dir, "work/.git/hooks", name), "utf8"), name).not.toContain("mvgit-hook");
  expect(left.filter((name) => name.includes("before-mvgit"))).toEqual([]);
}

async function statesOf(): Promise<string[]> {
  const { hooks } = JSON.parse((await box.mv("work", ["hooks", "status", "--json"])).stdout) as {
    hooks: { name: string; state: string }[];
  };
  return hooks.filter((each) => each.name === "pre-commit" || each.name === "pre-push").map((each) => each.state);
}

describe("husky 9", () => {
  it("comes first, then mvgit", async () => {
    await husky.setUp();
    await box.mv("work", ["hooks", "install"]);
    expect(await statesOf()).toEqual(["called", "called"]);
    await expectBoth(husky);
    await expectOnlyTheirs();
    expect(box.read("work/.husky/pre-push").toString()).toBe("sh ../theirs.sh pre-push\n");
  });

  it("comes after mvgit: told, and mended by one command", async () => {
    await box.mv("work", ["hooks", "install"]);
    await husky.setUp();
    expect(await statesOf()).toEqual(["foreign", "foreign"]);
    expect((await box.mv("work", ["ls"])).stderr).toBe(
      "the hooks of mvgit do not run here any more; 'mvgit hooks install' puts them back\n",
    );
    await box.mv("work", ["hooks", "install"]);
    await expectBoth(husky);
    await expectOnlyTheirs();
  });
});

describe.skipIf(LEFTHOOK === null)(
  `lefthook${LEFTHOOK === null ? " (skipped: it has no program for this system)" : ""}`,
  () => {
    it("comes first, then mvgit", async () => {
      await lefthook.setUp();
      await box.mv("work", ["hooks", "install"]);
      expect(await statesOf()).toEqual(["runs", "runs"]);
      await expectBoth(lefthook);
      await expectOnlyTheirs();
    });

    it("comes after mvgit: told, and mended by one command", async () => {
      await box.mv("work", ["hooks", "install"]);
      await lefthook.setUp();
      expect((await box.mv("work", ["hooks", "status"])).stdout).toContain(
        "lefthook's script stands there and does not call it",
      );
      expect((await box.mv("work", ["doctor"], 1)).stdout).toContain("run 'mvgit hooks install'");
      await box.mv("work", ["hooks", "install"]);
      await expectBoth(lefthook);
      await expectOnlyTheirs();
    });

    it("puts its own hooks back when its settings change, and mvgit puts itself in front again", async () => {
      await lefthook.setUp();
      await box.mv("work", ["hooks", "install"]);
      for (const [index, round] of ["one", "two"].entries()) {
        box.write("work/lefthook.yml", box.read("work/lefthook.yml").toString().replace("run: ", "run: true && "));
        // It looks at the time in seconds before it looks at the text.
        fs.utimesSync(join(box.dir, "work/lefthook.yml"), 2_000_000_000 + index, 2_000_000_000 + index);
        await box.git("work", ["add", "lefthook.yml"]);
        const { stderr } = await box.git("work", ["commit", "-qm", round]);
        expect(stderr).toContain("are back in front of them");
        expect(await statesOf()).toEqual(["runs", "runs"]);
      }
      ranAndForget();
      await expectBoth(lefthook);
    });
  },
);

describe.skipIf(PRE_COMMIT === null)(
  "pre-commit, the Python " +
    `tool${PRE_COMMIT === null ? " (skipped: no pre-commit on PATH, nor named by MVGIT_PRE_COMMIT)" : ""}`,
  () => {
    it("comes first, then mvgit", async () => {
      await preCommit.setUp();
      await box.mv("work", ["hooks", "install"]);
      expect(await statesOf()).toEqual(["runs", "runs"]);
      await expectBoth(preCommit);
      await expectOnlyTheirs();
    });

    it("comes after mvgit, and calls it", async () => {
      await box.mv("work", ["hooks", "install"]);
      await preCommit.setUp();
      expect(await statesOf()).toEqual(["called", "called"]);
      await box.mv("work", ["hooks", "install"]);
      await expectBoth(preCommit);
      await expectOnlyTheirs();
    });

    it("is installed a second time on top of mvgit, and is not called twice", async () => {
      await preCommit.setUp();
      await box.mv("work", ["hooks", "install"]);
      await preCommit.setUp();
      expect(await statesOf()).toEqual(["called", "called"]);
      await expectBoth(preCommit);
      await expectOnlyTheirs();
    });
  },
);

describe("core.hooksPath", () => {
  it.each([
    [
      "a committed folder",
      "part of the work tree",
      async (): Promise<string> => {
        await box.git("work", ["config", "core.hooksPath", ".githooks"]);
        return "work/.githooks";
      },
    ],
    [
      "a folder outside",
      "outside of this repository",
      async (): Promise<string> => {
        await box.git("work", ["config", "core.hooksPath", join(box.dir, "elsewhere")]);
        return "elsewhere";
      },
    ],
    [
      "a folder in the global settings",
      "outside of this repository",
      async (): Promise<string> => {
        await box.git("work", ["config", "--global", "core.hooksPath", "~/elsewhere"]);
        return "elsewhere";
      },
    ],
  ])("%s is not written to; both run with the line that is named", async (_, why, configure) => {
    await box.mv("work", ["hooks", "install"]);
    const folder = await configure();
    for (const name of ["pre-commit", "pre-push"]) {
      box.write(`${folder}/${name}`, `#!/bin/sh\nsh ../theirs.sh ${name} || exit $?\n`);
      fs.chmodSync(join(box.dir, folder, name), 0o755);
    }
    expect((await box.mv("work", ["ls"])).stderr).toContain("'mvgit hooks status' says why");
    expect((await box.mv("work", ["hooks", "status"])).stdout).toContain(why);
    expect((await box.mv("work", ["doctor"], 1)).stdout).toContain(`add the line 'mvgit hook NAME "$@"'`);
    expect((await box.mv("work", ["hooks", "install"], 1)).stderr).toContain(why);
    expect((await box.mv("work", ["init"])).stderr).toContain(why);
    for (const name of ["pre-commit", "pre-push"])
      fs.appendFileSync(join(box.dir, folder, name), `mvgit hook ${name} "$@"\n`);
    expect(await statesOf()).toEqual(["called", "called"]);
    await expectBoth({ ...husky });
  });

  it("a folder inside .git is written to", async () => {
    await box.git("work", ["config", "core.hooksPath", ".git/my-hooks"]);
    await box.mv("work", ["hooks", "install"]);
    expect(await statesOf()).toEqual(["runs", "runs"]);
  });
});

it("a person's own hook is never lost, however often tools replace each other", async () => {
  const file = join(box.dir, "work/.git/hooks/pre-commit");
  fs.mkdirSync(dirname(file), { recursive: true });
  const own = (name: string): void => fs.writeFileSync(file, `#!/bin/sh\necho ${name} >> ../ran\n`, { mode: 0o755 });
  own("first");
  await box.mv("work", ["hooks", "install"]);
  own("second");
  await box.mv("work", ["hooks", "install"]);
  await box.git("work", ["commit", "-q", "--allow-empty", "-m", "one"]);
  expect(ranAndForget()).toEqual(["first", "second"]);
  await box.mv("work", ["hooks", "uninstall"]);
  expect(fs.readFileSync(file, "utf8")).toContain("second");
  expect(fs.readFileSync(`${file}.before-mvgit`, "utf8")).toContain("first");
});
