/** What a run promises beyond its plain course: terminals, bytes, secrets, neighbours, environments. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv, mvgit, runProgram } from "../support/cli.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests, DRAWN, drawn } from "../support/thorough.ts";
import { makeProject, packageOf, RUN } from "../support/trainer.ts";

drawTests(2);

let box: Sandbox;
afterEach(() => box.cleanup());

function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
/** The real one: a wrapper of a version manager may not work in an environment that knows nothing of this machine. */
const PYTHON = has("python3")
  ? execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim()
  : null;
const withPython = it.skipIf(PYTHON === null);

describe("the program's own terminal and bytes", () => {
  withPython(
    "Ctrl-C on a terminal reaches it once, and it ends in its own " +
      `time${PYTHON === null ? " (skipped: no python3 here)" : ""}`,
    async () => {
      box = await makeSandbox({ inProcess: true });
      makeProject(box);
      box.write(
        "work/slow.py",
        "import signal, sys, time\ncaught = []\nsignal.signal(signal.SIGINT, lambda *_: caught.append(1))\n" +
          'print("ready", sys.stdout.isatty(), flush=True)\nwhile not caught: time.sleep(0.01)\n' +
          'time.sleep(0.3)\nprint("caught", len(caught), flush=True)\nsys.exit(5)\n',
      );
      box.write(
        "terminal.py",
        "import os, pty, sys\npid, fd = pty.fork()\nif pid == 0: os.execvp(sys.argv[1], sys.argv[1:])\nout = " +
          'b""\nwhile True:\n  try: part = os.read(fd, 4096)\n  except OSError: break\n  if not part: break\n ' +
          ' if b"ready" in out + part and b"ready" not in out: os.write(fd, b"\\x03")\n  out += part\n_, ' +
          "status = os.waitpid(pid, 0)\nsys.stdout.buffer.write(out)\n" +
          "sys.exit(os.waitstatus_to_exitcode(status))\n",
      );
      const ran = await runProgram(
        PYTHON as string,
        [join(box.dir, "terminal.py"), process.execPath, join(BIN, "mvgit"), ...RUN, "--", PYTHON as string, "slow.py"],
        { cwd: join(box.dir, "work"), env: { ...box.env, TERM: "xterm" } },
      );
      expect(ran.stderr).toBe("");
      expect(ran.stdout.replaceAll("\r", "")).toMatch(/ready True\n(\^C)?caught 1\n/);
      expect(ran.stdout).toContain("the command ended with status 5");
      expect(ran.status).toBe(5);
      expect((await box.git("work", ["tag", "--list"])).stdout).toBe("");
    },
  );

  it("stdin and a long stdout pass byte for byte", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    const bytes = someBytes(3_000_000);
    const child = spawn(process.execPath, [join(BIN, "mvgit"), ...RUN, "--", "sh", "-c", "cat; echo w > weights.bin"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const [digest, parts] = [createHash("sha256"), [] as Buffer[]];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.stdin.end(bytes);
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    const out = Buffer.concat(parts);
    expect(out.subarray(bytes.length).toString()).toBe("spam@v1\n");
    expect(digest.update(out.subarray(0, bytes.length)).digest("hex")).toBe(
      createHash("sha256").update(bytes).digest("hex"),
    );
  });
});

it("what a run says at its end fits the terminal: one line, else one for scores and one for changes", async () => {
  box = await makeSandbox({ inProcess: true });
  makeProject(box);
  const script =
    "cat data/* > weights.bin; echo " +
    `'{"accuracy": 0.91234, "f1_macro": 0.88, "loss": 0.1234567, "precision_at_recall_95": 0.7}' > metrics.json`;
  box.env["COLUMNS"] = "60";
  expect((await box.mv("work", [...RUN, "--", "sh", "-c", script])).stdout).toBe(
    "spam@v1  accuracy 0.9123, f1_macro 0.88 and 2 more\n",
  );
  box.write("work/data/a.txt", "4\n");
  box.write("work/params.yaml", "lr: 0.2\nmomentum: 0.9\n");
  expect((await box.mv("work", ["run", "spam"])).stdout).toBe(
    "spam@v2  accuracy 0.9123 (same) and 3 more\n  data changed: data; params changed: lr and 2 more\n",
  );
  box.env["COLUMNS"] = "200";
  expect((await box.mv("work", ["run", "spam"])).stdout).toBe(
    "spam@v3  accuracy 0.9123 (same), f1_macro 0.88 (same), loss 0.1235 (same), precision_at_recall_95 0.7 (same)\n",
  );
});

describe("neighbours", () => {
  it("two runs at once in one clone, one isolated: each has a number of its own, and nothing is lost", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    const here = join(box.dir, "here");
    box.write(
      "work/train.sh",
      `while [ $(ls '${here}' | wc -l) -lt 2 ]; do : > "${here}/$1"; sleep 0.05; done\ncat data/* > "$1.bin"\n`,
    );
    fs.mkdirSync(here);
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", "begun"]);
    const place = { cwd: join(box.dir, "work"), env: box.env };
    const ran = await Promise.all(
      [["a"], ["b", "--isolated"]].map(([name = "", ...more]) =>
        mvgit(
          ["run", "spam", ...more, "--data", "data", "--weights", `${name}.bin`, "--", "sh", "train.sh", name],
          place,
        ),
      ),
    );
    for (const each of ran) expect(each.status, each.stderr).toBe(0);
    expect(ran.map((each) => each.stdout.slice(0, 7)).toSorted()).toEqual(["spam@v1", "spam@v2"]);
    expect((await packageOf(box, "spam@v1")).weights[0]?.path).not.toBe(
      (await packageOf(box, "spam@v2")).weights[0]?.path,
    );
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    expect((await box.git("work", ["fsck", "--strict"])).status).toBe(0);
  });

  it("a gc while the command runs keeps what the version needs, also inputs that no commit knows yet", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    await box.git("work", ["config", "mvgit.gcGrace", "0"]);
    box.write("work/gc.sh", `rm -rf data\n"${process.execPath}" "${BIN}/mvgit" gc >&2\necho w > weights.bin\n`);
    const ran = await box.mv("work", [...RUN, "--", "sh", "gc.sh"]);
    expect(ran.stderr).toContain("'data' changed while the command ran");
    expect((await box.mv("work", ["checkout", "data"])).status).toBe(0);
    expect(box.read("work/data/a.txt").toString()).toBe("1\n2\n3\n");
    expect((await box.mv("work", ["fsck", "--all"])).status).toBe(0);
  });
});

