/**
 * Programs that mvgit starts by itself find nothing of the repository: neither in their folder, nor on PATH, nor by a
 * variable.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findOnPath, withSearchPath } from "../../../src/base/search-path.ts";
import { inEmptyFolder, sealFolder } from "../../../src/program/neutral.ts";
import { openAddress } from "../../../src/program/open-address.ts";
import { hermeticEnv, ROOT, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
beforeEach(async () => void (box = await makeSandbox()));
afterEach(() => box.cleanup());

function program(path: string, text: string): void {
  box.write(path, `#!/bin/sh\n${text}`);
  fs.chmodSync(join(box.dir, path), 0o755);
}

/** Writes down where it was started, what is there, and by which variables Python would be led. */
const TELLS = (name: string): string =>
  '{ pwd -P; ls -A; echo "path=$PYTHONPATH home=$PYTHONHOME node=$NODE_OPTIONS safe=$PYTHONSAFEPATH"; } > ' +
  `"${join(box.dir, `told-${name}`)}"\n`;

function told(name: string): { folder: string; holds: string[]; variables: string } {
  const [folder = "", ...lines] = box.read(`told-${name}`).toString().trimEnd().split("\n");
  return { folder, holds: lines.slice(0, -1), variables: lines.at(-1) ?? "" };
}

const REST = hermeticEnv("/nowhere")["PATH"] as string;

describe("a program of its own choice", () => {
  beforeEach(() =>
    Object.assign(box.env, {
      PATH: `${box.dir}/tools:${REST}`,
      PYTHONPATH: `.:src:${box.dir}/work/lib:${box.dir}/mine`,
      PYTHONHOME: "python",
      NODE_OPTIONS: "--no-warnings",
    }),
  );

  it.each([[["--dry-run"]], [[]]])("MLflow's server on a committed database, %j", async (options) => {
    box.write("work/mlflow.db", "SQLite format 3\0rest");
    box.write("work/sitecustomize.py", "open('ran', 'w')\n");
    await box.git("work", ["add", "-f", "mlflow.db", "sitecustomize.py"]);
    program("tools/mlflow", `${TELLS("mlflow")}exit 1\n`);
    await box.mv("work", ["import", "mlflow", "mlflow.db", ...options], 1);
    const { folder, holds, variables } = told("mlflow");
    expect(folder.startsWith(join(box.dir, ".tmp"))).toBe(true);
    expect(holds).toEqual(["store"]);
    expect(variables).toBe(`path=${box.dir}/mine home= node= safe=1`);
    expect(fs.readdirSync(join(box.dir, ".tmp"))).toEqual([]);
  });

  it("the GPU's tool, asked what a run depends on", async () => {
    program("tools/nvidia-smi", `${TELLS("gpu")}echo "A100, 1, 2"\n`);
    await box.mv("work", ["run", "spam", "--", "true"]);
    expect((await packageOf(box, "spam@v1")).environment).toMatchObject({ gpus: [{ name: "A100" }], seen: "nothing" });
    expect(told("gpu").folder.startsWith(join(box.dir, ".tmp"))).toBe(true);
    expect(told("gpu").holds).toEqual([]);
    expect(told("gpu").variables).toBe(`path=${box.dir}/mine home= node= safe=1`);
  });
});

