/** From GTO to versions and stages: tags made by plain Git as GTO makes them, and by GTO itself where it is. */
import * as fs from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../support/cli.ts";
import { dvcObject, dvcText, findProgram } from "../support/foreign.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

const CACHE = "work/.dvc/cache";
let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/.dvc/config", "");
  box.write("work/.dvc/.gitignore", "/cache\n");
  box.write("work/artifacts.yaml", "churn:\n  type: model\n  path: models/churn.pkl\n");
  box.write("work/models/.gitignore", "/churn.pkl\n");
});
afterEach(() => box.cleanup());

const weightsOf = (text: string): string =>
  dvcText({ md5: dvcObject(box, CACHE, text), size: text.length, path: "churn.pkl" });

/** A commit with other weights and scores. */
async function trained(text: string, accuracy: number): Promise<void> {
  box.write("work/models/churn.pkl.dvc", weightsOf(text));
  box.write("work/metrics.json", JSON.stringify({ accuracy }));
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", `trained ${text}`]);
}

let clock = 0;
/** A tag as GTO makes it, one minute after the one before, by Ann in Kathmandu. */
async function tag(name: string, message: string, rev = "HEAD"): Promise<void> {
  const minutes = String(clock++).padStart(2, "0");
  const before = { ...box.env };
  Object.assign(box.env, {
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@example.com",
    GIT_COMMITTER_DATE: `2025-03-01T10:${minutes}:00+0545`,
  });
  await box.git("work", ["tag", "-a", "-m", message, name, rev]);
  for (const key of Object.keys(box.env)) if (!(key in before)) delete box.env[key];
}

/** Two versions, three moves of a stage and one back, as `gto register`, `assign` and `deprecate` leave them. */
async function usual(): Promise<void> {
  clock = 0;
  await trained("one", 0.8);
  await tag("churn@v0.1.0", "Registering artifact churn version v0.1.0");
  await tag("churn#prod#1", "Assigning stage prod to artifact churn version v0.1.0");
  await trained("two!", 0.9);
  await tag("churn@v0.2.0", "with more trees");
  await tag("churn#staging#2", "look at it\nplease");
  await tag("churn#prod#3", "go");
  await tag("churn#prod!#4", "it is worse");
  await trained("three", 0.95);
}

const ids = async (folder: string): Promise<string> =>
  (await box.git(folder, ["for-each-ref", "--format=%(objectname) %(refname)", "refs/tags"])).stdout;

/** What the tests look at of the documents that `--json` prints. */
interface Told {
  versions: { version: number; called: string; what: string }[];
  moves: { what: string }[];
  stages: { stage: string; version: number }[];
  events: { event: number; version: number; reason: string }[];
  package: { from: number; weights: object[]; notes: string[] };
}
const json = async (args: readonly string[]): Promise<Told> =>
  JSON.parse((await box.mv("work", [...args, "--json"])).stdout) as Told;

