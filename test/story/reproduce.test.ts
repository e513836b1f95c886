/**
 * `mvgit reproduce`: the same command from the same inputs, held against the version; nothing of the user's is touched.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { packageOf, RUN } from "../support/trainer.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(3);

afterEach(() => box.cleanup());

/** Weights from the data, the settings and the seed; a score from the data. `NOISE` makes other weights each time. */
const TRAIN = `const fs = require("fs");
const data = fs.readdirSync("data").map((name) => fs.readFileSync("data/" + name, "utf8")).join("");
const noise = fs.existsSync("noise.txt") ? process.hrtime.bigint() : 0;
fs.mkdirSync("weights", { recursive: true });
const settings = fs.readFileSync("params.json", "utf8") + process.env.PYTHONHASHSEED;
fs.writeFileSync("weights/layer.bin", data + settings + noise);
const accuracy = data.length / 100 + (fs.existsSync("noise.txt") ? Math.random() / 1000 : 0);
fs.writeFileSync("metrics.json", JSON.stringify({ accuracy, seconds: Math.random() }));
console.log("trained in", process.cwd());
`;
const COMMAND = ["--data", "data", "--weights", "weights", "--", "node", "train.js"];

async function makeVersion(
  options: Parameters<typeof makeSandbox>[0] = {},
  more: Record<string, string> = {},
): Promise<void> {
  box = await makeSandbox(options);
  fs.mkdirSync(join(box.dir, "tmp"));
  box.env["TMPDIR"] = join(box.dir, "tmp");
  for (const [path, text] of Object.entries({
    "train.js": TRAIN,
    "params.json": '{"lr": 0.1}',
    "data/a.txt": "1\n2\n3\n",
    ...more,
  }))
    box.write(`work/${path}`, text);
  box.env["PYTHONHASHSEED"] = "42";
  await box.mv("work", ["run", "spam", ...COMMAND]);
  delete box.env["PYTHONHASHSEED"];
}

/**
 * All of the user's that a reproduction must leave alone: files, index, refs, stash, configuration and list of work
 * trees.
 */
async function fingerprint(folder = "work"): Promise<string> {
  const digest = createHash("sha256");
  for (const args of [
    ["for-each-ref"],
    ["reflog", "--all"],
    ["worktree", "list", "--porcelain"],
    ["status", "--porcelain", "--ignored"],
    ["ls-files", "-s"],
  ])
    digest.update((await box.git(folder, args)).stdout);
  const top = join(box.dir, folder);
  for (const name of fs.readdirSync(top, { recursive: true, encoding: "utf8" }).toSorted()) {
    const found = fs.lstatSync(join(top, name));
    if (!found.isFile() || (name.startsWith(".git/") && !/^\.git\/(config|HEAD|ORIG_HEAD)$/.test(name))) continue;
    digest.update(`${name} ${found.mtimeMs} ${found.mode} `).update(fs.readFileSync(join(top, name)));
  }
  return digest.digest("hex");
}

const leftBehind = (): string[] => [
  ...fs.readdirSync(join(box.dir, "tmp")),
  ...["scratch", "leases"].flatMap((name) =>
    box.exists(`work/.git/mvgit/${name}`) ? fs.readdirSync(join(box.dir, "work/.git/mvgit", name)) : [],
  ),
  ...(box.exists("work/.git/worktrees") ? fs.readdirSync(join(box.dir, "work/.git/worktrees")) : []),
];

async function reproduced(
  args: readonly string[],
  status = 0,
  folder = "work",
): Promise<
  Record<string, never> & {
    verdict: string;
    first: string;
    environment: { name: string }[];
    data: string[];
    code: string[];
    scores: { name: string; within: boolean | null }[];
  }
> {
  return JSON.parse((await box.mv(folder, ["--json", "reproduce", ...args], status)).stdout);
}

