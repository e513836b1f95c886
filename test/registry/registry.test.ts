/**
 * One suite for the read side, over whatever a registry can be opened on: each answers what the command line prints as
 * `--json` in a clone.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { type ExplainIndex, explainIn } from "../../src/values/explain-index.ts";
import type { Found } from "../../src/values/found.ts";
import type { Loader } from "../../src/registry/look.ts";
import type { Registry } from "../../src/registry/registry.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { formatReceipt, receiptData } from "../../src/values/receipt.ts";
import { loaderAt, openRegistry, registryAround, registryOf } from "../../src/versions/registry.ts";
import { hermeticEnv } from "../support/cli.ts";
import { type GitHttpServer, startGitHttpServer } from "../support/git-http-server.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { type TestWatch, testWatch } from "../support/watch.ts";

let box: Sandbox;
let server: GitHttpServer;
/** What the commands print in a clone that has everything, by their words. */
const printed = new Map<string, unknown>();

const MODEL = "spam" as ModelName;
const COMMANDS = [
  ["log", "spam", "--all"],
  ["log", "--max", "2"],
  ["show", "spam#production"],
  ["show", "spam@v1", "--plot", "accuracy"],
  ["show", "spam@v1", "spam@v1", "--plot", "accuracy"],
  ["compare", "spam@v1", "spam@v1", "--plot", "accuracy"],
  ["models"],
  ["stages"],
  ["stages", "ham"],
  ["history", "spam"],
  ["history", "spam", "staging", "--at", "2100-01-01"],
  ["compare", "spam@v1", "spam@v2"],
  ["receipt", "spam#production"],
  ["explain", "spam#production#1"],
];

/** What the command adds to the report of `log`. */
const ASKED = { where: null, sort: null, columns: null, markdown: false };

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/train.py", "print(1)\n");
  box.write("work/notes/old.txt", "gone later\n");
  box.write("work/data/rows.csv", "a,b\n1,2\n3,4\n");
  box.write("work/data/same.txt", "same\n");
  box.write("work/single.csv", "a\n1\n");
  box.write("work/weights.bin", "weights of the first\n");
  await box.mv("work", ["add", "data", "single.csv"]);
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "where it began"]);
  const made = ["--weights", "weights.bin", "--data", "data", "--data", "single.csv"];
  const log = '{"step":1,"accuracy":0.5}\n{"step":2,"accuracy":0.9}\n';
  box.write("log.jsonl", log);
  await box.mv("work", ["save", "spam", ...made, "--log", "../log.jsonl", "-m", "the first"]);
  fs.rmSync(join(box.dir, "work/notes"), { recursive: true });
  box.write("work/train.py", "print(2)\nprint(3)\n");
  box.write("work/new/part.py", "pass\n");
  box.write("work/data/rows.csv", "a,b\n1,2\n3,5\n6,7\n");
  box.write("work/single.csv", "a\n2\n");
  box.write("work/weights.bin", "weights of the second\n");
  await box.mv("work", ["add", "data", "single.csv", "weights.bin"]);
  await box.mv("work", ["save", "spam", ...made, "-m", "the second"]);
  await box.mv("work", ["save", "ham", "--weights", "weights.bin", "-m", "another model"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "HEAD:refs/heads/main", "--tags"]);
  for (const [label = "", stage = ""] of [
    ["spam@v1", "staging"],
    ["spam@v1", "production"],
    ["spam@v2", "production"],
  ])
    await box.mv("work", ["promote", label, stage, "--no-commit", "-m", `${label} is good`]);
  for (const words of COMMANDS) printed.set(words.join(" "), await told(...words));
  server = await startGitHttpServer({ root: box.dir });
});
afterAll(async () => {
  await server.close();
  box.cleanup();
});

/** The document of a command, without what frames it. */
async function told(...words: string[]): Promise<unknown> {
  const { mvgit, command, ...report } = JSON.parse((await box.mv("work", [...words, "--json"])).stdout) as object & {
    mvgit: number;
    command: string;
  };
  expect([mvgit, command]).toEqual([1, words[0]]);
  return report;
}

/** What was found, or the failure; nothing found is told as `explain` tells it. */
const asTold = [
  ({ what, matches }: Found) =>
    matches.length === 0
      ? `label-unknown: no version here is made of ${what}`
      : { what, matches: matches.map((match) => ({ ...match, event: undefined })) },
  (error: MvgitError) => `${error.code}: ${error.message}`,
] as const;

