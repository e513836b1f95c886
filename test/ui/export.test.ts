/** The pages as files: what is in them, what is not, and where they may be written. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { exportPages, type ExportReport, type ExportWish } from "../../src/ui/export.ts";
import { openSource } from "../../src/ui/open-ui.ts";
import { publicDocument, publicText } from "../../src/values/public-document.ts";
import { promote } from "../../src/versions/promote.ts";
import { push } from "../../src/files/push.ts";
import { save } from "../../src/versions/save.ts";
import { Repo } from "../../src/repo/repo.ts";
import { hermeticEnv } from "../support/cli.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

const NONE = { data: [], weights: [], params: [], metrics: [], message: "" };

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  box.write("work/report.html", "<script>alert(1)</script>");
  box.write("work/README.md", "# Spam\n\nWrite to ada@example.com or to git@example.com:team/spam.git.\n");
  await box.git("work", ["add", "README.md", "report.html"]);
  for (const [at, accuracy] of [0.9, 0.95, 0.93].entries()) {
    box.write("work/w.bin", `weights ${accuracy}`);
    box.write("work/metrics.json", JSON.stringify({ accuracy }));
    await box.git("work", ["add", "metrics.json"]);
    const message = `try ${at + 1}, asked for by bob@example.org`;
    await save(await box.open(), { model: "spam", ...NONE, weights: ["w.bin"], metrics: ["metrics.json"], message });
  }
  await push(await box.open(), { paths: [] });
  await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
  await promote(await box.open(), {
    label: "spam@v2",
    stage: "production" as StageName,
    reason: "it is better, says carol@example.net",
    commit: false,
    acceptOlder: false,
  });
}, 60_000);
afterAll(() => box.cleanup());

async function written(dir: string, wish: Partial<ExportWish> = {}, watch = testWatch()): Promise<ExportReport> {
  const cwd = join(box.dir, "work");
  const env = { ...hermeticEnv(box.dir), ...box.env };
  const { source, title } = openSource({ cwd, env, watch, repo: () => Repo.open({ cwd, env, watch }) });
  const all = { models: [], stages: [], since: null, people: false, title };
  return exportPages(source, { ...all, ...wish, dir: join(box.dir, dir) }, watch);
}

const filesIn = (dir: string): string[] =>
  fs
    .readdirSync(join(box.dir, dir), { recursive: true, encoding: "utf8" })
    .filter((name) => fs.statSync(join(box.dir, dir, name)).isFile());
const read = (dir: string, name: string): string => fs.readFileSync(join(box.dir, dir, name), "utf8");

describe("an export", () => {
  it("has a page, its assets, and the documents of every version", async () => {
    const report = await written("pages");
    expect(report).toMatchObject({ dir: join(box.dir, "pages"), models: 1, versions: 3, notes: [] });
    const names = filesIn("pages");
    expect(report.files).toBe(names.length);
    for (const name of ["index.html", "page.js", "page.css", "data/models.json", "data/log/spam.json"])
      expect(names).toContain(name);
    for (const kind of ["show", "curves", "lineage", "artifacts"])
      for (const at of [1, 2, 3]) expect(names).toContain(`data/${kind}/spam@v${at}.json`);
    expect(names).toContain("data/compare/spam@v2..spam@v3.json");
    expect(names).toContain("files/spam@v3/README.md.txt");
    expect(JSON.parse(read("pages", "data/show/spam@v2.json"))).toMatchObject({
      mvgit: 1,
      command: "show",
      package: { version: 2, metrics: { accuracy: 0.95 } },
    });
  });

  it("names nobody's mail address, unless asked", async () => {
    await written("quiet");
    for (const name of filesIn("quiet").filter((each) => !/\.(js|css|txt|wasm)$/.test(each)))
      expect(read("quiet", name), name).not.toMatch(/(?:ada|bob|carol|tester)@example|@example\.com>/);
    expect(read("quiet", "files/spam@v1/README.md.txt")).toContain(
      "(mail address) or to git@example.com:team/spam.git",
    );
    await written("open", { people: true });
    expect(read("open", "data/show/spam@v1.json")).toContain("bob@example.org");
  });

  it("holds the versions that were chosen", async () => {
    expect(await written("some", { stages: ["production" as StageName] })).toMatchObject({ versions: 1 });
    expect(JSON.parse(read("some", "data/log/spam.json"))).toMatchObject({ total: 1, versions: [{ version: 2 }] });
    expect(filesIn("some")).not.toContain("data/show/spam@v1.json");
    // Nothing tells of a version that was not chosen: not its message, nor its score.
    for (const name of filesIn("some").filter((each) => each.startsWith("data/")))
      expect(read("some", name), name).not.toMatch(/try [13]|0\.93\b/);
    expect(await written("none", { since: Date.now() + 86_400_000 })).toMatchObject({ versions: 0 });
    expect(await codeOf(written("other", { models: ["ham" as ModelName] }))).toBe("label-unknown");
    expect(fs.existsSync(join(box.dir, "other"))).toBe(false);
  });

  it("replaces what it wrote before, and nothing else", async () => {
    await written("again", { stages: ["production" as StageName] });
    await written("again");
    expect(filesIn("again")).toContain("data/show/spam@v1.json");
    box.write("mine/notes.txt", "mine");
    expect(await codeOf(written("mine"))).toBe("local-changes");
    expect(read("mine", "notes.txt")).toBe("mine");
    // Whoever keeps pages in a repository has more in that folder than pages.
    box.write("again/.git/HEAD", "ref: refs/heads/pages\n");
    expect(await codeOf(written("again"))).toBe("local-changes");
    expect(filesIn("again")).toContain(".git/HEAD");
    fs.rmSync(join(box.dir, "again/.git"), { recursive: true });
    box.write("marked/mvgit-pages.json", "{}");
    box.write("marked/CNAME", "example.com");
    expect(await codeOf(written("marked"))).toBe("local-changes");
    expect(read("marked", "CNAME")).toBe("example.com");
    expect(fs.readdirSync(box.dir).filter((name) => /^(again|mine)\./.test(name))).toEqual([]);
  });

  it.each([
    ["files/notes.md", "mine"],
    ["data/log/mine.json", "mine"],
    ["index.html", "<p>ours</p>"],
    ["page.css", ""],
  ])("is not replaced with what somebody put into it, or changed: %s", async (name, text) => {
    await written("kept");
    box.write(`kept/${name}`, text);
    expect(await codeOf(written("kept"))).toBe("local-changes");
    expect(read("kept", name)).toBe(text);
    fs.rmSync(join(box.dir, "kept"), { recursive: true });
  });

  it("is not replaced with what came to it while the new one was written", async () => {
    await written("busy");
    const task = { advance: () => {}, expect: () => {}, done: () => box.write("busy/files/late.md", "mine") };
    const watch = { ...testWatch(), progress: { task: () => task } };
    expect(await codeOf(written("busy", {}, watch))).toBe("local-changes");
    expect(read("busy", "files/late.md")).toBe("mine");
    expect(filesIn("busy")).toContain("index.html");
    expect(fs.readdirSync(box.dir).filter((each) => each.startsWith("busy."))).toEqual([]);
  });
});

describe("what is published of a text", () => {
  it.each([
    ["Ada Lovelace <ada@example.com>", "Ada Lovelace"],
    ["from ada@example.com, thanks", "from (mail address), thanks"],
    ["spam@v3 and spam@v3..spam@v5", "spam@v3 and spam@v3..spam@v5"],
    ["git@github.com:a/b.git", "git@github.com:a/b.git"],
    ["a@b", "a@b"],
  ])("%s", (text, left) => expect(publicText(text)).toBe(left));

  it("is found in names and in depth, and numbers stay", () => {
    expect(publicDocument({ a: [1, null, { "x@example.com": "y@example.com" }] })).toEqual({
      a: [1, null, { "(mail address)": "(mail address)" }],
    });
  });
});
