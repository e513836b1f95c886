/** Lists of versions and models: filtered, sorted, cut, and what of earlier looks is believed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GitReader } from "../../src/git/reader.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Verified, VerifiedLine } from "../../src/registry/look.ts";
import { Registry } from "../../src/registry/registry.ts";
import { verifiedIn } from "../../src/repo/verified.ts";
import type { ModelName } from "../../src/values/label.ts";
import { registryOf } from "../../src/versions/registry.ts";
import { writeManyVersions } from "../support/many-versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

const SPAM = "spam" as ModelName;
const START = Date.parse("2026-01-01T00:00:00Z") / 1000;
let box: Sandbox;
let folder: string;

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.unchecked("the blobs of its versions are in no store");
  folder = join(box.dir, "many");
  writeManyVersions(folder, { models: 2, versions: 24, moves: 20, start: START });
});
afterAll(() => box.cleanup());

const registry = async (): Promise<Registry> => registryOf(await box.open("many"));
/** The file with other lines, and the hash that these have. */
const forged = (good: Buffer, edit: (lines: string) => string): string => {
  const end = good.indexOf("\n") + 1;
  const lines = edit(good.toString("utf8", end));
  return `${good.toString("utf8", 0, end - 65)}${hashBytes(Buffer.from(lines))}\n${lines}`;
};
const kept = (): string => join(folder, ".git/mvgit/verified");

describe("log", () => {
  const names = async (request: Partial<Parameters<Registry["log"]>[0]>): Promise<string[]> => {
    const { versions } = await (await registry()).log({ most: 3, ...request });
    return versions.map(({ model, version }) => `${model}@v${version}`);
  };

  it("filters, then sorts, then cuts", async () => {
    expect(await names({})).toEqual(["model-2@v12", "spam@v12", "model-2@v11"]);
    expect(await names({ where: "lr = 0.1" })).toEqual(["model-2@v12", "spam@v12", "model-2@v8"]);
    expect(await names({ where: "lr = 0.1", sort: "accuracy" })).toEqual(["model-2@v12", "spam@v12", "model-2@v8"]);
    expect(await names({ where: "lr = 0.1 and model = spam", sort: "+accuracy" })).toEqual([
      ...["spam@v4", "spam@v8", "spam@v12"],
    ]);
    expect(await names({ model: SPAM, sort: "loss", reverse: true })).toEqual(["spam@v1", "spam@v2", "spam@v3"]);
    expect(await names({ reverse: true })).toEqual(["spam@v1", "model-2@v1", "spam@v2"]);
    expect(await names({ since: (START + 22 * 3600) * 1000 })).toEqual(["model-2@v12", "spam@v12"]);
    expect(await names({ where: "stage = production" })).toEqual(["model-2@v12", "spam@v11"]);
  });

  it("says how many there are, how many are as asked, and how many of these are not listed", async () => {
    const count = async (request: object) => {
      const { total, matched, older, problems } = await (await registry()).log({ most: 3, ...request });
      return { total, matched, older, problems };
    };
    expect(await count({})).toEqual({ total: 24, matched: 24, older: 21, problems: [] });
    expect(await count({ where: "lr = 0.1" })).toEqual({ total: 24, matched: 6, older: 3, problems: [] });
    expect(await count({ where: "lr = 7" })).toEqual({ total: 24, matched: 0, older: 0, problems: [] });
  });

  it("refuses what means nothing, and says where it stands", async () => {
    const refusal = async (request: object) => (await registry()).log({ most: 3, ...request });
    await expect(refusal({ where: "lr = 1 and acuracy > 1" })).rejects.toMatchObject({
      code: "usage",
      message: "cannot filter by 'lr = 1 and acuracy > 1': no version here has 'acuracy' (at character 12)",
      hint: "did you mean 'accuracy'?",
    });
    await expect(refusal({ sort: "accuracy,sise" })).rejects.toMatchObject({
      message: "cannot sort by 'accuracy,sise': no version here has 'sise'",
      hint: "did you mean 'size'?",
    });
  });
});