const around = (env: Record<string, string> = {}) => {
  const watch = testWatch();
  return { cwd: box.dir, env: { ...hermeticEnv(box.dir), ...box.env, ...env }, watch };
};
const WITHOUT_GIT = { PATH: "/nowhere" };

interface Hand {
  name: string;
  open(loader: Loader | null, watch: TestWatch): Promise<Registry>;
  /** The repository that it reads. */
  repository: string;
  /** Whether the git program reads: only it counts lines of code. */
  git: boolean;
  /** Whether commits of a history are there. */
  history: boolean;
}

const HANDS: Hand[] = [
  {
    name: "a bare repository",
    repository: "host.git",
    open: async (loader, watch) => openRegistry("host.git", { ...around(), watch, loader }),
    git: true,
    history: true,
  },
  {
    name: "a bare repository, without the git program",
    repository: "host.git",
    open: async (loader, watch) => openRegistry("host.git", { ...around(WITHOUT_GIT), watch, loader }),
    git: false,
    history: true,
  },
  {
    name: "a clone, without the git program",
    repository: "work",
    open: async (loader, watch) => openRegistry("work/data", { ...around(WITHOUT_GIT), watch, loader }),
    git: false,
    history: true,
  },
  {
    name: "an address over HTTP, without the git program",
    repository: "host.git",
    open: async (loader, watch) => openRegistry(`${server.url}/host.git`, { ...around(WITHOUT_GIT), watch, loader }),
    git: false,
    history: false,
  },
  {
    name: "an address through the git program",
    repository: "host.git",
    open: async (loader, watch) => openRegistry(`file://${box.dir}/host.git`, { ...around(), watch, loader }),
    git: false,
    history: false,
  },
];

