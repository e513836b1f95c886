/** The environment of a version: the recorded one or told to be another, and made anew when that is asked for. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { makeShadow } from "../../../src/program/shadow.ts";
import { hermeticEnv, runProgram } from "../../support/cli.ts";
import { makeEnvironment, makeWheel, PYTHON } from "../../support/wheels.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

const UV = process.env["MVGIT_UV"];
/** Long enough to be seen among the processes. */
const TRAIN = `import sys, time, tool
time.sleep(0.5)
open("w.bin", "w").write(tool.VERSION)
print("prefix", sys.prefix)
`;

interface Report {
  verdict: string;
  first: string | null;
  environment: { name: string; a?: string; b?: string }[];
  environmentState: string;
  rebuilt: { folder: string; wasKept: boolean; installer: string; lacking: { package: string; why: string }[] } | null;
}

async function makeProject(installer: string): Promise<void> {
  box = await makeSandbox();
  const index = join(box.dir, "index");
  makeWheel(index, "tool", "1.0");
  makeWheel(index, "tool", "2.0");
  const settings =
    installer === "uv"
      ? { UV_NO_INDEX: "1", UV_FIND_LINKS: index, UV_OFFLINE: "1" }
      : { PIP_NO_INDEX: "1", PIP_FIND_LINKS: index };
  Object.assign(box.env, settings, {
    PATH: [
      ...(installer === "uv" ? [dirname(UV as string)] : []),
      dirname(PYTHON as string),
      hermeticEnv(box.dir)["PATH"],
    ].join(":"),
  });
  box.write("work/.gitignore", ".venv/\n");
  box.write("work/train.py", TRAIN);
}

/** Everything that stands in a folder, with times and links. */
function fingerprint(folder: string): string {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.includes("__pycache__"))
    .toSorted()
    .map((name) => {
      const found = fs.lstatSync(join(folder, name));
      return (
        `${name} ${found.isDirectory() ? "" : found.mtimeMs} ` +
        `${found.isSymbolicLink() ? fs.readlinkSync(join(folder, name)) : ""}`
      );
    })
    .join("\n");
}

async function reproduced(args: readonly string[], status: number): Promise<Report> {
  return JSON.parse((await box.mv("work", ["--json", "reproduce", ...args], status)).stdout) as Report;
}

describe.skipIf(PYTHON === null).each([["pip"], ...(UV === undefined ? [] : [["uv"]])])(
  `the environment that a run had (needs python3 with venv; uv by MVGIT_UV): %s`,
  (installer) => {
    it(
      "is told to be another, made anew and used, kept, and what cannot be had is named; the user's own is " +
        "left alone",
      async () => {
        await makeProject(installer);
        const venv = join(box.dir, "work/.venv");
        makeEnvironment(venv, ["tool==1.0"]);
        await box.mv("work", [
          "run",
          "spam",
          "--weights",
          "w.bin",
          "--",
          "bash",
          "-c",
          "source .venv/bin/activate && python train.py",
        ]);
        await box.mv("work", ["run", "ham", "--weights", "w.bin", "--", ".venv/bin/python", "train.py"]);
        makeEnvironment(venv, ["tool==2.0"]);
        const [lib = ""] = fs.readdirSync(join(venv, "lib"));
        box.write(
          `work/.venv/lib/${lib}/site-packages/tool-2.0.dist-info/direct_url.json`,
          JSON.stringify({ url: `file://${box.dir}/work`, dir_info: { editable: true } }),
        );
        const before = fingerprint(venv);

        const other = await box.mv("work", ["reproduce", "ham@v1"], 1);
        expect(other.stderr).toContain("'.venv' is not part of the version: that of your work tree is used");
        expect(other.stderr).toContain(
          "warning: 'tool' is installed from your work tree ('pip install -e'): it is your code of today, not " +
            "that of ham@v1",
        );
        expect(other.stdout).toMatch(/ham@v1: differs, first in the environment: python\.packages\.tool 1\.0 -> 2\.0/);
        expect(other.stdout).toMatch(
          /environment not as recorded \(yours: .*\); '--rebuild-environment' makes the recorded one anew/,
        );

        const anew = await reproduced(["ham@v1", "--rebuild-environment"], 0);
        expect(anew).toMatchObject({
          verdict: "identical",
          environmentState: "as recorded",
          environment: [],
          rebuilt: { wasKept: false, wasUsed: true, installer, lacking: [] },
        });
        const again = await box.mv("work", ["reproduce", "spam@v1", "--rebuild-environment"]);
        // The shell's 'activate' names the place in the scratch work tree, and it is the rebuilt environment that
        // stands there.
        expect(again.stdout).toMatch(/^prefix .*\/mvgit-reproduce-[0-9a-f]+\/work\/\.venv\n/);
        expect(again.stdout).toMatch(/spam@v1: identical[^]*environment as recorded {2}\(made anew with .*, before: /);
        expect(again.stdout).toMatch(/made anew with .*, before: python .* \(work tree:\.venv\/bin\/python\)\)/);
        expect([fingerprint(venv), fs.readdirSync(join(anew.rebuilt?.folder ?? "", ".."))]).toEqual([
          before,
          expect.arrayContaining(["environment", "ready.json"]),
        ]);

        await box.mv("work", ["run", "ham", "--", "bash", "-c", `'${venv}/bin/python' train.py`]);
        const byPath = await box.mv("work", ["reproduce", "ham@v2", "--rebuild-environment"], 0);
        expect(byPath.stdout).toMatch(
          /environment not .*\(not the one made anew with .*: python .* \(.*work\/\.venv\/bin\/python\)\)/,
        );
        await box.mv("work", ["run", "ham", "--", ".venv/bin/python", "train.py"]);

        fs.rmSync(venv, { recursive: true });
        const gone = await box.mv("work", ["reproduce", "ham@v1"], 1);
        expect(gone.stderr).toContain(
          "cannot start '.venv/bin/python': there is no such program; the version had Python",
        );
        expect(gone.stderr).toContain("'mvgit reproduce ham@v1 --rebuild-environment' makes its environment anew");
        expect((await reproduced(["ham@v1", "--rebuild-environment"], 0)).rebuilt).toMatchObject({ wasKept: true });

        makeEnvironment(venv, ["tool==2.0", "lost==3.0"]);
        await box.mv("work", ["run", "ham"]);
        const lacking = await reproduced(["ham@v4", "--rebuild-environment"], 0);
        expect(lacking).toMatchObject({
          verdict: "identical",
          environmentState: "differs",
          environment: [{ name: "python.packages.lost", a: "3.0" }],
          rebuilt: { lacking: [{ package: "lost==3.0", why: "your index does not have it" }] },
        });
      },
      180_000,
    );
  },
);

