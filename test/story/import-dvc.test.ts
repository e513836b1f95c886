/** From DVC to mvgit, with what DVC leaves on the disk; the program itself is in real-programs.test.ts. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../support/cli.ts";
import { digestOf, dvcFolder, dvcObject, dvcText, fingerprint } from "../support/foreign.ts";
import { startGcsServer } from "../support/gcs-server.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { startWebServer } from "../support/web-server.ts";
import { drawTests } from "../support/thorough.ts";

const CACHE = "work/.dvc/cache";
let box: Sandbox;
drawTests(2);

beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/.dvc/config", "");
  box.write("work/.dvc/.gitignore", "/config.local\n/tmp\n/cache\n");
});
afterEach(() => box.cleanup());

const commitAll = async (message: string): Promise<void> => {
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", message]);
};

/** A file of 3 MB, a folder of three files, and an output of a pipeline, all only in the cache. */
async function usual(): Promise<Buffer> {
  const weights = someBytes(3_000_000);
  const md5 = dvcObject(box, CACHE, weights);
  box.write("work/models/weights.bin.dvc", dvcText({ md5, size: weights.length, path: "weights.bin" }));
  box.write("work/models/.gitignore", "/weights.bin\n");
  box.write(
    "work/data.dvc",
    dvcText({
      md5: dvcFolder(box, CACHE, { "a.csv": "1,2\n", "sub/é.csv": "3\n", "sub/twin": "1,2\n" }),
      path: "data",
    }),
  );
  const scores = dvcObject(box, CACHE, "scores");
  box.write("work/dvc.yaml", "stages:\n  train:\n    cmd: train\n    outs: [scores.bin, kept.json]\n");
  box.write("work/kept.json", "{}");
  box.write(
    "work/dvc.lock",
    `schema: '2.0'\nstages:\n  train:\n    cmd: train\n    outs:\n    - path: scores.bin\n      hash: md5\n ` +
      (" " + `    md5: ${scores}\n      size: 6\n    - path: kept.json\n      hash: md5\n      md5: `) +
      `${digestOf("md5", "{}")}\n      size: 2\n`,
  );
  await commitAll("with DVC");
  return weights;
}

const imported = async (
  args: readonly string[] = [],
  status = 0,
): Promise<{
  imported: { path: string; what: string; reason?: string; missing: { path: string; expected: string[] }[] }[];
  totals: object;
  notes: string[];
  refs: { ref: string; kept: string }[];
}> => JSON.parse((await box.mv("work", ["import", "dvc", "--json", ...args], status)).stdout);