describe.each(HANDS)("$name", ({ open, repository, git, history }) => {
  let registry: Registry;
  let watch: TestWatch;
  beforeAll(async () => {
    watch = testWatch();
    registry = await open(loaderAt("store", around()), watch);
  });
  afterAll(() => registry.close());
  const same = (report: object, ...words: string[]): void =>
    expect(JSON.parse(JSON.stringify(report))).toEqual(printed.get(words.join(" ")));

  it("lists, shows and tells stages as the commands do", async () => {
    same({ ...(await registry.log({ model: MODEL, most: Infinity })), ...ASKED }, "log", "spam", "--all");
    same({ ...(await registry.log({ most: 2 })), ...ASKED }, "log", "--max", "2");
    same(await registry.show("spam#production"), "show", "spam#production");
    same(await registry.show("spam@v1", "accuracy"), "show", "spam@v1", "--plot", "accuracy");
    same(await registry.models(), "models");
    same(await registry.stages(), "stages");
    same(await registry.stages({ model: "ham" as ModelName }), "stages", "ham");
    same(await registry.history({ model: MODEL }), "history", "spam");
    same(
      await registry.history({ model: MODEL, stage: "staging" as StageName, at: Date.parse("2100-01-01") }),
      ...["history", "spam", "staging", "--at", "2100-01-01"],
    );
    same({ receipt: receiptData(await registry.receipt("spam#production")) }, "receipt", "spam#production");
  });

  it("compares folders and rows, and code as far as its hand can", async () => {
    const { code, ...report } = await registry.compare(["spam@v1", "spam@v2"]);
    const { code: counted, ...wanted } = printed.get("compare spam@v1 spam@v2") as { code: string[] };
    expect({ ...report, all: false, markdown: false }).toEqual(wanted);
    expect(counted.at(-1)).toBe("3 files changed, 3 insertions(+), 2 deletions(-)");
    expect(code).toEqual(
      git
        ? counted
        : ["new/part.py   | added", "notes/old.txt | removed", "train.py      | changed", "3 files changed"],
    );
  });

  it("tells code line by line where the git program reads, else which files differ", async () => {
    const { a, b, files, notes } = await registry.patch(["spam@v1", "spam@v2"]);
    expect([a.version, b.version]).toEqual([1, 2]);
    expect(files.map(({ path, status, added, removed }) => [path, status, added, removed])).toEqual([
      ["new/part.py", "added", git ? 1 : null, git ? 0 : null],
      ["notes/old.txt", "removed", git ? 0 : null, git ? 1 : null],
      ["train.py", "changed", git ? 2 : null, git ? 1 : null],
    ]);
    expect(notes).toEqual(git ? [] : ["there is no git program: lines of files were not compared"]);
    expect(files[2]?.hunks).toEqual(
      git
        ? [
            {
              a: { start: 1, lines: 1 },
              b: { start: 1, lines: 2 },
              heading: "",
              lines: [
                { kind: "-", text: "print(1)" },
                { kind: "+", text: "print(2)" },
                { kind: "+", text: "print(3)" },
              ],
            },
          ]
        : null,
    );
  });

  it("compares any number of versions, of several models too", async () => {
    const report = await registry.compareAll(["spam@v1", "spam#production", "ham"]);
    expect(report.versions.map(({ label, version }) => [label, version])).toEqual([
      ["spam@v1", 1],
      ["spam#production", 2],
      ["ham@latest", 1],
    ]);
    expect(report.scores).toMatchObject([{ name: "accuracy", values: [0.9, null, null], lacks: [1, 2] }]);
    expect(report.weights).toMatchObject([{ path: "weights.bin", sides: [{ size: 21 }, { size: 22 }, { size: 22 }] }]);
    for (const labels of [["spam@v1"], Array.from({ length: 21 }, () => "spam@v1")])
      await expect(registry.compareAll(labels)).rejects.toMatchObject({ code: "usage" });
    await expect(registry.compareAll(["spam@v1", "spam@v9"])).rejects.toMatchObject({ code: "label-unknown" });
  });

  it("explains labels, receipts, hashes, files in folders and commits", async () => {
    same(await registry.explain("spam#production#1"), "explain", "spam#production#1");
    const first = await registry.show("spam@v1");
    const [weights] = first.package.weights;
    const line = formatReceipt(await registry.receipt("spam#production"));
    expect(await registry.explain(line)).toMatchObject({ what: "this receipt", event: { event: 2 } });
    const matches = async (text: string): Promise<object[]> => (await registry.explain(text)).matches;
    for (const text of [weights?.hash ?? "", weights?.hash.slice(0, 8) ?? ""])
      expect(await matches(text)).toEqual([{ model: "spam", version: 1, as: "weights", path: "weights.bin" }]);
    for (const text of [first.commit, first.commit.slice(0, 9)])
      expect(await matches(text)).toEqual([{ model: "spam", version: 1, as: "commit" }]);
    expect(await matches(join(box.dir, "work/weights.bin"))).toMatchObject([{ version: 2 }, { model: "ham" }]);
    expect(await matches("work/data/same.txt")).toMatchObject([
      { model: "spam", version: 2, path: "data/same.txt" },
      { model: "ham", version: 1, path: "data/same.txt" },
      { model: "spam", version: 1, path: "data/same.txt" },
    ]);
    await expect(registry.explain("what is this")).rejects.toMatchObject({ code: "usage" });
    await expect(registry.explain("spam@v9")).rejects.toMatchObject({ code: "label-unknown" });
  });

  it("finds a commit in the history of versions, or says that it did not look", async () => {
    const began = (await box.git("work", ["rev-list", "--max-parents=0", "HEAD"])).stdout.trim();
    watch.told.length = 0;
    if (history) {
      expect((await registry.explain(began)).matches).toEqual([
        { model: "ham", version: 1, as: "history" },
        { model: "spam", version: 1, as: "history" },
      ]);
      expect(watch.told).toEqual([]);
    } else {
      await expect(registry.explain(began)).rejects.toMatchObject({ code: "label-unknown" });
      expect(watch.told).toEqual([
        "warning: the history of versions was not searched for the commit: that takes a clone",
      ]);
    }
  });

  it("looks at the refs anew with each call", async () => {
    const newest = "refs/tags/spam#production#2";
    const oid = (await box.git(repository, ["rev-parse", newest])).stdout.trim();
    await box.git(repository, ["update-ref", "-d", newest]);
    try {
      expect(await registry.receipt("spam#production")).toMatchObject({ version: 1, event: 1 });
    } finally {
      await box.git(repository, ["update-ref", newest, oid]);
    }
    expect(await registry.receipt("spam#production")).toMatchObject({ version: 2, event: 2 });
  });

  it("without a loader says what it did not look at, and tells all else", async () => {
    const told = testWatch();
    const bare = await open(null, told);
    const { data, scores, params } = await bare.compare(["spam@v1", "spam@v2"]);
    const wanted = printed.get("compare spam@v1 spam@v2") as { scores: unknown; params: unknown };
    expect({ scores, params }).toEqual({ scores: wanted.scores, params: wanted.params });
    expect(data.map(({ path, note }) => `${path}: ${note}`)).toEqual([
      "data: its list of files was not looked at, since no store is open",
      "single.csv: its rows were not looked at, since no store is open",
    ]);
    same({ ...(await bare.log({ model: MODEL, most: Infinity })), ...ASKED }, "log", "spam", "--all");
    await expect(bare.explain("work/data/same.txt")).rejects.toMatchObject({ code: "label-unknown" });
    expect(told.told).toContain("warning: the list of files of 'data' was not searched, since no store is open");
    bare.close();
  });
});