describe("models", () => {
  it("tells newest version, stages and the course of the score that most versions have", async () => {
    const { models } = await (await registry()).models();
    expect(models).toMatchObject([
      { model: "model-2", versions: 12, hidden: 0, newest: { version: 12, author: expect.any(String) as string } },
      {
        model: "spam",
        versions: 12,
        newest: { version: 12, stages: [] },
        stages: [
          { stage: "canary", version: 12 - 3 },
          { stage: "production", version: 11 },
          { stage: "shadow", version: expect.any(Number) as number },
          { stage: "staging", version: 10 },
        ],
        score: { name: "accuracy", better: "up", by: "use" },
        problems: [],
      },
    ]);
    const values = models[1]?.score?.values ?? [];
    expect(values.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("goes by the score that a policy names", async () => {
    await box.git("many", ["config", "mvgit.stage.production.metric", "nothing>=1, f1>=0.5"]);
    expect((await (await registry()).models()).models[1]?.score).toMatchObject({ name: "f1", by: "policy" });
    await box.git("many", ["config", "--unset", "mvgit.stage.production.metric"]);
  });

  it("tells a chain that is broken, and passes over tags of the user's own", async () => {
    await box.git("many", ["tag", "-a", "-m", "mine", "spam#shadow#9"]);
    await box.git("many", ["tag", "other@v1"]);
    await box.git("many", ["update-ref", "-d", "refs/tags/spam#canary#2"]);
    const { models } = await (await registry()).models();
    expect(models.map(({ model }) => model)).toEqual(["model-2", "spam"]);
    expect(models[1]?.problems).toEqual(["spam#canary: event 2 is missing"]);
    expect(models[1]?.stages).toMatchObject([{ version: null, problem: "event 2 is missing" }, {}, {}, {}]);
    for (const tag of ["spam#shadow#9", "other@v1", "spam#canary#1", "spam#canary#3"])
      await box.git("many", ["update-ref", "-d", `refs/tags/${tag}`]);
    fs.rmSync(join(folder, ".git/mvgit/seen.json"));
  });
});

describe("what was verified before", () => {
  const all = async (given?: Verified): Promise<string> => {
    const repo = await box.open("many");
    const read = given === undefined ? registryOf(repo) : new Registry(repo.git, { verified: () => given });
    return JSON.stringify(await read.log({ most: Infinity }));
  };

  it("is told in the same words as what is verified now, and no package is read for it", async () => {
    fs.rmSync(kept(), { force: true });
    const [first, second] = [await all(), await all()];
    expect(second).toBe(first);
    const { git } = await box.open("many");
    const blind: GitReader = Object.create(git, {
      refs: { value: () => git.refs() },
      tags: { value: (oids: Parameters<GitReader["tags"]>[0]) => git.tags(oids) },
      filesAt: {
        value: (wanted: Parameters<GitReader["filesAt"]>[0]) => {
          expect(wanted).toEqual([]);
          return git.filesAt(wanted, 0);
        },
      },
    }) as GitReader;
    const registry = new Registry(blind, { verified: () => verifiedIn({ commonDir: join(folder, ".git") }) });
    expect(JSON.stringify(await registry.log({ most: Infinity }))).toBe(first);
  });

  it("is nothing where the file is damaged, of another format, or no file, and is written anew", async () => {
    const right = await all();
    const good = fs.readFileSync(kept());
    const bad: [string, (file: string) => void][] = [
      ["a letter", (file) => fs.writeFileSync(file, good.toString("latin1").replace('"lr":0.1', '"lr":0.9'), "latin1")],
      ["cut", (file) => fs.writeFileSync(file, good.subarray(0, good.length >> 1))],
      ["empty", (file) => fs.writeFileSync(file, "")],
      [
        "other",
        (file) => fs.writeFileSync(file, good.toString("latin1").replace("verified 2", "verified 9"), "latin1"),
      ],
      [
        "forged without an end",
        (file) =>
          fs.writeFileSync(
            file,
            forged(good, (lines) => lines.slice(0, -1)),
          ),
      ],
      [
        "forged without names",
        (file) =>
          fs.writeFileSync(
            file,
            forged(good, (lines) => lines.replaceAll(" ", "_")),
          ),
      ],
      [
        "forged as no JSON",
        (file) =>
          fs.writeFileSync(
            file,
            forged(good, (lines) => lines.replaceAll("{", "(")),
          ),
      ],
      ["folder", (file) => fs.mkdirSync(file)],
    ];
    for (const [what, damage] of bad) {
      fs.rmSync(kept(), { recursive: true });
      damage(kept());
      expect(await all(), what).toBe(right);
      if (what !== "folder") expect(fs.readFileSync(kept()).length, what).toBe(good.length);
    }
    fs.rmSync(kept(), { recursive: true });
  });

  it("is not believed of another name or commit, and is forgotten with the tag", async () => {
    await all();
    const known = verifiedIn({ commonDir: join(folder, ".git") });
    await box.git("many", ["update-ref", "refs/tags/spam@v13", "refs/tags/spam@v12"]);
    const report = JSON.parse(await all()) as { total: number; problems: string[] };
    expect(report).toMatchObject({ total: 25, problems: ["spam@v13: its tag is a copy of 'spam@v12'"] });
    const oid = (await box.git("many", ["rev-parse", "refs/tags/spam@v13"])).stdout.trim();
    const forged: Verified = {
      get: (tag) => known.get(tag) && ({ ...known.get(tag), commit: "0".repeat(40) } as VerifiedLine),
      keep: () => {},
    };
    expect(JSON.parse(await all(forged))).toEqual(report);
    await box.git("many", ["update-ref", "-d", "refs/tags/spam@v13"]);
    expect(fs.readFileSync(kept(), "latin1")).toContain(oid);
    known.keep(new Map(), new Set());
    expect(fs.readFileSync(kept(), "latin1")).not.toContain(oid);
  });

  it("costs nobody anything where nothing can be written", async () => {
    fs.rmSync(kept(), { force: true });
    const right = await all();
    fs.rmSync(kept());
    const nowhere = verifiedIn({ commonDir: join(folder, "train.py") });
    expect(await all(nowhere)).toBe(right);
  });
});