it("a draft that outlived its tag is not recorded a second time", async () => {
  box = await makeSandbox({ inProcess: true });
  makeProject(box);
  fs.writeFileSync(join(box.dir, "work/.git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  await box.mv("work", [...RUN, "--", "sh", "train.sh"], 1);
  const draft = box.read("work/.git/mvgit/pending/spam.json");
  fs.rmSync(join(box.dir, "work/.git/hooks/pre-commit"));
  await box.mv("work", ["save", "spam"]);
  box.write("work/.git/mvgit/pending/spam.json", draft);
  expect((await box.mv("work", ["save", "spam"])).stderr).not.toContain("going on with");
  expect([(await packageOf(box, "spam@v1")).run?.command, (await packageOf(box, "spam@v2")).run]).toEqual([
    ["sh", "train.sh"],
    null,
  ]);
  expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/pending"))).toEqual([]);
});

describe("secrets", () => {
  /** Made up, in the forms that providers use; in parts, so that no scanner takes this file for a leak. */
  const TOKENS = {
    github: `ghp_${"aB3dE5gH7jK9mN1pQ3sT5vW7"}yZ9bC2dF4gJ6`,
    gitlab: `glpat-${"xY7zA9bC1dE3fG5hJ7kL"}`,
    openai: `sk-proj-${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ"}`,
    aws: `AKIA${"IOSFODNN7EXAMPLQ"}`,
    slack: `xoxb-${"123456789012-abcdefABCDEF"}`,
    google: `AIza${"SyD4x7Kq2Wm9Zr5Tn8Vb3Lc6Hj1Fg0Pe4Ua"}`,
    huggingface: `hf_${"QwErTyUiOpAsDfGhJkLzXcVb"}`,
    jwt: `eyJhbGciOiJIUzI1NiJ9.${"eyJzdWIiOiIxMjM0NTY3ODkwIn0"}.dozjgNryP4J3jVmNHl0w5N`,
    wandb: "Zk3Rt7Qp1Xv9Lm5Nc2Hb8Wd4Fj6Gs0Ty3Ua",
  };
  /** Where people put them: words of the command, and files of settings. `NAME` is the token. */
  const PLACES: [
    string,
    (token: string, name: string) => { words?: string[]; env?: Record<string, string>; params?: string; log?: string },
  ][] = [
    ["an option and its value", (token) => ({ words: ["--api-key", token] })],
    ["an option with =", (token) => ({ words: [`--token=${token}`] })],
    ["an assignment in a script", (token) => ({ words: [`export API_TOKEN='${token}'; true`] })],
    ["a word of its own", (token) => ({ words: [token] })],
    ["the user of an address", (token) => ({ words: [`https://me:${token}@example.com/x`] })],
    ["the query of an address", (token) => ({ words: [`https://example.com/x?a=1&access_token=${token}`] })],
    ["a header", (token) => ({ words: ["-H", `Authorization: Bearer ${token}`] })],
    ["JSON", (token) => ({ words: [`{"password": "${token}"}`] })],
    [
      "a variable, repeated in a word",
      (token, name) => ({ env: { [`${name.toUpperCase()}_TOKEN`]: token }, words: [`x${token}y`] }),
    ],
    [
      "a variable of the list that is recorded",
      (token, name) => ({ env: { XLA_FLAGS: `--api-key=${token}`, [`${name.toUpperCase()}_SEED`]: token } }),
    ],
    ["what is logged", (token) => ({ log: JSON.stringify({ params: { hub: { token } } }) })],
    [
      "what is logged, in a name of no meaning",
      (token) => ({ log: JSON.stringify({ params: { note: `see ${token} there` } }) }),
    ],
  ];

  it("of every form in every place are in no object of Git, loose or packed, nor anywhere else in '.git'", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    let words = ["--"];
    const logs: string[] = [];
    for (const [name, token] of Object.entries(TOKENS)) {
      for (const [, place] of PLACES) {
        const made = place(token, name);
        words = [...words, ...(made.words ?? [])];
        Object.assign(box.env, made.env ?? {});
        if (made.log !== undefined) logs.push(made.log);
      }
    }
    // The log of a run lies outside of the work tree: what the command itself writes into its files is its own affair.
    box.write("log", logs.join("\n"));
    await box.mv("work", [
      ...RUN,
      "-m",
      `with ${TOKENS.github}`,
      "--",
      "sh",
      "-c",
      'cat ../log >> "$MVGIT_LOG"; echo "$@" >&2; echo w > weights.bin',
      "sh",
      ...words,
    ]);
    await box.git("work", ["gc", "-q"]);
    await box.mv("work", ["run", "spam", "-m", "again", "--", "true", ...words], 0);
    const objects = await box.git("work", ["cat-file", "--batch-all-objects", "--batch", "--unordered"]);
    const files = fs
      .readdirSync(join(box.dir, "work/.git"), { recursive: true, encoding: "utf8" })
      .map((name) => join(box.dir, "work/.git", name))
      .filter((file) => fs.statSync(file).isFile())
      .map((file) => fs.readFileSync(file, "latin1"));
    const all = [objects.stdout, ...files].join("\n");
    expect(all).toContain("spam@v2");
    expect(
      Object.entries(TOKENS)
        .filter(([, token]) => all.includes(token))
        .map(([name]) => name),
    ).toEqual([]);
    const { run, params } = await packageOf(box, "spam@v1");
    expect(JSON.stringify(params["hub.token"])).toMatch(/\$\{[A-Z_0-9]+\}/);
    expect(run?.command.length).toBe(words.length + 4);
  });

  it.each(drawn(4, PLACES))(
    `in %s: each form, where nothing else tells that it is a secret (${DRAWN})`,
    async (_, place) => {
      box = await makeSandbox({ inProcess: true });
      makeProject(box);
      const made = Object.entries(TOKENS).map(([name, token]) => place(token, name));
      box.write("log", made.map((each) => each.log ?? "").join("\n"));
      const env = Object.assign({}, box.env, ...made.map((each) => each.env ?? {})) as Record<string, string>;
      const result = await mvgit(
        [
          ...RUN,
          "--",
          "sh",
          "-c",
          'cat ../log >> "$MVGIT_LOG"; echo w > weights.bin',
          "sh",
          ...made.flatMap((each) => each.words ?? []),
        ],
        { cwd: join(box.dir, "work"), env },
      );
      expect(result.status, result.stderr).toBe(0);
      const all = (await box.git("work", ["log", "-p", "-1", "--format=%B"])).stdout;
      expect(
        Object.entries(TOKENS)
          .filter(([, token]) => all.includes(token))
          .map(([name]) => name),
      ).toEqual([]);
    },
  );
});

describe("the environment", () => {
  withPython(
    "of a real python: its version and packages as it tells them " +
      `itself${PYTHON === null ? " (skipped: no python3 here)" : ""}`,
    async () => {
      box = await makeSandbox({ inProcess: true });
      box.write("work/train.py", "import sys\nopen('weights.bin', 'w').write('w')\n");
      await box.mv("work", ["run", "spam", "--weights", "weights.bin", "--", PYTHON as string, "train.py"]);
      const { environment } = await packageOf(box, "spam@v1");
      const python = environment["python"] as { version: string; packages: string[] };
      expect(python.version).toBe(
        execFileSync(PYTHON as string, ["-c", "import platform; print(platform.python_version())"], {
          encoding: "utf8",
        }).trim(),
      );
      const told = execFileSync(
        PYTHON as string,
        [
          "-c",
          "from importlib.metadata import distributions as d\nprint('\\n'.join(sorted({x.metadata['Name'] + " +
            "'==' + x.version for x in d() if x.metadata['Name']})))",
        ],
        { encoding: "utf8", cwd: box.dir },
      ).trim();
      expect(python.packages).toEqual(told === "" ? [] : told.split("\n"));
    },
  );

  it("of lock files: by hash, with the packages that they name", async () => {
    box = await makeSandbox({ inProcess: true });
    box.write(
      "work/uv.lock",
      'version = 1\n\n[[package]]\nname = "numpy"\nversion = "2.1.0"\nsource = { registry = ' +
        '"https://pypi.org/simple" }\n\n[[package]]\nname = "torch"\nversion = "2.5.1"\n',
    );
    box.write(
      "work/requirements.txt",
      "scipy==1.14.1 ; python_version >= '3.9'\nrequests[socks]==2.32.3\\\n    --hash=sha256:abc\n# " +
        "pandas==1.0\nflask>=2\n",
    );
    box.write("work/conda-lock.yml", "version: 1\n");
    box.write(
      "work/package-lock.json",
      JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": { version: "1.0.0" },
          "node_modules/a": { version: "1.2.3" },
          "node_modules/a/node_modules/@s/b": { version: "4.5.6" },
        },
      }),
    );
    box.write("conda/conda-meta/numpy-1.26.4-py312h2809609_0.json", "{}");
    box.write("conda/conda-meta/history", "");
    box.env["CONDA_PREFIX"] = join(box.dir, "conda");
    await box.mv("work", ["run", "spam", "--weights", "weights.bin", "--", "sh", "-c", "echo w > weights.bin"]);
    const { environment } = await packageOf(box, "spam@v1");
    const locks = environment["locks"] as { path: string; blake3: string; packages?: string[] }[];
    expect(Object.fromEntries(locks.map(({ path, packages }) => [path, packages ?? null]))).toEqual({
      "conda-lock.yml": null,
      "package-lock.json": ["@s/b==4.5.6", "a==1.2.3"],
      "requirements.txt": ["requests==2.32.3", "scipy==1.14.1"],
      "uv.lock": ["numpy==2.1.0", "torch==2.5.1"],
    });
    for (const { blake3 } of locks) expect(blake3).toMatch(/^[0-9a-f]{64}$/);
    expect(environment["conda"]).toMatchObject({ packages: ["numpy==1.26.4=py312h2809609_0"] });
  });
});