describe("a clone", () => {
  it("reads as its commands do, with its own cache and memory", async () => {
    const registry = registryOf(await box.open());
    const report = await registry.compare(["spam@v1", "spam@v2"]);
    expect({ ...report, all: false, markdown: false }).toEqual(printed.get("compare spam@v1 spam@v2"));
    expect(await registry.stages()).toEqual(printed.get("stages"));
  });

  it("explains by the index of an export as by itself", async () => {
    const registry = registryOf(await box.open());
    const index = JSON.parse(JSON.stringify(await registry.index())) as ExplainIndex;
    const moves = async (model: ModelName) => (await registry.history({ model })).events;
    const { package: pack, packageHash, commit } = await registry.show("spam@v1");
    const [weights = ""] = pack.weights.map(({ hash }) => hash as string);
    const same = hashBytes(Buffer.from("same\n"));
    const receipt = formatReceipt(await registry.receipt("spam#production"));
    const other = receipt.replace(/"package":"..../, '"package":"0000');
    const [digits, none, long] = [weights.slice(0, 8), "0".repeat(9), "f".repeat(64)];
    const labels = ["spam@v1", "spam@latest", "spam#staging", "spam#production#1", "refs/tags/spam#production#2"];
    const unknown = ["what is this", "{}", none, long, `sha256:${long}`, "spam#production#7"];
    for (const text of [receipt, other, ...labels, weights, digits, same, packageHash, commit, digits, ...unknown]) {
      const told = await registry.explain(text).then(...asTold);
      const found = await explainIn({ index, moves }, text).then(...asTold);
      // A clone understands files too, and says so.
      if (text === "what is this") expect(found).toMatch(/^usage: 'what is this' is neither/);
      else expect(found, text).toEqual(told);
    }
    expect(index.foldersLeftOut).toBe(0);
  });

  it("notices what was seen before; a registry of the folder alone cannot", async () => {
    const undo = box.keep();
    await box.mv("work", ["show", "spam#production"]);
    await box.git("work", ["tag", "-d", "spam#production#2"]);
    await expect(registryOf(await box.open()).receipt("spam#production")).rejects.toMatchObject({
      code: "chain-broken",
    });
    const alone = await openRegistry("work", { ...around(), loader: null });
    expect(await alone.receipt("spam#production")).toMatchObject({ version: 1, event: 1 });
    undo();
  });
});

describe("the command line where there is no clone to open", () => {
  const words = ["log", "spam", "--all", "--json"];

  it("reads a bare repository", async () => {
    const { stdout } = await box.mv("host.git", words);
    expect(stdout).toBe((await box.mv("work", words)).stdout);
    await expect(box.mv(".", words, 20)).resolves.toBeDefined();
  });

  it("reads without the git program, and says what it left out", async () => {
    const reference = (await box.mv("work", words)).stdout;
    const path = box.env["PATH"];
    box.env["PATH"] = "/nowhere";
    const { stdout, stderr } = await box.mv("work", words);
    if (path === undefined) delete box.env["PATH"];
    else box.env["PATH"] = path;
    expect(stdout).toBe(reference);
    expect(stderr).toContain("there is no git program");
  });

  it("opens the clone where there is one", async () => {
    const { cwd, env, watch } = around();
    const registry = await registryAround(() => box.open(), { cwd, env, watch });
    expect(await registry.stages()).toEqual(printed.get("stages"));
  });
});