describe("identical", () => {
  it(
    "with the recorded seed, while the user's tree is dirty, on another branch, with hooks and a stash; " +
      "nothing of it is touched",
    async () => {
      await makeVersion({ hooks: true });
      await box.git("work", ["checkout", "-q", "-b", "other"]);
      box.write("work/train.js", "throw new Error('not this one')");
      await box.git("work", ["stash", "-q"]);
      box.write("work/train.js", "throw new Error('nor this one')");
      box.write("work/data/a.txt", "changed");
      box.write("work/params.json", "{}");
      await box.git("work", ["add", "params.json"]);
      for (const hook of ["post-checkout", "post-index-change", "reference-transaction"])
        fs.writeFileSync(join(box.dir, "work/.git/hooks", hook), `#!/bin/sh\necho ${hook} >> ${box.dir}/hooks-ran\n`, {
          mode: 0o755,
        });
      const before = await fingerprint();
      fs.rmSync(join(box.dir, "hooks-ran"), { force: true });
      const ran = await box.mv("work", ["reproduce", "spam@v1"]);
      expect(box.exists("hooks-ran")).toBe(false);
      expect(await fingerprint()).toBe(before);
      expect(ran.stdout).toMatch(
        /^trained in .*\/tmp\/mvgit-reproduce-[0-9a-f]+\/work\nspam@v1: identical {2}\(run again in \d+ s\)\n/,
      );
      expect(ran.stdout).toMatch(/weights +([0-9a-f]{10}) +\1 {2}same bytes\n/);
      expect(ran.stdout).toMatch(/accuracy +0\.06 +0\.06 {2}same\n/);
      expect(ran.stdout).toMatch(/seconds .* not counted$/m);
      expect([leftBehind(), ran.stderr]).toEqual([[], "running as spam@v1 did: node train.js\n"]);
    },
  );

  it.each(["sha1", "sha256"])(
    "from a fresh clone and the remote, its commit on no branch (%s)",
    async (objectFormat) => {
      await makeVersion(
        { objectFormat },
        {
          "state.txt": "before",
          "train.js":
            `${TRAIN}fs.writeFileSync("state.txt", fs.readFileSync("state.txt", "utf8") + " after");\nif ` +
            `(fs.readFileSync("state.txt", "utf8") !== "before after") throw new Error("not as before");\n`,
        },
      );
      await box.mv("work", ["push", "--all"]);
      await box.git("work", ["push", "-q", "origin", "spam@v1"]);
      await box.git("work", ["commit", "-q", "--amend", "-m", "another"]);
      await box.git("work", ["push", "-q", "origin", "main"]);
      await box.git(".", ["clone", "-q", `file://${box.dir}/host.git`, "clone"]);
      expect((await box.mv("clone", ["reproduce", "spam@v1"], 1)).stderr).toContain("mvgit remote add");
      await box.mv("clone", ["init", "--remote", "../store"]);
      // What only the tree of before had is held by a second parent.
      expect(
        (await box.git("clone", ["show", `${(await packageOf(box, "spam@v1", "clone")).code.tree}:state.txt`])).stdout,
      ).toBe("before");
      const before = await fingerprint("clone");
      expect(await reproduced(["spam@latest"], 0, "clone")).toMatchObject({
        verdict: "identical",
        first: null,
        status: 0,
        failure: null,
        folder: null,
      });
      expect(await fingerprint("clone")).toBe(before);
      expect(fs.readdirSync(join(box.dir, "tmp"))).toEqual([]);
    },
  );

  it("where the cache is gone or damaged, the inputs come from the remote, verified", async () => {
    await makeVersion();
    box.unchecked("blobs are damaged");
    await box.mv("work", ["push"]);
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    expect((await reproduced(["spam@v1"])).verdict).toBe("identical");
    for (const name of fs.readdirSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true, encoding: "utf8" })) {
      const file = join(box.dir, "work/.git/mvgit/blobs", name);
      if (!fs.statSync(file).isFile() || fs.readFileSync(file, "utf8") !== "1\n2\n3\n") continue;
      fs.chmodSync(file, 0o644);
      fs.writeFileSync(file, "1\n2\n4\n");
    }
    expect((await reproduced(["spam@v1"])).verdict).toBe("identical");
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    fs.rmSync(join(box.dir, "store/blobs"), { recursive: true });
    expect((await box.mv("work", ["reproduce", "spam@v1"], 23)).stderr).toContain("does not have blob");
    expect(leftBehind()).toEqual([]);
  });

  it("of a run in a folder, with a program that Git ignores", async () => {
    box = await makeSandbox();
    box.write("work/.gitignore", "/tools/\n");
    box.write("work/tools/trainer", "#!/bin/sh\necho same > ../weights.bin\n");
    box.write("work/sub/kept", "");
    fs.chmodSync(join(box.dir, "work/tools/trainer"), 0o755);
    await box.mv("work/sub", ["run", "spam", "--weights", "../weights.bin", "--", "../tools/trainer"]);
    const ran = await box.mv("work", ["reproduce", "spam@v1"]);
    expect(ran.stdout).toContain("spam@v1: identical");
    expect(ran.stderr).toContain("'../tools/trainer' is not part of the version: that of your work tree is used");
  });
});