describe("settings and scores", () => {
  it.each([
    ["params.toml", "lr = 0.1\n[net]\nlayers = [1, 2]\n", { lr: 0.1, "net.layers": "[1,2]" }],
    ["params.yml", "lr: 1e-3\nname: on\n", { lr: 0.001, name: "on" }],
    ["params.json", '{"a": {"b": NaN}, "__proto__": 1}', { "a.b": "nan" }],
  ])("%s by its usual name", async (path, text, expected) => {
    box = await makeSandbox({ inProcess: true });
    box.write(`work/${path}`, text);
    await box.mv("work", ["run", "spam", "--weights", "w", "--", "sh", "-c", "echo w > w"]);
    expect((await packageOf(box, "spam@v1")).params).toMatchObject(expected);
  });

  it.each([
    ["metrics.json", '{"loss": Infinity, "f1": {"macro": 0.5}, "name": "x"}', { loss: "inf", "f1.macro": 0.5 }],
    ["metrics.yaml", "loss: -.inf\nauc: .nan\n", { loss: "-inf", auc: "nan" }],
    ["metrics.csv", 'epoch,"a, b",acc\n1,2,0.5\n2,3,\n', { epoch: 2, "a, b": 3 }],
  ])("%s by its usual name, written by the command", async (path, text, expected) => {
    box = await makeSandbox({ inProcess: true });
    box.write(`work/${path}.new`, text);
    await box.mv("work", ["run", "spam", "--weights", "w", "--", "sh", "-c", `echo w > w; mv ${path}.new ${path}`]);
    expect((await packageOf(box, "spam@v1")).metrics).toEqual(expected);
  });

  it("again without arguments in a fresh clone, where nothing was pulled yet", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
    await box.mv("work", ["push"]);
    await box.git("work", ["push", "-q", "origin", "main", "spam@v1"]);
    await box.git(".", ["clone", "-q", `file://${box.dir}/host.git`, "clone"]);
    await box.mv("clone", ["init", "--remote", "../store"]);
    const ran = await box.mv("clone", ["run", "spam"], -1);
    if (ran.status !== 0) expect(ran.stderr).toContain("mvgit pull");
    await box.mv("clone", ["pull"]);
    expect((await box.mv("clone", ["run", "spam"])).stdout).toContain("spam@v2  loss nan, accuracy 0.3 (same)");
  });
});
