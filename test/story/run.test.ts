/** `mvgit run` and `save`: one commit, one tag, everything in it; nothing where the command failed. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv, transcript } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { makeProject, packageOf, RUN, startTree } from "../support/trainer.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(2);

afterEach(() => box.cleanup());

const tags = async (): Promise<string> => (await box.git("work", ["tag", "--list"])).stdout;
const commits = async (): Promise<number> => Number((await box.git("work", ["rev-list", "--count", "--all"])).stdout);

describe("a run", () => {
  it("makes one commit and one tag with all that the version is made of", async () => {
    box = await makeSandbox({ hooks: true });
    makeProject(box);
    box.write("work/notes.txt", "new, not ignored");
    const ran = await box.mv("work", [...RUN, "-m", "first", "--", "sh", "train.sh"]);
    expect(ran.stdout).toBe("trained on 3 rows\nspam@v1  loss nan, accuracy 0.3\n");
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    const files = (await box.git("work", ["ls-tree", "-r", "--name-only", "spam@v1"])).stdout;
    for (const path of [
      "train.sh",
      "notes.txt",
      "params.yaml",
      "metrics.json",
      "data.mvgit",
      "weights.bin.mvgit",
      ".mvgit/models/spam.curves.jsonl",
    ])
      expect(files).toContain(`${path}\n`);
    const pack = await packageOf(box, "spam@v1");
    expect(pack).toMatchObject({
      version: 1,
      from: null,
      message: "first",
      author: "A Tester <tester@example.com>",
      run: { command: ["sh", "train.sh"], folder: "", secrets: [], changedInputs: [] },
      params: { lr: 0.1, "model.layers": "[1,2]", "optimizer.name": "adam" },
      metrics: { loss: "nan", accuracy: 0.3 },
      sources: { params: ["params.yaml"], metrics: ["metrics.json"] },
      notes: [],
    });
    expect(pack.data.map((each) => each.path)).toEqual(["data"]);
    expect(pack.environment).toHaveProperty("system.os");
    expect((await box.git("work", ["cat-file", "-t", "spam@v1"])).stdout).toBe("tag\n");
    expect(box.read("work/.mvgit/models/spam.curves.jsonl").toString()).toBe(
      '{"step":1,"loss":0.5}\n{"step":2,"loss":"nan"}\n',
    );
  });

  it("without arguments does as last time, from another folder too, and says what changed", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
    box.write("work/data/b.txt", "4\n");
    box.write("work/params.yaml", "lr: 0.2\n");
    const ran = await box.mv("work/data", ["run", "spam"]);
    expect(ran.stdout).toContain(
      "spam@v2  loss nan, accuracy 0.4 (+0.1)  data changed: data; params changed: lr, model.layers\n",
    );
    const { from, data, weights } = await packageOf(box, "spam@v2");
    expect([from, data.length, weights.length]).toEqual([1, 1, 1]);
    expect(await tags()).toBe("spam@v1\nspam@v2\n");
  });

  it("rebuilds the tree that it began with in a fresh clone, also what was never committed", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    await box.git("work", ["add", "train.sh"]);
    await box.git("work", ["commit", "-qm", "code"]);
    box.write("work/state.txt", "before, not committed");
    box.write("work/train.sh", `${box.read("work/train.sh")}echo after > state.txt\n`);
    const ran = await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
    expect(ran.stderr).toContain("changed while the command ran: 'state.txt'");
    await box.git("work", ["push", "-q", "origin", "main", "spam@v1"]);
    await box.git(".", ["clone", "-q", `file://${box.dir}/host.git`, "clone"]);
    const { code } = await packageOf(box, "spam@v1", "clone");
    expect(code.changed).toBe(true);
    expect(await startTree(box, "clone", "spam@v1")).toBe(code.tree);
    expect((await box.git("clone", ["show", `${code.tree}:state.txt`])).stdout).toBe("before, not committed");
    expect((await box.git("clone", ["show", "spam@v1:state.txt"])).stdout).toBe("after\n");
  });

  it("notices inputs that change meanwhile, scores and weights nobody wrote, and files too large for Git", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    box.write("work/metrics.json", '{"accuracy": 0.99}');
    box.write("work/weights.bin", "old");
    box.write("work/.env", "TOKEN=x");
    await box.git("work", ["config", "mvgit.maxFileSize", "1k"]);
    const ran = await box.mv("work", [
      ...RUN,
      "--",
      "sh",
      "-c",
      "echo 9 >> data/a.txt; head -c 3000 /dev/zero > big.ckpt",
    ]);
    const { notes, run, metrics } = await packageOf(box, "spam@v1");
    for (const part of [
      "'data' changed while the command ran",
      "no metrics were taken from 'metrics.json'",
      "did not write the weights 'weights.bin'",
      "'mvgit add big.ckpt'",
      "'.env' is not part",
    ]) {
      expect(ran.stderr).toContain(part);
      expect(notes.join("\n")).toContain(part);
    }
    expect(run?.changedInputs).toEqual(["data"]);
    expect(metrics).toEqual({});
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("?? .env\n?? big.ckpt\n");
  });

  it("tolerates any line in MVGIT_LOG, and half of the last", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    const script =
      `printf '%s\\n' '[1]' 'x' '{"loss": "inf", "a": {"b": 2}}' '{"params": 3}' >> $MVGIT_LOG; printf ` +
      `'{"loss": 3' >> $MVGIT_LOG; echo w > weights.bin`;
    await box.mv("work", [...RUN, "--", "sh", "-c", script]);
    const { metrics, notes } = await packageOf(box, "spam@v1");
    expect(metrics).toEqual({ loss: "inf", "a.b": 2 });
    expect(notes).toEqual([
      "2 lines of MVGIT_LOG could not be read, first line 1",
      "not all of 'MVGIT_LOG' was taken as scores and settings: 'params' has no names for its values",
    ]);
  });

  it("with --json prints one document, and the command's output goes to stderr", async () => {
    box = await makeSandbox();
    makeProject(box);
    const ran = await box.mv("work", ["--json", ...RUN, "--", "sh", "train.sh"]);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      mvgit: 1,
      command: "run",
      label: "spam@v1",
      status: 0,
      failure: null,
    });
    expect(ran.stderr).toContain("trained on 3 rows");
  });
});

describe("no version", () => {
  it("of a command that fails: its status, no commit, the index as before, the log kept", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    await box.git("work", ["add", "params.yaml"]);
    const index = (await box.git("work", ["ls-files", "-s"])).stdout;
    const ran = await box.mv(
      "work",
      [...RUN, "--", "sh", "-c", "echo '{\"loss\": 1}' >> $MVGIT_LOG; echo half > out.txt; exit 7"],
      7,
    );
    expect(ran.stderr).toContain("error: the command ended with status 7: no version of 'spam' was made");
    expect(ran.stderr).toContain("exit status 7 is the command's");
    expect((await box.git("work", ["ls-files", "-s"])).stdout).toBe(index);
    expect([await tags(), await commits(), box.read("work/out.txt").toString()]).toEqual(["", 0, "half\n"]);
    const log = /kept in '(.*?)'/.exec(ran.stderr)?.[1] as string;
    expect(fs.readFileSync(log, "utf8")).toBe('{"loss": 1}\n');
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit")).filter((name) => name.startsWith("index-"))).toEqual([]);
    await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
  });

  it.each([
    ["absent", "true", "not there"],
    ["empty", ": > weights.bin", "empty"],
    ["an empty folder", "mkdir weights.bin", "empty"],
  ])("with weights that are %s", async (_, script, what) => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    expect((await box.mv("work", [...RUN, "--", "sh", "-c", script], 1)).stderr).toContain(
      `its weights 'weights.bin' are ${what}`,
    );
    expect([await tags(), await commits()]).toEqual(["", 0]);
  });

  it("and no training, where it could not be made at the end", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    const mark = ["--", "sh", "-c", "touch ran"];
    expect((await box.mv("work", ["run", "-x", ...mark], 2)).stderr).toContain("unknown option");
    expect((await box.mv("work", ["run", "../x", ...mark], 2)).stderr).toContain("cannot be the name of a model");
    expect((await box.mv("work", ["run", "spam"], 2)).stderr).toContain("no command of 'spam' is known");
    expect((await box.mv("work", ["run", "spam", "--", "no-such-program"], 1)).stderr).toContain(
      "there is no such program",
    );
    expect((await box.mv("work", ["run", "spam", "--data", "nowhere", ...mark], 1)).stderr).toContain(
      "there is no 'nowhere' to add",
    );
    fs.writeFileSync(join(box.dir, "work/.git/MERGE_HEAD"), "");
    expect((await box.mv("work", [...RUN, ...mark], 1)).stderr).toContain("a merge is unfinished");
    fs.rmSync(join(box.dir, "work/.git/MERGE_HEAD"));
    expect((await box.mv("host.git", [...RUN, ...mark], 20)).stderr).toContain("bare repository");
    box.env["GIT_COMMITTER_NAME"] = "";
    await box.mv("work", [...RUN, ...mark], 20);
    delete box.env["GIT_COMMITTER_NAME"];
    expect(box.exists("work/ran")).toBe(false);
  });

  it("when it is interrupted: the command ends in its own time, and a second signal reaches it too", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    box.write(
      "work/slow.sh",
      "n=0; trap 'n=$((n+1)); echo caught $n; [ $n = 2 ] && exit 9' TERM INT\necho ready\nwhile :; do sleep " +
        "0.05; done\n",
    );
    const child = spawn(process.execPath, [join(BIN, "mvgit"), ...RUN, "--", "sh", "slow.sh"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let out = "";
    child.stdout.on("data", (part: Buffer) => {
      out += part.toString();
      if (out.endsWith("ready\n")) child.kill("SIGINT");
      if (out.endsWith("caught 1\n")) child.kill("SIGTERM");
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect([status, out]).toEqual([9, "ready\ncaught 1\ncaught 2\n"]);
    expect([await tags(), await commits()]).toEqual(["", 0]);
  });

  it("of a command that a signal ends: 128 and its number", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    expect((await box.mv("work", [...RUN, "--", "sh", "-c", "kill -9 $$"], 137)).stderr).toContain(
      "was ended by SIGKILL",
    );
  });

  it("of a killed mvgit, and the next run works", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    box.write("work/stuck.sh", "kill -9 $PPID; echo gone > killed.txt\n");
    const child = spawn(process.execPath, [join(BIN, "mvgit"), ...RUN, "--", "sh", "stuck.sh"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: "ignore",
    });
    expect(await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)))).toBe("SIGKILL");
    expect(await tags()).toBe("");
    await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  });
});

describe("what Git refuses", () => {
  it("is kept, and 'save' goes on with it", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    fs.writeFileSync(join(box.dir, "work/.git/hooks/pre-commit"), "#!/bin/sh\necho 'no style' >&2\nexit 1\n", {
      mode: 0o755,
    });
    const refused = await box.mv("work", [...RUN, "--", "sh", "train.sh"], 1);
    expect(refused.stderr).toContain("Git refused the commit: no style");
    expect(refused.stderr).toContain("'mvgit save spam'");
    fs.rmSync(join(box.dir, "work/.git/hooks/pre-commit"));
    expect((await box.mv("work", ["save", "spam"])).stdout).toContain("spam@v1  loss nan, accuracy 0.3");
    expect((await packageOf(box, "spam@v1")).run?.command).toEqual(["sh", "train.sh"]);
  });

  it("of a tag: the commit stands, and 'save' makes the tag alone", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    await box.git("work", ["config", "tag.gpgSign", "true"]);
    await box.git("work", ["config", "gpg.program", "false"]);
    expect((await box.mv("work", [...RUN, "--", "sh", "train.sh"], 20)).stderr).toContain(
      "the commit of spam@v1 was made, but its tag was not",
    );
    await box.git("work", ["config", "tag.gpgSign", "false"]);
    const before = await commits();
    expect((await box.mv("work", ["save", "spam"])).stdout).toContain("spam@v1");
    expect([await commits(), await tags()]).toEqual([before, "spam@v1\n"]);
  });

  it("a hook that rewrites files: the package lists them", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    fs.writeFileSync(
      join(box.dir, "work/.git/hooks/pre-commit"),
      "#!/bin/sh\necho '# formatted' >> train.sh\ngit add train.sh\n",
      { mode: 0o755 },
    );
    await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
    const { code } = await packageOf(box, "spam@v1");
    expect(code.outputs.map((each) => each.path)).toContain("train.sh");
    expect(await startTree(box, "work", "spam@v1")).toBe(code.tree);
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  });
});

describe("save", () => {
  it("makes a version from what is there, and needs to know the weights", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    box.write("work/weights.bin", "trained elsewhere");
    box.write("work/metrics.csv", "epoch,acc\n1,0.5\n2,0.75\n");
    expect((await box.mv("work", ["save", "spam"], 2)).stderr).toContain("no weights of 'spam' are known");
    expect((await box.mv("work", ["save", "spam", "--data", "data", "--weights", "weights.bin"])).stdout).toBe(
      "spam@v1  epoch 2, acc 0.75\n",
    );
    expect((await packageOf(box, "spam@v1")).run).toBe(null);
    await box.git("work", ["checkout", "-q", "--detach"]);
    box.write("work/weights.bin", "better");
    await box.mv("work", ["save", "spam"]);
    expect((await packageOf(box, "HEAD")).version).toBe(2);
  });

  it("reads as a story", async () => {
    box = await makeSandbox();
    makeProject(box);
    const place = { cwd: join(box.dir, "work"), env: box.env };
    const told = await transcript(
      place,
      "mvgit run spam --data data --weights weights.bin -m Monday -- sh train.sh",
      "echo 4 >> data/a.txt && sed -i s/0.1/0.5/ params.yaml && mvgit run spam -m Friday",
      "git log --format=%B -1",
      "git tag -l --format='%(contents:subject)'",
    );
    expect(told).toMatchInlineSnapshot(`
      "$ mvgit run spam --data data --weights weights.bin -m Monday -- sh train.sh
      trained on 3 rows
      spam@v1  loss nan, accuracy 0.3
      $ echo 4 >> data/a.txt && sed -i s/0.1/0.5/ params.yaml && mvgit run spam -m Friday
      trained on 4 rows
      spam@v2  loss nan, accuracy 0.4 (+0.1)  data changed: data; params changed: lr
      ! running as the last run did: sh train.sh
      $ git log --format=%B -1
      spam@v2: Friday

      loss nan, accuracy 0.4 (+0.1)

      data changed: data; params changed: lr

      $ git tag -l --format='%(contents:subject)'
      spam v1
      spam v2"
    `);
  });
});

describe("secrets", () => {
  it("of the command line and the environment occur nowhere, and are given again by name", async () => {
    box = await makeSandbox({ inProcess: true });
    makeProject(box);
    const values = {
      SERVICE_TOKEN: "correct-horse-battery",
      DB_PASSWORD: "hunter2x",
      ANY_SEED: "not-a-number-but-secret",
    };
    Object.assign(box.env, values);
    const script =
      'echo "{\\"params\\": {\\"password\\": \\"deep-one\\", \\"x\\": \\"$SERVICE_TOKEN\\"}}" >> $MVGIT_LOG; ' +
      "sh train.sh; exit $(($# - 3))";
    const words = ["--url=https://me:url-secret@host/?sig=signed-one", "--api-key", "option-secret"];
    await box.mv("work", [
      ...RUN,
      "-m",
      `with ${values.SERVICE_TOKEN}`,
      "--",
      "sh",
      "-c",
      `DB=${values.DB_PASSWORD}; ${script}`,
      "sh",
      ...words,
    ]);
    const all =
      (await box.git("work", ["log", "-p", "--all", "--format=raw"])).stdout +
      (await box.git("work", ["cat-file", "-p", "spam@v1"])).stdout +
      (await box.git("work", ["show", "spam@v1:.mvgit/models/spam.yaml"])).stdout;
    for (const value of [...Object.values(values), "deep-one", "url-secret", "signed-one", "option-secret"])
      expect(all).not.toContain(value);
    expect((await packageOf(box, "spam@v1")).run?.secrets.toSorted()).toEqual([
      "API_KEY",
      "DB_PASSWORD",
      "PASSWORD",
      "SIG",
      "URL_PASSWORD",
    ]);
    expect((await box.mv("work", ["run", "spam"], 1)).stderr).toContain("--env API_KEY");
    Object.assign(box.env, {
      PASSWORD: "deep-one",
      API_KEY: "option-secret",
      SIG: "signed-one",
      URL_PASSWORD: "url-secret",
    });
    await box.mv("work", [
      "run",
      "spam",
      ...["API_KEY", "DB_PASSWORD", "PASSWORD", "SIG", "URL_PASSWORD"].flatMap((name) => ["--env", name]),
    ]);
    const [one, two] = [await packageOf(box, "spam@v1"), await packageOf(box, "spam@v2")];
    expect(two.run?.command).toEqual(one.run?.command);
  });
});

it("renumber gives an unpushed version the next number, and takes the host's under the old one", async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  makeProject(box);
  await box.mv("work", [...RUN, "--", "sh", "train.sh"]);
  await box.git("work", ["push", "-q", "origin", "main", "spam@v1"]);
  await box.git(".", ["clone", "-q", `file://${box.dir}/host.git`, "other"]);
  await box.mv("other", ["init", "--remote", "../store"]);
  await box.mv("other", ["pull"]);
  await box.mv("other", ["run", "spam", "-m", "theirs"]);
  await box.mv("work", ["run", "spam", "-m", "ours"]);
  await box.git("other", ["push", "-q", "origin", "main", "spam@v2"]);
  const tree = (await box.git("work", ["rev-parse", "HEAD^{tree}"])).stdout;
  expect((await box.git("work", ["push", "origin", "spam@v2"], 1)).stderr).toContain("mvgit renumber spam");
  expect((await box.mv("work", ["renumber", "spam"])).stdout).toBe(
    "spam@v2 is now spam@v3; push it with 'git push origin spam@v3'\n",
  );
  expect((await packageOf(box, "spam@v2")).message).toBe("theirs");
  expect(await packageOf(box, "spam@v3")).toMatchObject({ message: "ours", version: 3, from: 1 });
  expect((await box.git("work", ["rev-parse", "HEAD"])).stdout).toBe(
    (await box.git("work", ["rev-parse", "spam@v3^{commit}"])).stdout,
  );
  expect((await box.git("work", ["diff", "--name-only", tree.trim(), "HEAD"])).stdout).toBe(
    ".mvgit/models/spam.yaml\n",
  );
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  await box.git("work", ["push", "-q", "origin", "spam@v3"]);
  expect((await box.mv("work", ["renumber", "spam"])).stdout).toContain("nothing to do");
});