it.skipIf(PYTHON === null)(
  "a shadow has what the environment has, also by its scripts and by 'activate', and what is installed into " +
    ("it " + "leaves that alone (needs python3 with venv)"),
  async () => {
    box = await makeSandbox();
    const venv = join(box.dir, "venv");
    makeEnvironment(venv, ["tool==1.0"]);
    fs.writeFileSync(
      join(venv, "bin/say"),
      `#!${venv}/bin/python\nimport sys, tool; print(tool.VERSION, sys.prefix)\n`,
      { mode: 0o755 },
    );
    const before = fingerprint(venv);
    const shadow = join(box.dir, "elsewhere/shadow");
    fs.mkdirSync(dirname(shadow));
    makeShadow(venv, shadow);
    const run = async (script: string): Promise<string> =>
      (await runProgram("bash", ["-c", script], { cwd: box.dir, env: { PYTHONDONTWRITEBYTECODE: "1" } })).stdout;
    expect(await run(`${shadow}/bin/say; source ${shadow}/bin/activate; say; echo $VIRTUAL_ENV; deactivate`)).toBe(
      `1.0 ${shadow}\n1.0 ${shadow}\n${shadow}\n`,
    );
    const [lib = ""] = fs.readdirSync(join(shadow, "lib"));
    fs.writeFileSync(join(shadow, "lib", lib, "site-packages/tool.py"), 'VERSION = "mine"\n');
    expect(await run(`${shadow}/bin/say; ${venv}/bin/say`)).toBe(`mine ${shadow}\n1.0 ${venv}\n`);
    fs.rmSync(shadow, { recursive: true });
    expect(fingerprint(venv)).toBe(before);
  },
);

it(
  "modules of Node are those of the user's work tree, which is left alone, and told to be gone; npm makes them " +
    "anew from the recorded lock file",
  async () => {
    box = await makeSandbox();
    box.write("work/.gitignore", "node_modules\n");
    box.write("work/dep/package.json", '{"name": "dep", "version": "1.0.0", "main": "index.js"}');
    box.write("work/dep/index.js", "module.exports = 'one';");
    box.write("work/package.json", '{"name": "x", "version": "1.0.0", "dependencies": {"dep": "file:dep"}}');
    box.write(
      "work/package-lock.json",
      JSON.stringify({
        name: "x",
        version: "1.0.0",
        lockfileVersion: 3,
        requires: true,
        packages: {
          "": { name: "x", version: "1.0.0", dependencies: { dep: "file:dep" } },
          dep: { version: "1.0.0" },
          "node_modules/dep": { resolved: "dep", link: true },
        },
      }),
    );
    box.write(
      "work/train.js",
      'const fs = require("fs"); fs.writeFileSync("w.bin", require("dep")); ' +
        'fs.writeFileSync("node_modules/left", "x"); fs.rmSync("node_modules/dep", { recursive: true });',
    );
    fs.mkdirSync(join(box.dir, "work/node_modules"));
    fs.symlinkSync("../dep", join(box.dir, "work/node_modules/dep"));
    await box.mv("work", ["run", "spam", "--weights", "w.bin", "--", "node", "train.js"]);
    fs.rmSync(join(box.dir, "work/node_modules/left"));
    fs.symlinkSync("../dep", join(box.dir, "work/node_modules/dep"));
    expect((await box.mv("work", ["reproduce", "spam@v1"])).stdout).toContain(
      "environment not known to be the same: the files in 'node_modules' are not recorded",
    );
    expect(fs.readdirSync(join(box.dir, "work/node_modules"))).toEqual(["dep"]);
    fs.rmSync(join(box.dir, "work/node_modules"), { recursive: true });
    const gone = await reproduced(["spam@v1"], 1);
    expect(gone).toMatchObject({
      first: "environment",
      environmentState: "differs",
      environment: [{ name: "node_modules", a: "there" }],
    });
    expect(await reproduced(["spam@v1", "--rebuild-environment"], 0)).toMatchObject({
      verdict: "identical",
      environmentState: "as recorded",
      rebuilt: { npm: ["package-lock.json"], folder: null, lacking: [] },
    });
  },
);

it("a version without a recorded Python is not rebuilt, and says so", async () => {
  box = await makeSandbox();
  await box.mv("work", ["run", "spam", "--weights", "w.bin", "--", "sh", "-c", "echo 1 > w.bin"]);
  expect((await box.mv("work", ["reproduce", "spam@v1", "--rebuild-environment"], 1)).stderr).toContain(
    "cannot rebuild the environment of spam@v1: neither a Python of it was recorded nor a lock file",
  );
  expect((await box.mv("work", ["reproduce", "spam@v1"])).stdout).toMatch(
    /environment not known to be the same: .*interpreter/,
  );
});