it("is never sought in the current folder: PATH with '.', an empty entry and a relative one", async () => {
  const names = ["git", "mlflow", "nvidia-smi", "git-lfs", "python", "python3", "node", "mvgit"];
  for (const folder of ["", "bin/"])
    for (const name of names) program(`work/${folder}${name}`, `touch '${box.dir}/ran-${name}'\nexit 1\n`);
  box.env["PATH"] = `.::bin:${dirname(process.execPath)}:/usr/bin:/bin`;
  box.write("work/train.sh", "echo w > w.bin\n");
  box.write("work/mlflow.db", "SQLite format 3\0rest");
  box.write("work/.gitattributes", "*.big filter=lfs\n");
  box.write("work/a.big", `version https://git-lfs.github.com/spec/v1\noid sha256:${"1".repeat(64)}\nsize 5\n`);
  await box.mv("work", ["status"]);
  await box.mv("work", ["run", "spam", "--weights", "w.bin", "--", "sh", "train.sh", "x.py"]);
  await box.mv("work", ["save", "spam", "--weights", "w.bin"]);
  expect((await box.mv("work", ["import", "mlflow", "mlflow.db", "--dry-run"], 1)).stderr).toContain(
    "'mlflow', which is not on PATH",
  );
  await box.mv("work", ["import", "lfs"], -1);
  expect(fs.readdirSync(box.dir).filter((name) => name.startsWith("ran-"))).toEqual([]);
});

it("is not sought there by hooks whose mvgit has moved", async () => {
  const bin = join(box.dir, "bin/mvgit");
  program("bin/mvgit", `touch '${box.dir}/honest'\n`);
  program("work/mvgit", `touch '${box.dir}/ran'\n`);
  for (const name of fs.readdirSync(join(ROOT, "hooks"))) {
    // As shipped: it does not know where Node and mvgit are.
    program(`work/.git/hooks/${name}`, fs.readFileSync(join(ROOT, "hooks", name), "utf8").replace("#!/bin/sh\n", ""));
  }
  await box.git("work", ["add", "-A"]);
  box.env["PATH"] = ".:/usr/bin:/bin";
  expect((await box.git("work", ["commit", "-qm", "x"])).stderr).toContain("the program is not found");
  expect((await box.git("work", ["push", "-q", "origin", "HEAD:main"], 1)).stderr).toContain(
    "the program is not found",
  );
  expect(box.exists("ran")).toBe(false);
  box.env["PATH"] = `${dirname(bin)}:/usr/bin:/bin`;
  await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
  expect(box.exists("honest")).toBe(true);
});