describe("same scores, or differs", () => {
  it("by the tolerance, in the result alone", async () => {
    await makeVersion({}, { "noise.txt": "" });
    expect(await reproduced(["spam@v1", "--tolerance", "0.01"])).toMatchObject({ verdict: "same scores", first: null });
    const ran = await box.mv("work", ["reproduce", "spam@v1", "--tolerance", "0"], 1);
    expect(ran.stdout).toContain(
      "spam@v1: differs, and only in the result: code, data, settings and environment are the same",
    );
    expect(ran.stdout).toMatch(/weights .* other bytes\n/);
    expect((await box.mv("work", ["reproduce", "spam@v1", "--tolerance", "many"], 2)).stderr).toContain(
      "'many' is no tolerance",
    );
  });

  it("names the packages that moved", async () => {
    box = await makeSandbox();
    const install = (version: string): void => {
      fs.rmSync(join(box.dir, "conda"), { recursive: true, force: true });
      for (const name of [`numpy-${version}-py312_0`, "torch-2.4.0-0"])
        box.write(`conda/conda-meta/${name}.json`, "{}");
      box.write("version", version);
    };
    install("1.26.4");
    box.env["CONDA_PREFIX"] = join(box.dir, "conda");
    box.env["OMP_NUM_THREADS"] = "3";
    await box.mv("work", [
      ...RUN.filter((word) => word !== "--data" && word !== "data"),
      "--",
      "sh",
      "-c",
      `cat '${box.dir}/version' > weights.bin`,
    ]);
    delete box.env["OMP_NUM_THREADS"];
    expect(await reproduced(["spam@v1"])).toMatchObject({ verdict: "identical", environment: [] });
    install("2.0.1");
    const told = await reproduced(["spam@v1"], 1);
    expect(told).toMatchObject({ first: "environment" });
    expect(told.environment).toContainEqual({ name: "conda.packages.numpy", a: "1.26.4=py312_0", b: "2.0.1=py312_0" });
    expect((await box.mv("work", ["reproduce", "spam@v1"], 1)).stdout).toContain(
      "spam@v1: differs, first in the environment: conda.",
    );
  });

  it("names data that changed under the run, settings the program drew, and a submodule as empty then", async () => {
    await makeVersion(
      {},
      {
        "train.js":
          `${TRAIN}if (fs.existsSync("edit")) fs.appendFileSync("data/a.txt", "4");\n` +
          "fs.appendFileSync(process.env.MVGIT_LOG, JSON.stringify({ params: { seed: Math.random() } }) + " +
          `"\\n");\nfs.writeFileSync("weights/layer.bin", String(Math.random()));\n` +
          `fs.writeFileSync("metrics.json", JSON.stringify({ accuracy: Math.random() }));\n`,
      },
    );
    expect(await reproduced(["spam@v1"], 1)).toMatchObject({
      verdict: "differs",
      first: "settings",
      settings: [{ name: "seed" }],
      data: [],
    });
    fs.appendFileSync(join(box.dir, "work/.git/info/exclude"), "edit\n");
    box.write("work/edit", "");
    await box.mv("work", ["run", "spam"]);
    expect(await reproduced(["spam@v2"], 1)).toMatchObject({ first: "data", data: ["data"] });
    await box.git("work", [
      "update-index",
      "--add",
      "--cacheinfo",
      `160000,${(await box.git("work", ["rev-parse", "HEAD"])).stdout.trim()},part`,
    ]);
    fs.mkdirSync(join(box.dir, "work/part"));
    await box.mv("work", ["run", "spam"]);
    expect(await reproduced(["spam@v3"], 1)).toMatchObject({ first: "data", code: [] });
  });

  it("a command that fails now: told apart from other results, exit 1, its status in the document", async () => {
    await makeVersion({}, { "train.js": `if (process.env.BREAK) process.exit(7);\n${TRAIN}` });
    box.env["BREAK"] = "1";
    const ran = await box.mv("work", ["reproduce", "spam@v1"], 1);
    expect(ran.stdout).toContain("spam@v1: differs, and code, data and environment are the same");
    expect(ran.stderr).toContain("error: the command ended with status 7, where it ended well when spam@v1 was made");
    expect(await reproduced(["spam@v1"], 1)).toMatchObject({
      verdict: "differs",
      status: 7,
      failure: { code: "run-failed" },
      weights: [{ found: null, same: false }],
    });
    expect(leftBehind()).toEqual([]);
  });
});