describe("a repository of DVC", () => {
  it("becomes mvgit's in one commit, and DVC's own files stay untouched", async () => {
    const weights = await usual();
    const before = fingerprint(join(box.dir, "work/.dvc"));
    const dry = await box.mv("work", ["import", "dvc", "--dry-run"]);
    expect(dry.stdout).toMatchInlineSnapshot(`
      "taken    data                3 files, 10 B
      skipped  kept.json                     0 B  Git itself keeps it
      taken    models/weights.bin        2.9 MiB
      taken    scores.bin                    6 B
      found 5 files; would take 5 files (2.9 MiB); missing 0 files
      "
    `);
    expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
    const { stdout } = await box.mv("work", ["import", "dvc", "--commit"]);
    expect(stdout).toContain(
      "found 5 files; taken 5 files (2.9 MiB), of which 1 file (4 B) shared with what was there; missing 0 " +
        "files\ncommitted as ",
    );
    expect(fingerprint(join(box.dir, "work/.dvc"))).toEqual(before);
    expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
    expect((await box.git("work", ["show", "--name-status", "--format="])).stdout.split("\n").filter(Boolean)).toEqual([
      "A\t.gitignore",
      "A\tdata.mvgit",
      "A\tmodels/weights.bin.mvgit",
      "A\tscores.bin.mvgit",
    ]);
    expect(box.read("work/data.mvgit").toString()).toContain(
      `source.md5: ${/md5: (\S+)/.exec(box.read("work/data.dvc").toString())?.[1]}\n`,
    );
    await box.mv("work", ["checkout"]);
    expect(box.read("work/models/weights.bin").equals(weights)).toBe(true);
    expect(box.read("work/data/sub/é.csv").toString()).toBe("3\n");
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("3 tracked paths, all clean");
    await box.mv("work", ["push"]);
    expect((await box.mv("work", ["fsck", "--remote"])).stdout).toContain("found right");
  });

  it("run again, says that nothing is new and reads nothing again", async () => {
    await usual();
    await imported();
    await box.mv("work", ["import", "dvc", "--commit"]);
    fs.rmSync(join(box.dir, CACHE, "files/md5", digestOf("md5", "scores").slice(0, 2)), { recursive: true });
    const again = await imported();
    expect(again.imported.map(({ path, what }) => [path, what])).toEqual([
      ["data", "unchanged"],
      ["kept.json", "skipped"],
      ["models/weights.bin", "unchanged"],
      ["scores.bin", "unchanged"],
    ]);
    expect(again.totals).toMatchObject({ taken: { files: 5 }, shared: { files: 5 }, missing: 0 });
  });

  it("takes what DVC changed since; leaves alone what mvgit tracks with other bytes of its own", async () => {
    await usual();
    await imported(["--commit"]);
    const md5 = dvcObject(box, CACHE, "newer");
    box.write("work/models/weights.bin.dvc", dvcText({ md5, size: 5, path: "weights.bin" }));
    box.write("work/scores.bin", "mine");
    await box.git("work", ["rm", "-q", "scores.bin.mvgit"]);
    await box.mv("work", ["add", "scores.bin"]);
    await commitAll("both moved on");
    const again = await imported([], 1);
    expect(
      again.imported
        .filter((each) => each.what !== "unchanged" && each.what !== "skipped")
        .map(({ path, what }) => [path, what]),
    ).toEqual([
      ["models/weights.bin", "taken"],
      ["scores.bin", "refused"],
    ]);
    expect(box.read("work/models/weights.bin.mvgit").toString()).toContain("size: 5\n");
    expect(box.read("work/scores.bin.mvgit").toString()).toContain("size: 4\n");
  });

  it("refuses to commit what else is staged", async () => {
    await usual();
    box.write("work/other", "x");
    await box.git("work", ["add", "other"]);
    const { stderr } = await box.mv("work", ["import", "dvc", "--commit"], 1);
    expect(stderr).toContain("'other' is staged already");
    expect(box.exists("work/data.mvgit")).toBe(false);
  });

  it("says that there is nothing where there is nothing", async () => {
    await commitAll("empty");
    expect((await box.mv("work", ["import", "dvc"])).stdout).toBe("nothing to import: HEAD has nothing of that kind\n");
  });
});

describe("bytes that are missing or wrong", () => {
  it("are named with where they should have been; the rest is taken, and nothing is committed", async () => {
    await usual();
    const object = `${CACHE}/files/md5/${digestOf("md5", "3\n").slice(0, 2)}/${digestOf("md5", "3\n").slice(2)}`;
    fs.rmSync(join(box.dir, object));
    const report = await imported(["--commit"], 23);
    expect(report.imported.find((each) => each.path === "data")).toMatchObject({
      what: "missing",
      missing: [{ path: "data/sub/é.csv", expected: [join(box.dir, object)] }],
    });
    expect(report.totals).toMatchObject({ found: 5, taken: { files: 4 }, missing: 1 });
    expect(report.notes).toEqual(["nothing was committed, since not everything could be taken"]);
    expect(box.exists("work/data.mvgit")).toBe(false);
    expect(box.exists("work/scores.bin.mvgit")).toBe(true);
    const { stderr } = await box.mv("work", ["import", "dvc"], 23);
    expect(stderr).toContain("error: cannot import 'data': 1 of its files are missing: 'data/sub/é.csv' should be at ");
    expect(stderr).toContain("hint: run 'dvc fetch'");
    box.write("work/data/sub/é.csv", "3\n");
    expect((await imported(["--commit"])).imported.find((each) => each.path === "data")).toMatchObject({
      what: "taken",
    });
  });

  it("bytes that do not have the MD5 of their name are never taken", async () => {
    await usual();
    dvcObject(box, CACHE, "tampered", { md5: digestOf("md5", "scores") });
    dvcObject(box, CACHE, "9,9\n", { md5: digestOf("md5", "1,2\n") });
    const { stderr } = await box.mv("work", ["import", "dvc"], 24);
    expect(stderr).toContain("holds other bytes");
    expect(box.exists("work/data.mvgit")).toBe(false);
    expect(box.exists("work/scores.bin.mvgit")).toBe(false);
  });

  it("DVC 2: its layout, and a text whose CRLF it did not count", async () => {
    const text = "a,b\r\n1,2\r\n";
    const md5 = digestOf("md5", "a,b\n1,2\n");
    dvcObject(box, CACHE, text, { version2: true, md5 });
    box.write("work/t.csv.dvc", dvcText({ md5, size: text.length, path: "t.csv" }, true));
    box.write("work/d.dvc", dvcText({ md5: dvcFolder(box, CACHE, { x: "1" }, { version2: true }), path: "d" }, true));
    box.write("work/strict.csv.dvc", dvcText({ md5, size: text.length, path: "strict.csv" }));
    await commitAll("DVC 2");
    const report = await imported([], 24);
    expect(report.imported.map(({ path, what }) => [path, what])).toEqual([
      ["d", "taken"],
      ["strict.csv", "missing"],
      ["t.csv", "taken"],
    ]);
    expect((await box.mv("work", ["cat", "t.csv"])).stdout).toBe(text);
  });
});

