/**
 * `explain`: whatever any output of mvgit's or Git's names leads back to the version, and what is unknown is told with
 * what was tried.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explain as explainOperation } from "../../../src/versions/explain.ts";
import { registryOf } from "../../../src/versions/registry.ts";
import type { Repo } from "../../../src/repo/repo.ts";
import { readReceipt } from "../../../src/values/receipt.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { testWatch } from "../../support/watch.ts";

let box: Sandbox;
/** Of the commit between the two versions. */
let between: string;
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/data/a.txt", "one\n");
  box.write("work/data/b.txt", "two\n");
  box.write("work/w.bin", "weights 1");
  box.write("work/net/layer-1", "layer one");
  await box.mv("work", ["save", "spam", "--data", "data", "--weights", "w.bin", "--weights", "net", "-m", "first"]);
  await box.git("work", ["commit", "-q", "--allow-empty", "-m", "between"]);
  between = (await box.git("work", ["rev-parse", "HEAD"])).stdout.trim();
  // What an import wrote into the pointer stays with bytes that do not change.
  const pointer = box.read("work/data.mvgit").toString();
  box.write("work/data.mvgit", `${pointer}source.md5: ${createHash("md5").update("data").digest("hex")}.dir\n`);
  box.write("work/w.bin", "weights 2");
  await box.mv("work", ["save", "spam", "-m", "second"]);
  await box.git("work", ["push", "-q", "origin", "HEAD", "--tags"]);
  await box.mv("work", ["push", "-q", "--all"]);
  await box.mv("work", ["promote", "spam@v1", "production", "--no-commit", "-m", "good"]);
  await box.mv("work", ["export", "spam@v1", "-o", "../model"]);
});
afterAll(() => box.cleanup());

interface Explained {
  matches: { model: string; version: number; as: string; path?: string }[];
  event: { event: number } | null;
}

const watch = testWatch();
const openRepo = (): Promise<Repo> => box.open("work", watch);

const explain = async (what: string): Promise<Explained> =>
  explainOperation(registryOf(await openRepo()), what, { cwd: join(box.dir, "work"), input: async () => "" });
const refusal = async (what: string): Promise<string> =>
  explain(what).then(
    () => "taken",
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  );
const first = async (what: string): Promise<string> => {
  const {
    matches: [match],
  } = await explain(what);
  return `v${match?.version} ${match?.as}${match?.path === undefined ? "" : ` ${match.path}`}`;
};
const shown = async (
  label: string,
): Promise<{
  packageHash: string;
  commit: string;
  package: { weights: { path: string; hash: string }[]; data: { hash: string }[] };
}> => JSON.parse((await box.mv("work", ["--json", "show", label])).stdout);

test("hashes of bytes, folders and packages, whole and as short as they are printed", async () => {
  const {
    package: { weights, data },
    packageHash,
  } = await shown("spam@v1");
  const hash = weights.find(({ path }) => path === "w.bin")?.hash as string;
  for (const length of [7, 10, 64]) expect(await first(hash.slice(0, length))).toBe("v1 weights w.bin");
  expect(await first(packageHash.slice(0, 10))).toBe("v1 package");
  expect(await first((data[0] as { hash: string }).hash.slice(0, 10))).toBe("v2 data data");
  expect(await first(`blake3:${hash.slice(0, 12)}`)).toBe("v1 weights w.bin");
  expect((await box.mv("work", ["cat", "--hash", hash.slice(0, 7)])).stdout).toBe("weights 1");
});

test("commits: a version's own, one in its history, and by a branch's name", async () => {
  const { commit } = await shown("spam@v1");
  expect(await first(commit.slice(0, 10))).toBe("v1 commit");
  expect(await first(commit)).toBe("v1 commit");
  expect(await first(between.slice(0, 8))).toBe("v2 history");
  expect(await first("main")).toBe("v2 commit");
});

test("show, compare and receipt take a version's commit and package as they are printed, and guess none", async () => {
  const [one, two] = [await shown("spam@v1"), await shown("spam@v2")];
  expect((await shown(one.commit.slice(0, 10))).packageHash).toBe(one.packageHash);
  expect((await box.mv("work", ["receipt", two.packageHash.slice(0, 10)])).stdout).toContain('"version":2');
  expect((await box.mv("work", ["compare", one.commit.slice(0, 7), two.packageHash])).stdout).toContain("spam@v2");
  expect((await box.mv("work", ["show", between.slice(0, 10)], 1)).stderr).toContain("no version of");
});