describe("refused before anything is done", () => {
  it("a version that was saved, one without anything to compare, a secret that was not given", async () => {
    await makeVersion();
    await box.mv("work", ["save", "spam"]);
    const saved = await box.mv("work", ["reproduce", "spam@v2"], 1);
    expect(saved.stderr).toContain(
      "cannot reproduce spam@v2: it was saved, and no command of it is known\nhint: 'mvgit run spam -- COMMAND'",
    );
    await box.mv("work", ["run", "empty", "--data", "data", "--", "true"]);
    expect((await box.mv("work", ["reproduce", "empty@v1"], 1)).stderr).toContain("neither weights nor scores");
    await box.mv("work", [
      "run",
      "spam",
      "--",
      "sh",
      "-c",
      `[ "\${#1}" = 22 ] && echo ran >> ${box.dir}/count && node train.js`,
      "sh",
      "--api-key=tok-en-12345",
    ]);
    const lacking = await box.mv("work", ["reproduce", "spam@v3"], 1);
    expect(lacking.stderr).toContain(
      "the command of spam@v3 holds what was not recorded: API_KEY\nhint: set each as a variable and name " +
        ("it: " + "'mvgit reproduce spam@v3 --env API_KEY'"),
    );
    box.env["API_KEY"] = "tok-en-12345";
    expect(await reproduced(["spam@v3", "--env", "API_KEY"])).toMatchObject({ verdict: "identical" });
    expect([box.read("count").toString(), leftBehind()]).toEqual(["ran\nran\n", []]);
  });
});

describe("the scratch work tree", () => {
  it("is kept where asked, outside of the work tree and in an empty folder", async () => {
    await makeVersion();
    expect((await box.mv("work", ["reproduce", "spam@v1", "--keep", "../kept"])).stdout).toContain(
      `kept in '${box.dir}/kept'`,
    );
    expect(box.read("kept/weights/layer.bin").equals(box.read("work/weights/layer.bin"))).toBe(true);
    expect((await box.mv("work", ["reproduce", "spam@v1", "--keep", "../kept"], 2)).stderr).toContain("is not empty");
    expect((await box.mv("work", ["reproduce", "spam@v1", "--keep", "inside"], 2)).stderr).toContain(
      "inside the work tree",
    );
    await box.git("work", ["worktree", "remove", "--force", "../kept"]);
    expect(leftBehind()).toEqual([]);
  });

  it("is gone after a Ctrl-C, which reaches the command, whose read-only folders are no obstacle", async () => {
    await makeVersion(
      {},
      {
        "train.js":
          `${TRAIN}if (process.env.WAIT) { fs.mkdirSync("locked/in", { recursive: true }); ` +
          `fs.chmodSync("locked", 0o555); process.on("SIGINT", () => { console.log("caught"); process.exit(3); ` +
          `}); setInterval(() => {}, 1000); console.log("ready"); }\n`,
      },
    );
    const child = spawn(process.execPath, [join(BIN, "mvgit"), "reproduce", "spam@v1"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env, WAIT: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let [out, words] = ["", ""];
    child.stdout.on("data", (part: Buffer) => (out += part.toString()).endsWith("ready\n") && child.kill("SIGINT"));
    child.stderr.on("data", (part: Buffer) => (words += part.toString()));
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    expect(out).toContain("caught");
    expect(words).toContain("stopped by SIGINT: nothing was compared");
    expect(leftBehind()).toEqual([]);
  });

  it("of one that was killed is removed by the next, and that of one that runs is not", async () => {
    await makeVersion({}, { "train.js": `${TRAIN}if (process.env.DIE) process.kill(process.ppid, "SIGKILL");\n` });
    const child = spawn(process.execPath, [join(BIN, "mvgit"), "reproduce", "spam@v1"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env, DIE: "1" },
      stdio: "ignore",
    });
    await new Promise((resolve) => child.on("close", resolve));
    expect(leftBehind().length).toBeGreaterThan(2);
    box.write("work/.git/mvgit/scratch/unreadable", "{");
    const ran = await box.mv("work", ["gc"]);
    expect(ran.status).toBe(0);
    expect((await reproduced(["spam@v1"])).verdict).toBe("identical");
    expect(leftBehind().filter((name) => name !== "unreadable" && !/^\d+-/.test(name))).toEqual([]);
  });
});