describe("places", () => {
  it("a folder remote that the user's own settings name is used; one only the repository names is not", async () => {
    fs.mkdirSync(join(box.dir, "shelf"));
    const md5 = dvcObject(box, "shelf", "far");
    box.write("work/far.dvc", dvcText({ md5, size: 3, path: "far" }));
    box.write("work/.dvc/config", `[core]\n    remote = shelf\n['remote "shelf"']\n    url = ../../shelf\n`);
    await commitAll("far");
    const refused = await imported([], 23);
    expect(refused.notes).toEqual([
      `'${box.dir}/shelf' was not looked into: only the committed '.dvc/config' names it; if it is yours, ` +
        ("give " + `it with '--from ${box.dir}/shelf'`),
    ]);
    expect((await imported(["--from", "../shelf", "--dry-run"])).imported).toMatchObject([{ what: "taken" }]);
    box.write("work/.dvc/config.local", `['remote "shelf"']\n    url = ../../shelf\n`);
    expect((await imported()).imported).toMatchObject([{ what: "taken" }]);
    await box.git("work", ["rm", "-q", "--cached", "far.mvgit"]);
    fs.rmSync(join(box.dir, "work/far.mvgit"));
    fs.rmSync(join(box.dir, "work/.git/mvgit"), { recursive: true });
    await box.git("work", ["add", "-f", ".dvc/config.local"]);
    expect((await imported([], 23)).notes).toHaveLength(1);
  });

  it("a bucket is read with ranges, and asked only for what is nowhere nearer", async () => {
    const server = await startGcsServer();
    try {
      box.env["STORAGE_EMULATOR_HOST"] = server.url;
      const weights = someBytes(20_000_000);
      const md5 = digestOf("md5", weights);
      server.put("bucket", `team/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`, weights);
      const listing = `[{"md5": "${digestOf("md5", "x")}", "relpath": "x"}]`;
      const id = digestOf("md5", listing);
      server.put("bucket", `team/files/md5/${id.slice(0, 2)}/${id.slice(2)}.dir`, Buffer.from(listing));
      server.put(
        "bucket",
        `team/files/md5/${digestOf("md5", "x").slice(0, 2)}/${digestOf("md5", "x").slice(2)}`,
        Buffer.from("x"),
      );
      box.write("work/w.bin.dvc", dvcText({ md5, size: weights.length, path: "w.bin" }));
      box.write("work/d.dvc", dvcText({ md5: `${id}.dir`, path: "d" }));
      box.write("work/near.dvc", dvcText({ md5: dvcObject(box, CACHE, "near"), size: 4, path: "near" }));
      box.write("work/gone.dvc", dvcText({ md5: digestOf("md5", "gone"), size: 4, path: "gone" }));
      box.write("work/.dvc/config", "[core]\n    remote = cloud\n['remote \"cloud\"']\n    url = gs://bucket/team/\n");
      await commitAll("cloud");
      const dry = await imported(["--dry-run"], 23);
      expect(dry.imported.map((each) => [each.path, each.what])).toEqual([
        ["d", "taken"],
        ["gone", "missing"],
        ["near", "taken"],
        ["w.bin", "taken"],
      ]);
      const report = await imported([], 23);
      expect(report.imported[1]).toMatchObject({
        missing: [
          {
            expected: [
              expect.stringContaining(".dvc/cache/files/md5/"),
              expect.stringContaining("gs://bucket/team/files/md5/"),
            ],
          },
        ],
      });
      await box.mv("work", ["checkout", "w.bin", "d"]);
      expect(box.read("work/w.bin").equals(weights)).toBe(true);
      server.counts.clear();
      await imported([], 23);
      expect(server.counts.get("get") ?? 0).toBeLessThanOrEqual(1);
      expect(server.counts.get("put")).toBeUndefined();
    } finally {
      await server.close();
    }
  });

  it("that a web server gives out is read where the user says so, and not where only the repository does", async () => {
    const weights = someBytes(2_000_000);
    const md5 = dvcObject(box, "shelf", weights);
    box.write("work/w.bin.dvc", dvcText({ md5, size: weights.length, path: "w.bin" }));
    box.write(
      "work/d.dvc",
      dvcText({ md5: dvcFolder(box, "shelf", { x: "1", "y/z": "2" }, { version2: true }), path: "d" }),
    );
    const server = await startWebServer(join(box.dir, "shelf"));
    try {
      const remote = `['remote "web"']\n    url = ${server.url}/\n`;
      box.write("work/.dvc/config", remote);
      await commitAll("web");
      expect((await imported([], 23)).notes).toEqual([
        `the remote '${server.url}/' was not asked: only the committed '.dvc/config' names it, and it is no plain ` +
          `bucket; if it is yours, give it with '--from ${server.url}/'`,
      ]);
      expect(server.asked).toEqual([]);
      expect((await imported(["--dry-run", "--from", server.url])).totals).toMatchObject({ taken: { files: 3 } });
      box.write("work/.dvc/config.local", remote);
      await imported(["--commit"]);
      await box.mv("work", ["checkout"]);
      expect(box.read("work/w.bin").equals(weights)).toBe(true);
      expect(box.read("work/d/y/z").toString()).toBe("2");
    } finally {
      await server.close();
    }
  });

  it("a remote of another kind is named, without its password", async () => {
    box.write("work/x.dvc", dvcText({ md5: digestOf("md5", "x"), size: 1, path: "x" }));
    box.write("work/.dvc/config", "[core]\n    remote = a\n['remote \"a\"']\n    url = hdfs://me:secret@host/x\n");
    await commitAll("hdfs");
    const typed = await box.mv("work", ["import", "dvc", "--from", "hdfs://host/y"], 2);
    expect(typed.stderr).toContain("error: the remote 'hdfs://host/y' is of a kind that mvgit does not read\n");
    const { notes } = await imported([], 23);
    expect(notes).toEqual([
      "the remote 'hdfs://host/x' is of a kind that mvgit does not read; run 'dvc fetch' first to have its " +
        "bytes in DVC's cache",
    ]);
  });
});

