/**
 * Programs that mvgit starts by itself find nothing of the repository: neither in their folder, nor on PATH, nor by a
 * variable.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hermeticEnv, ROOT } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";

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