describe("GTO's tags", () => {
  it("become versions and events in their order, by their taggers and at their times", async () => {
    await usual();
    const before = await ids("work");
    expect((await box.mv("work", ["import", "dvc", "--dry-run"])).stdout).toContain(
      "GTO's tags name 2 versions: 'mvgit import gto --dry-run'",
    );
    expect((await box.mv("work", ["import", "gto", "--dry-run"])).stdout).toMatchInlineSnapshot(`
      "would make  churn.model@v1  v0.1.0  2025-03-01 04:15  Ann  models/churn.pkl (3 B)
      would make  churn.model@v2  v0.2.0  2025-03-01 04:17  Ann  models/churn.pkl (4 B)
      would make  churn.model#prod#1     - -> v1   2025-03-01 04:16  Ann  churn#prod#1
      would make  churn.model#prod#2     v1 -> v2  2025-03-01 04:19  Ann  churn#prod#3
      would make  churn.model#prod#3     v2 -> v1  2025-03-01 04:20  Ann  churn#prod!#4
      would make  churn.model#staging#1  - -> v2   2025-03-01 04:18  Ann  churn#staging#2
      would make 2 versions and 4 moves; 2 versions and 4 moves in GTO's tags
      note: 'churn' is the model 'churn.model' here
      "
    `);
    expect(await ids("work")).toBe(before);
    const { stdout } = await box.mv("work", ["import", "gto"]);
    expect(stdout).toContain(
      "made 2 versions and 4 moves; 2 versions and 4 moves in GTO's tags\nstages.yaml committed\n",
    );
    expect(stdout).toContain("note: 'churn' is the model 'churn.model' here\n");
    for (const line of before.trimEnd().split("\n")) expect(await ids("work")).toContain(line);
    expect((await box.mv("work", ["log", "churn.model"])).stdout).toMatchInlineSnapshot(`
      "version         made              accuracy  stages   message
      churn.model@v2  2025-03-01 04:17       0.9  staging  v0.2.0: with more trees
      churn.model@v1  2025-03-01 04:15       0.8  prod     v0.1.0
      "
    `);
    expect((await box.mv("work", ["history", "churn.model"])).stdout).toMatchInlineSnapshot(`
      "churn.model#prod     #3  v2 -> v1  2025-03-01 04:20  Ann  it is worse (GTO: churn#prod!#4)
      churn.model#prod     #2  v1 -> v2  2025-03-01 04:19  Ann  go (GTO: churn#prod#3)
      churn.model#staging  #1  - -> v2   2025-03-01 04:18  Ann  look at it …
      churn.model#prod     #1  - -> v1   2025-03-01 04:16  Ann  Assigning stage prod to artifact churn version v0.1.0 (GTO: churn#prod#1)
      "
    `);
    expect((await box.mv("work", ["show", "churn.model@v2"])).stdout.replaceAll(/\b[0-9a-f]{10,}\b/g, "<id>"))
      .toMatchInlineSnapshot(`
      "churn.model@v2  v0.2.0: with more trees
        made     2025-03-01 04:17 by Ann <ann@example.com>
        from     v1
        command  saved, not run
        commit   <id>
        package  <id>
      scores
        accuracy  0.9
      weights
        models/churn.pkl  4 B  <id>
      environment
        gto.artifact  churn
        gto.version   v0.2.0
        gto.tag       churn@v0.2.0
        gto.object    <id>
      stages
        prod #2     v1 -> v2  2025-03-01 04:19  Ann: go (GTO: churn#prod#3)
        prod #3     v2 -> v1  2025-03-01 04:20  Ann: it is worse (GTO: churn#prod!#4)
        staging #1  - -> v2  2025-03-01 04:18  Ann: look at it\\nplease (GTO: churn#staging#2)
      "
    `);
    expect((await box.mv("work", ["stage", "check"])).stdout).toContain("same");
    expect(box.read("work/stages.yaml").toString()).toContain("prod: 1  # event 3");
    const tagger = (
      await box.git("work", [
        "for-each-ref",
        "--format=%(taggername) %(taggeremail) %(taggerdate:iso)",
        "refs/tags/churn.model#prod#2",
        "refs/tags/churn.model@v2",
      ])
    ).stdout;
    expect(tagger).toBe(
      "Ann <ann@example.com> 2025-03-01 10:04:00 +0545\nAnn <ann@example.com> 2025-03-01 10:02:00 +0545\n",
    );
  });

  it("bring the files of each version back, also in another clone", async () => {
    await usual();
    await box.mv("work", ["import", "gto"]);
    await box.mv("work", ["push", "--all"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    await box.mv("other", ["remote", "add", "store", "../store"]);
    await box.git("other", ["checkout", "-q", "churn.model@v1"]);
    await box.mv("other", ["checkout"]);
    expect(box.read("other/models/churn.pkl").toString()).toBe("one");
    await box.git("other", ["checkout", "-q", "main"]);
    expect((await box.mv("other", ["compare", "churn.model#prod", "churn.model@v2"])).stdout).toMatch(
      /accuracy +0.8 +0.9/,
    );
    // GTO's numbers and mvgit's moves go on after one another.
    await box.mv("other", ["promote", "churn.model@v2", "prod"]);
    expect((await box.mv("other", ["rollback", "churn.model", "prod"])).stdout).toContain("is v1 (was v2)");
    expect((await box.mv("other", ["fsck", "--all", "--remote"])).stdout).toContain("found right");
    await box.mv("other", ["audit"]);
    await box.mv("other", ["get", "../host.git", "churn.model#prod", "-o", "../got", "--remote", "../store"]);
    expect(box.read("got/models/churn.pkl").toString()).toBe("one");
  });

  it("make the same objects for everybody who imports them", async () => {
    await usual();
    await box.git(".", ["clone", "-q", "work", "other"]);
    fs.cpSync(join(box.dir, CACHE), join(box.dir, "other/.dvc/cache"), { recursive: true });
    await box.mv("work", ["import", "gto", "--no-commit"]);
    box.env["GIT_COMMITTER_NAME"] = "Somebody Else";
    await box.git("other", ["config", "tag.gpgSign", "true"]);
    await box.mv("other", ["import", "gto", "--no-commit"]);
    expect(await ids("other")).toBe(await ids("work"));
  });

  it("are taken once, and new ones are added", async () => {
    await usual();
    await box.mv("work", ["import", "gto"]);
    const before = await ids("work");
    const again = await json(["import", "gto"]);
    expect([...again.versions, ...again.moves].map(({ what }) => what)).toEqual(Array(6).fill("unchanged"));
    expect(await ids("work")).toBe(before);
    await tag("churn@v0.3.0", "newer", "HEAD~1");
    await tag("churn#prod#9", "newest", "HEAD~1");
    expect((await box.mv("work", ["import", "gto"])).stdout).toContain("made 1 version and 1 move;");
    expect((await json(["stages", "churn.model"])).stages.map(({ stage, version }) => [stage, version])).toEqual([
      ["prod", 3],
      ["staging", 2],
    ]);
    // The third came from the second, whose registration is in its history.
    expect((await json(["show", "churn.model@v3"])).package).toMatchObject({
      from: 2,
      message: "v0.3.0: newer",
      metrics: { accuracy: 0.95 },
    });
  });

  it("do not move a stage that mvgit moved later", async () => {
    await usual();
    await box.mv("work", ["import", "gto"]);
    await box.mv("work", ["push", "--all"]);
    await box.git("work", ["remote", "remove", "origin"]);
    await box.mv("work", ["promote", "churn.model@v2", "prod"]);
    await tag("churn#prod#20", "late", "churn@v0.1.0");
    await box.mv("work", ["import", "gto"]);
    expect((await json(["stages", "churn.model"])).stages[0]).toMatchObject({ stage: "prod", version: 2 });
  });
});

describe("odd tags", () => {
  it("a commit with a stage and no registration, a registration taken back, names that are none here", async () => {
    clock = 0;
    await trained("one", 0.8);
    await tag("Models/Churn#Prod#1", "");
    await trained("two", 0.9);
    await tag("Models/Churn@v1.0.0", "first");
    await tag("Models/Churn#Prod", "simple");
    await tag("Models/Churn@v1.0.0!", "broken");
    await tag("Models/Churn@deprecated", "old");
    await box.git("work", ["tag", "Models/Churn@v9.9.9"]);
    const { stdout } = await box.mv("work", ["import", "gto", "--weights", "Models/Churn=models/churn.pkl"]);
    expect(stdout).toContain("note: the stage 'Prod' of 'Models/Churn' is called 'prod' here\n");
    expect(stdout).toContain("note: 'Models/Churn' is the model 'models-churn.model' here");
    expect(stdout).toContain("deprecated since 2025-03-01");
    const { events } = await json(["history", "models-churn.model"]);
    expect(events.map(({ event, version, reason }) => [event, version, reason])).toEqual([
      [3, 1, "broken (GTO: Models/Churn@v1.0.0!)"],
      [2, 2, "simple (GTO: Models/Churn#Prod)"],
      [1, 1, "(GTO: Models/Churn#Prod#1)"],
    ]);
    expect((await json(["show", "models-churn.model@v2"])).package.notes).toEqual([
      "GTO took the registration of v1.0.0 back on 2025-03-01: broken",
    ]);
  });

  it("never share a name with mvgit's, and two of one model are refused", async () => {
    clock = 0;
    await trained("one", 0.8);
    await tag("churn@v1", "the older way of GTO");
    await tag("churn#prod#1", "go");
    expect((await box.mv("work", ["import", "gto", "--as", "churn=churn"], 1)).stderr).toContain(
      "GTO's tag 'churn@v1' has a name that its versions and events would have",
    );
    const { versions } = await json(["import", "gto", "--as", "churn=spam"]);
    expect(versions.map(({ version, called }) => [version, called])).toEqual([[1, "v1"]]);
    await tag("Churn@v1.0.0", "another");
    expect((await box.mv("work", ["import", "gto"], 1)).stderr).toContain(
      "'Churn' and 'churn' would both be the model 'churn.model'",
    );
    await box.mv("work", ["import", "gto", "--as", "Churn=churn.2"]);
    await box.mv("work", ["import", "gto", "--as", "nobody=x"], 2);
    await box.mv("work", ["import", "gto", "--as", "Churn=NO"], 2);
  });

  it("says that there are none", async () => {
    await trained("one", 0.8);
    expect((await box.mv("work", ["import", "gto"])).stdout).toBe("nothing to import: no tag here is one of GTO's\n");
  });
});

describe("bytes that are nowhere", () => {
  it("hold back the whole model, or are left out when that is asked for", async () => {
    await usual();
    fs.rmSync(join(box.dir, CACHE), { recursive: true });
    dvcObject(box, CACHE, "two!");
    const { stdout, stderr } = await box.mv("work", ["import", "gto"], 23);
    expect(stdout).toMatch(/^left +churn\.model@v1 .* lacks models\/churn\.pkl\nleft +churn\.model@v2 /);
    expect(stderr).toContain("--allow-missing");
    expect(await ids("work")).not.toContain("refs/tags/churn.model@v1\n");
    await box.mv("work", ["import", "gto", "--allow-missing"]);
    const first = (await json(["show", "churn.model@v1"])).package;
    expect(first.weights).toEqual([]);
    expect(first.notes.join()).toContain("its bytes were nowhere when it was imported");
    expect((await json(["show", "churn.model@v2"])).package.weights).toMatchObject([
      { path: "models/churn.pkl", size: 4 },
    ]);
  });
});

const gto = findProgram("gto", "MVGIT_GTO");
it.skipIf(gto === null)(
  `the real GTO${gto === null ? " (skipped: no gto on PATH, nor in MVGIT_GTO)" : ""}`,
  async () => {
    const run = async (...args: string[]): Promise<string> => {
      // GTO takes the time from the clock alone, and orders by whole seconds.
      if (args[0] !== "show") await setTimeout(1_100);
      const ran = await runProgram(gto as string, args, {
        cwd: join(box.dir, "work"),
        env: { ...box.env, GIT_COMMITTER_DATE: undefined },
      });
      expect(ran.status, `gto ${args.join(" ")}: ${ran.stdout}${ran.stderr}`).toBe(0);
      return ran.stdout;
    };
    await trained("one", 0.8);
    await run("register", "churn");
    await run("assign", "churn", "--version", "v0.0.1", "--stage", "prod");
    await trained("two", 0.9);
    await run("register", "churn", "--message", "better");
    await run("assign", "churn", "--version", "v0.0.2", "--stage", "prod");
    await run("assign", "churn", "--version", "v0.0.2", "--stage", "dev");
    await run("deprecate", "churn", "v0.0.2", "prod");
    const held = async (stage: string): Promise<string> => (await run("show", `churn#${stage}`, "--version")).trim();
    expect([await held("prod"), await held("dev")]).toEqual(["v0.0.1", "v0.0.2"]);
    await box.mv("work", ["import", "gto"]);
    expect((await json(["stages"])).stages.map(({ stage, version }) => [stage, version])).toEqual([
      ["dev", 2],
      ["prod", 1],
    ]);
    // Names with a dot are none for GTO: its view is as it was.
    expect([await held("prod"), await held("dev")]).toEqual(["v0.0.1", "v0.0.2"]);
  },
  120_000,
);