describe("--all", () => {
  it("keeps what other branches and tags have on refs of its own, without changing them", async () => {
    box.write("work/w.bin.dvc", dvcText({ md5: dvcObject(box, CACHE, "one"), size: 3, path: "w.bin" }));
    box.write("work/.gitignore", "/w.bin\n");
    await commitAll("one");
    await box.git("work", ["tag", "v1"]);
    await box.git("work", ["branch", "same"]);
    box.write("work/w.bin.dvc", dvcText({ md5: dvcObject(box, CACHE, "two!"), size: 4, path: "w.bin" }));
    await commitAll("two");
    const before = (await box.git("work", ["for-each-ref", "refs/heads", "refs/tags"])).stdout;
    const report = await imported(["--all", "--commit"]);
    expect(report.refs).toMatchObject([
      {
        ref: "refs/heads/same",
        kept: "refs/mvgit/import/dvc/heads/same",
        imported: [{ path: "w.bin", what: "taken", size: 3 }],
      },
    ]);
    expect(
      (await box.git("work", ["for-each-ref", "refs/tags", "refs/heads/same"])).stdout
        .split("\n")
        .every((line) => before.includes(line)),
    ).toBe(true);
    expect(
      (await box.git("work", ["rev-parse", "refs/mvgit/import/dvc/heads/same^", "v1"])).stdout.split("\n").slice(0, 2),
    ).toSatisfy(([a, b]: string[]) => a === b);
    const kept = (await box.git("work", ["rev-parse", "refs/mvgit/import/dvc/heads/same"])).stdout;
    await imported(["--all"]);
    expect((await box.git("work", ["rev-parse", "refs/mvgit/import/dvc/heads/same"])).stdout).toBe(kept);
    expect((await box.mv("work", ["push", "--all"])).stdout).toContain("pushed 2 blobs");
    await box.git("work", ["checkout", "-q", "refs/mvgit/import/dvc/heads/same"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").toString()).toBe("one");
  });
});

describe("a hostile repository", () => {
  it.each([["../../outside"], ["/etc/passwd"], ["a/.git/hooks/x"], [".git/config"]])(
    "an output at %j writes nothing there",
    async (path) => {
      const md5 = dvcObject(box, CACHE, "evil");
      box.write("work/evil.dvc", dvcText({ md5, size: 4, path }));
      await commitAll("evil");
      const ran = await runProgram(process.execPath, [join(import.meta.dirname, "../../bin/mvgit"), "import", "dvc"], {
        cwd: join(box.dir, "work"),
        env: box.env,
      });
      expect(ran.stdout).toMatch(/^(skipped|refused)/);
      expect(box.exists("outside.mvgit")).toBe(false);
      expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
    },
  );

  it.each([["../x"], [".git/hooks/pre-commit"], ["a\\b"], ["/x"]])(
    "a listing with the path %j is refused, and the rest is taken",
    async (path) => {
      box.write("work/evil.dvc", dvcText({ md5: dvcFolder(box, CACHE, { ok: "1", [path]: "2" }), path: "evil" }));
      box.write("work/good.dvc", dvcText({ md5: dvcObject(box, CACHE, "good"), size: 4, path: "good" }));
      await commitAll("evil");
      const report = await imported([], 1);
      expect(report.imported.map((each) => [each.path, each.what])).toEqual([
        ["evil", "refused"],
        ["good", "taken"],
      ]);
    },
  );

  it("YAML with aliases or tags is refused by name", async () => {
    box.write("work/a.dvc", "outs: &x\n- path: a\n");
    box.write("work/b.dvc", "outs: !!python/object/apply:os.system ['touch ran']\n");
    await commitAll("evil");
    const report = await imported([], 1);
    expect(report.imported.map((each) => [each.path, each.what, each.reason])).toEqual([
      ["a.dvc", "refused", "it has an anchor"],
      ["b.dvc", "refused", expect.stringMatching(/tag/i)],
    ]);
    expect(box.exists("work/ran")).toBe(false);
  });

  it("an output below a link is not written through it", async () => {
    fs.mkdirSync(join(box.dir, "victim"));
    fs.symlinkSync("../victim", join(box.dir, "work/link"));
    box.write("work/evil.dvc", dvcText({ md5: dvcObject(box, CACHE, "evil"), size: 4, path: "link/evil" }));
    await commitAll("evil");
    await box.mv("work", ["import", "dvc"], 1);
    expect(fs.readdirSync(join(box.dir, "victim"))).toEqual([]);
  });
});

it("more files than one thread takes, then killed at some step: run again, it converges", async () => {
  const files = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`${i % 7}/${i}`, `row ${i}`]));
  box.write("work/many.dvc", dvcText({ md5: dvcFolder(box, CACHE, files), path: "many" }));
  await commitAll("many");
  const before = fingerprint(join(box.dir, "work/.dvc"));
  for (const at of [3, 700, 1900, 2425]) {
    const env = { ...box.env, MVGIT_FAULT: `kill@${at}` };
    const ran = await runProgram(
      "/bin/sh",
      ["-c", '"$@"; exit 0', "sh", process.execPath, join(import.meta.dirname, "../../bin/mvgit"), "import", "dvc"],
      { cwd: join(box.dir, "work"), env },
    );
    expect(ran.stderr, `at ${at}`).toMatch(/Killed|^$/);
  }
  const report = await imported(["--commit"]);
  expect(report.totals).toMatchObject({ taken: { files: 1200 }, missing: 0 });
  expect(fingerprint(join(box.dir, "work/.dvc"))).toEqual(before);
  await box.mv("work", ["checkout"]);
  expect(box.read("work/many/6/6").toString()).toBe("row 6");
  await box.mv("work", ["fsck"]);
}, 180_000);
