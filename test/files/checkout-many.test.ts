/** A checkout of very many files: new folders come whole, and what somebody puts in their place stays. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkout } from "../../src/files/checkout.ts";
import { fetch } from "../../src/files/fetch.ts";
import { HiddenFolders } from "../../src/files/checkout/hidden-folders.ts";
import { status } from "../../src/files/status.ts";
import type { Hash } from "../../src/values/hash.ts";
import { BringOut } from "../../src/worktree/bring-out.ts";
import { OpenFolders } from "../../src/worktree/open-folders.ts";
import { Places } from "../../src/worktree/places.ts";
import { Cache } from "../../src/store/cache/cache.ts";
import { runBeside, type Step } from "../support/adversary.ts";
import { mvgit } from "../support/cli.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, track } from "../support/track.ts";
import { makeTestFolder, type TestFolder } from "../support/test-folder.ts";

describe("hidden folders", () => {
  let folder: TestFolder;
  let folders: OpenFolders;
  let hidden: HiddenFolders<string>;
  const at = (path: string): string => join(folder.dir, path);
  beforeEach(() => {
    folder = makeTestFolder();
    for (const each of ["top", "cache"]) fs.mkdirSync(at(each));
    const cache = new Cache(at("cache"), { durable: false });
    folders = new OpenFolders(at("top"), cache.blobs);
    const places = new Places({ top: at("top"), main: at("tmp") });
    hidden = new HiddenFolders({ bringOut: new BringOut(cache, places, ["copy"]), folders });
  });
  afterEach(() => {
    hidden.close();
    folders.close();
    folder.remove();
  });

  const filesIn = (path: string, count: number): Parameters<typeof hidden.open>[0][number][] =>
    Array.from({ length: count }, (_, each) => {
      const shown = `${path}/${each}`;
      return { pair: shown, wanted: { shown, seen: null, hash: "" as Hash, size: 1, exec: false } };
    });
  const open = (files = [...filesIn("a", 20), ...filesIn("a/b/c", 2), ...filesIn("few", 15)]) => {
    const opened = hidden.open(files);
    for (const { files: all } of opened) for (const { pair, file } of all) fs.writeFileSync(file.at, pair);
    return opened;
  };

  it("come with all that is below them, and leave what is not worth one", () => {
    const [one, ...others] = open();
    expect([one?.path, one?.files.length, others]).toEqual(["a", 22, []]);
    expect(fs.readdirSync(at("top"))).toEqual([]);
    expect(hidden.show(one as NonNullable<typeof one>)).toBe(true);
    expect(folder.read("top/a/19").toString()).toBe("a/19");
    expect(folder.read("top/a/b/c/1").toString()).toBe("a/b/c/1");
    expect([fs.readdirSync(at("top")), fs.readdirSync(at("tmp"))]).toEqual([["a"], []]);
  });

  it.each([
    ["a folder with files", () => folder.write("top/a/mine", "mine")],
    ["an empty folder", () => fs.mkdirSync(at("top/a"))],
    ["a file", () => folder.write("top/a", "mine")],
    ["a link", () => fs.symlinkSync(at("cache"), at("top/a"))],
  ])("take no name that %s has", (_, put) => {
    const [one] = open();
    put();
    const before = fs.lstatSync(at("top/a")).ino;
    expect(hidden.show(one as NonNullable<typeof one>)).toBe(false);
    expect([fs.lstatSync(at("top/a")).ino, fs.readdirSync(at("tmp"))]).toEqual([before, []]);
    // Nor is one begun where something stands.
    if (!fs.lstatSync(at("top/a")).isSymbolicLink()) expect(hidden.open(filesIn("a", 20))).toEqual([]);
  });

  it("are none where a folder gives its group to what is made in it", () => {
    fs.mkdirSync(at("top/shared"));
    fs.chmodSync(at("top/shared"), 0o2775);
    expect(hidden.open(filesIn("shared/new", 20))).toEqual([]);
  });

  it("leave nothing where they were given up, or nobody showed them", () => {
    const [one] = open([...filesIn("a", 20), ...filesIn("b", 20)]);
    hidden.giveUp(one as NonNullable<typeof one>);
    hidden.close();
    expect([fs.readdirSync(at("top")), fs.readdirSync(at("tmp"))]).toEqual([[], []]);
    expect(folders.count).toBe(0);
  });
});

describe("a checkout", () => {
  let box: Sandbox;
  const names = [
    ...Array.from({ length: 405 }, (_, each) => `data/a/${each}`),
    ...Array.from({ length: 3 }, (_, each) => `data/a/sub/${each}`),
    ...Array.from({ length: 30 }, (_, each) => `data/b/${each}`),
  ];
  const inClone = (path: string): string => join(box.dir, "clone", path);
  const tmp = (): string[] => fs.readdirSync(inClone(".git/mvgit/tmp"));
  shareSandbox(async () => {
    box = await makeSandbox();
    await track(box, Object.fromEntries(names.map((name) => [name, `of ${name}`])), ["data"]);
    await cloneOf(box, "clone");
    return box;
  });

  function expectAll(but: readonly string[] = []): void {
    for (const name of names)
      if (!but.includes(name)) expect(fs.readFileSync(inClone(name), "utf8")).toBe(`of ${name}`);
    expect(tmp()).toEqual([]);
  }

  it("makes all of them, by stamps that are believed; and again what is gone", async () => {
    expect(await checkout(await box.open("clone"), { paths: [] })).toMatchObject({ created: 438, kept: [] });
    expectAll();
    const { tracked } = await status(await box.open("clone"), { paths: [] });
    expect(tracked).toMatchObject([{ path: "data", state: "clean" }]);
    fs.rmSync(inClone("data/a/sub"), { recursive: true });
    await checkout(await box.open("clone"), { paths: ["data"], force: true });
    expectAll();
  });

  it("gets a damaged blob again, and makes what was to come with it one by one", async () => {
    const repo = await box.open("clone");
    await fetch(repo, { paths: [] });
    const [shelf] = fs.readdirSync(repo.cache.blobs).toSorted();
    const [blob] = fs.readdirSync(join(repo.cache.blobs, shelf as string));
    const file = join(repo.cache.blobs, shelf as string, blob as string);
    const size = fs.statSync(file).size;
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, "x".repeat(size));
    await checkout(await box.open("clone"), { paths: [] });
    expectAll();
  });

  it("leaves what somebody puts in a folder's place while its files are made", async () => {
    await fetch(await box.open("clone"), { paths: [] });
    const act = ({ path }: Step): void => {
      if (!path.endsWith("/data/a") || fs.existsSync(inClone("data/a"))) return;
      fs.mkdirSync(inClone("data/a"), { recursive: true });
      fs.writeFileSync(inClone("data/a/7"), "mine");
    };
    const { status: ended, stdout } = await runBeside(box, "clone", ["checkout"], { where: "rename", act });
    expect([ended, fs.readFileSync(inClone("data/a/7"), "utf8")], stdout).toEqual([1, "mine"]);
    expectAll(["data/a/7"]);
  });

  it("killed in the middle of a hidden folder, or before it is shown, ends well the second time", async () => {
    await fetch(await box.open("clone"), { paths: [] });
    const args = ["checkout", "--force", "data"];
    const { steps } = await runBeside(box, "clone", args, { where: "mkdir", act: () => undefined });
    const made = steps.find(({ path }) => path.includes("/tmp/folder."))?.count as number;
    const run = (fault: string): ReturnType<typeof mvgit> =>
      mvgit(args, { cwd: inClone("."), env: { ...box.env, MVGIT_FAULT: fault } });
    for (const later of [1, 700]) {
      fs.rmSync(inClone("data"), { recursive: true });
      await expect(run(`kill@${made + later}`)).rejects.toThrow("SIGKILL");
      expect(tmp()).not.toEqual([]);
      expect(await run("")).toMatchObject({ status: 0 });
      expectAll();
    }
  });
});