test("what was delivered: the folder, a file in it, the link, the release, a link that leads nowhere now", async () => {
  expect(await first("../model")).toBe("v1 receipt");
  expect(await first("../model/w.bin")).toBe("v1 weights w.bin");
  expect(await first("../model/net/layer-1")).toBe("v1 weights net/layer-1");
  const release = fs.realpathSync(join(box.dir, "model/w.bin"));
  expect(await first(release)).toBe("v1 weights w.bin");
  fs.symlinkSync(release, join(box.dir, "link"));
  expect(await first("../link")).toBe("v1 weights w.bin");
  expect(await first("@../model/.mvgit-receipt.json")).toBe("v1 receipt");
  fs.symlinkSync(`${release}.gone`, join(box.dir, "dangling"));
  expect(await first("../dangling")).toBe("v1 receipt");
  // Both versions have these bytes: the one that was delivered is meant.
  const { matches } = await explain("../model/net/layer-1");
  expect(matches).toHaveLength(1);
  expect((await explain("net/layer-1")).matches.map(({ version }) => version).toSorted()).toEqual([1, 2]);
});

test("a delivered file that somebody changed is told as such", async () => {
  box.write("elsewhere/.keep", "");
  await box.mv("work", ["export", "spam@v1", "-o", "../changed"]);
  const file = fs.realpathSync(join(box.dir, "changed/w.bin"));
  fs.rmSync(file);
  fs.writeFileSync(file, "other bytes");
  const { stderr, stdout } = await box.mv("work", ["explain", "../changed/w.bin"]);
  expect(stdout).toContain("delivered as spam@v1 belongs to spam@v1");
  expect(stderr).toMatch(/no file of spam@v1 as it was delivered/);
});

test("pointers, tracked paths and files in tracked folders, also where the work tree has none of them", async () => {
  expect(await first("w.bin.mvgit")).toBe("v2 weights w.bin");
  expect(await first("data")).toBe("v2 data data");
  expect(await first("data/a.txt")).toBe("v2 data data/a.txt");
  const kept = box.keep();
  fs.rmSync(join(box.dir, "work/data"), { recursive: true });
  fs.rmSync(join(box.dir, "work/w.bin"));
  expect(await first("w.bin")).toBe("v2 weights w.bin");
  expect(await first("data/b.txt")).toBe("v2 data data/b.txt");
  kept();
});

test("labels, moves, tags by their full names, and what bytes were called before an import", async () => {
  expect(await first("spam@v1")).toBe("v1 label");
  expect(await first("refs/tags/spam@v1")).toBe("v1 label");
  expect(await first("spam#production")).toBe("v1 label");
  const move = await explain("spam#production#1");
  expect([move.matches[0]?.as, move.event?.event]).toEqual(["event", 1]);
  expect(await first(createHash("md5").update("data").digest("hex"))).toBe("v2 source data");
  expect(await first(`md5:${createHash("md5").update("data").digest("hex").slice(0, 8)}`)).toBe("v2 source data");
});

test("documents: of receipt, show and get, and a receipt that --json printed is one", async () => {
  const { stdout } = await box.mv("work", ["--json", "receipt", "spam#production"]);
  const { receipt } = JSON.parse(stdout) as { receipt: Record<string, unknown> };
  expect(receipt).toEqual({
    mvgit: 1,
    model: "spam",
    version: 1,
    package: expect.any(String),
    stage: "production",
    event: 1,
  });
  expect(readReceipt(stdout)).toEqual(readReceipt(JSON.stringify(receipt)));
  for (const text of [stdout, JSON.stringify(receipt)]) expect((await explain(text)).event?.event).toBe(1);
  // As an mvgit of before printed it.
  const { mvgit: _, ...old } = receipt;
  expect(await first(JSON.stringify({ mvgit: 1, command: "receipt", receipt: old }))).toBe("v1 receipt");
  expect(await first((await box.mv("work", ["--json", "show", "spam@v1"])).stdout)).toBe("v1 package");
  expect(await first((await box.mv("work", ["--json", "export", "spam@v1", "-o", "../model"])).stdout)).toBe(
    "v1 receipt",
  );
});

test("what is unknown is told with what was tried, and what may mean several things is not guessed", async () => {
  box.write("work/other.bin", "other bytes");
  expect(await refusal("other.bin")).toMatch(
    /^label-unknown: no version here is made of 'other.bin' \(blake3 [0-9a-f]{10}\)$/,
  );
  expect(await refusal("1234567")).toBe("label-unknown: no version here is made of bytes with the hash 1234567");
  expect(await refusal("123456")).toMatch(/^usage: .*is neither a receipt, a hash, a commit, a file nor a label/);
  fs.mkdirSync(join(box.dir, "work/plain"));
  expect(await refusal("plain")).toMatch(/^usage: .*a folder that mvgit neither tracks nor delivered/);
  await box.git("work", ["commit", "-q", "--allow-empty", "-m", "after"]);
  expect(await refusal("HEAD")).toMatch(/^label-unknown: no version here is made of commit [0-9a-f]{10}$/);
  expect(await refusal("spam#production#9")).toBe("label-unknown: no version here is made of move spam#production#9");
});