describe("by what lies in the current folder", () => {
  const ran = (): string[] => fs.readdirSync(box.dir).filter((name) => name.startsWith("ran"));

  it("hooks find none of their own helpers there", async () => {
    await box.mv("work", ["hooks", "install"]);
    program("work/.git/hooks/pre-push.before-mvgit", "exit 0\n");
    for (const name of ["dirname", "grep", "cat", "mvgit"]) program(`work/${name}`, `touch '${box.dir}/ran-${name}'\n`);
    await box.git("work", ["add", "-A"]);
    box.env["PATH"] = `.::bin:${dirname(process.execPath)}:/usr/bin:/bin`;
    const git = findOnPath("git", { PATH: REST }) as string;
    const run = (args: readonly string[]) => runProgram(git, args, { cwd: join(box.dir, "work"), env: box.env });
    expect((await run(["commit", "-qm", "x"])).status).toBe(0);
    expect((await run(["push", "-q", "origin", "HEAD:main"])).status).toBe(0);
    await run(["checkout", "-qb", "other"]);
    expect(ran()).toEqual([]);
  });

  it("the system's loader finds no library there", () => {
    const lists = {
      LD_LIBRARY_PATH: ":/opt/cuda:lib:",
      DYLD_LIBRARY_PATH: ".",
      LD_PRELOAD: "./x.so /opt/y.so libz.so",
      LD_AUDIT: "",
    };
    expect(withSearchPath({ PATH: "/bin:.", ...lists })).toEqual({
      PATH: "/bin",
      LD_LIBRARY_PATH: "/opt/cuda",
      DYLD_LIBRARY_PATH: undefined,
      LD_PRELOAD: "/opt/y.so:libz.so",
      LD_AUDIT: undefined,
    });
  });

  it("a browser is none of the repository's, by its name or as what the system's opener starts", async () => {
    program("work/firefox", `touch '${box.dir}/ran'\n`);
    program("tools/browser", `echo "$PATH $1" > '${box.dir}/told'\n`);
    const env = { PATH: `.:${box.dir}/tools:/usr/bin:/bin`, BROWSER: "firefox:./firefox:browser" };
    expect(openAddress("http://127.0.0.1:1/x", { cwd: join(box.dir, "work"), env })).toBe(true);
    await expect.poll(() => box.exists("told") && box.read("told").length > 0).toBe(true);
    expect(box.read("told").toString()).toBe(`${box.dir}/tools:/usr/bin:/bin http://127.0.0.1:1/x\n`);
    expect(ran()).toEqual([]);
  });

  it("settings of the user's are not read from there", async () => {
    box.write("work/aws/config", `[default]\ncredential_process = touch '${box.dir}/ran'\n`);
    box.write("work/.aws/config", `[default]\ncredential_process = touch '${box.dir}/ran'\n`);
    box.write("work/git/config", "[mvgit]\n\tallow = .envrc\n");
    await box.git("work", ["config", "mvgit-remote.s.url", "s3://bucket/x"]);
    Object.assign(box.env, { AWS_EC2_METADATA_DISABLED: "true", AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
    const given = { ...box.env };
    for (const [name, value] of [
      ["HOME", "."],
      ["GIT_CONFIG_GLOBAL", "git/config"],
      ["AWS_CONFIG_FILE", "aws/config"],
      ["AWS_SHARED_CREDENTIALS_FILE", "aws/config"],
    ] as const) {
      Object.assign(box.env, given, { [name]: value });
      const { stderr, stdout } = await box.mv("work", ["doctor", "--remote", "s"], 1);
      expect(stderr + stdout, name).toContain(`the variable ${name} is '${value}'`);
      delete box.env[name];
    }
    // What the XDG specification ignores, and what is no name, counts for nothing.
    Object.assign(box.env, given, { HOME: "", XDG_CONFIG_HOME: "." });
    await box.mv("work", ["doctor", "--remote", "s"], 1);
    expect((await box.mv("work", ["log"])).status).toBe(0);
    expect(ran()).toEqual([]);
  });

  it("a folder that a commit made look like a bare repository is none", async () => {
    for (const name of ["HEAD", "objects/.gitkeep", "refs/.gitkeep"])
      box.write(`work/data/${name}`, "ref: refs/heads/main\n");
    box.write("work/data/config", `[core]\n\tworktree = .\n[filter "x"]\n\tclean = touch '${box.dir}/ran'\n`);
    box.write("work/data/.gitattributes", "* filter=x\n");
    box.write("work/data/sub/a.bin", "a");
    for (const [folder, ...args] of [
      ["work/data", "audit"],
      ["work/data/sub", "add", "a.bin"],
    ] as const) {
      const { stderr } = await box.mv(folder, args, 20);
      expect(stderr).toContain(`'${box.dir}/work/data' looks like a Git repository, and is a folder of another one`);
    }
    // One that stands by itself is read as ever, and so is one that the user names.
    await box.mv("host.git", ["log"]);
    await box.git("work", ["init", "-q", "--bare", "mine.git"]);
    box.env["GIT_DIR"] = join(box.dir, "work/mine.git");
    await box.mv("work/mine.git", ["log"]);
    expect(ran()).toEqual([]);
  });

  it("programs start outside of it wherever TMPDIR leads, and find no settings above", async () => {
    const inside = join(box.dir, "work/tmp");
    fs.mkdirSync(inside);
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = inside;
    try {
      const folder = await inEmptyFolder(async (at) => at);
      expect(folder.startsWith(box.dir)).toBe(false);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
    const npm = findOnPath("npm", { PATH: REST });
    if (npm === null) return;
    box.write("above/package.json", "{}");
    box.write("above/.npmrc", "registry=http://stranger.example/\n");
    fs.mkdirSync(join(box.dir, "above/place"));
    sealFolder(join(box.dir, "above/place"));
    const env = { PATH: REST, HOME: box.dir };
    const told = await runProgram(npm, ["config", "get", "registry"], { cwd: join(box.dir, "above/place"), env });
    expect(told.stdout).not.toContain("stranger");
  });
});
